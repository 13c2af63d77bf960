"""Golden fixtures of the keys and shapes of published checkpoint files."""

from typing import Any

import torch
from torch import nn

from parity.fixture import Comparison, Fixture, FixtureError
from parity.image_networks import image_config
from vid2vid_core.config import DiscriminatorConfig, GeneratorConfig, ImageGeneratorConfig
from vid2vid_core.legacy.composite_keys import generator_layers
from vid2vid_core.legacy.discriminator_keys import discriminator_layers, is_one_list
from vid2vid_core.legacy.image_keys import feature_encoder_layers, image_generator_layers
from vid2vid_core.legacy.keys import Layer, to_ours, to_released
from vid2vid_core.models import (
    CompositeGenerator,
    FeatureEncoder,
    MultiscaleDiscriminator,
    RefinementGenerator,
    build_image_generator,
)


def run_checkpoint_layouts(fixture: Fixture, comparison: Comparison) -> None:
    """Our networks of the published sizes give exactly those keys and shapes, and take them."""
    for file in fixture.side["files"]:
        place = f"{file['group']}/{file['file']}"
        expected = {key: tuple(shape) for key, shape, *_ in file["entries"]}
        with torch.device("meta"):
            network, table = _network(file["network"], list(expected))
            state = {key: torch.empty(shape) for key, shape in expected.items()}
        got = {key: tuple(tensor.shape) for key, tensor in to_released(network, table).items()}
        comparison.equal(f"{place}: keys", sorted(got), sorted(expected))
        for key in expected.keys() & got.keys():
            comparison.equal(f"{place}: shape of {key}", got[key], expected[key])
        ours = to_ours(network, table, state, place)
        comparison.equal(f"{place}: parameters", set(ours), {name for name, _ in network.named_parameters()})


def _network(sizes: dict[str, Any], keys: list[str]) -> tuple[nn.Module, list[Layer]]:
    kind = sizes["type"]
    if kind in ("composite", "compositeLocal"):
        return _generator(sizes)
    if kind == "multiscale discriminator":
        config = DiscriminatorConfig(ndf=sizes["ndf"], n_layers_D=sizes["n_layers"], num_D=sizes["num_D"])
        table = discriminator_layers(config.num_D, config.n_layers_D, one_list=is_one_list(keys))
        return MultiscaleDiscriminator(sizes["input_nc"], config), table
    if kind == "encoder":
        encoder = ImageGeneratorConfig(
            nef=sizes["ngf"],
            n_downsample_E=sizes["n_downsampling"],
            feat_num=sizes["output_nc"],
            norm=sizes.get("norm", "instance"),
        )
        return FeatureEncoder(encoder), feature_encoder_layers(encoder)
    if kind in ("global", "local", "global_with_features", "local_with_features"):
        image = image_config(kind, sizes)
        return build_image_generator(image, sizes["input_nc"]), image_generator_layers(image)
    raise FixtureError(f"do not know the network {kind}")


def _generator(sizes: dict[str, Any]) -> tuple[nn.Module, list[Layer]]:
    """A generator of one scale; the fixture gives the width of that very scale."""
    scale, frames = sizes.get("scale", 0), sizes["prev_output_nc"] // 3 + 1
    blocks = {key: sizes[key] for key in ("n_blocks", "n_blocks_local") if key in sizes}
    config = GeneratorConfig(
        ngf=sizes["ngf"] * 2**scale,
        n_downsample_G=sizes["n_downsampling"],
        n_frames_G=frames,
        norm=sizes.get("norm", "batch"),
        fg=sizes["fg"],
        no_flow=sizes["no_flow"],
        **blocks,
    )
    channels = sizes["input_nc"] // frames
    network = RefinementGenerator(config, channels, scale) if scale else CompositeGenerator(config, channels)
    return network, generator_layers(config, scale)


KINDS = {"checkpoint_layouts": run_checkpoint_layouts}
