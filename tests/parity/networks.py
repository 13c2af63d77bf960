"""Golden fixtures of the sequential generators' networks and of the discriminators."""

import re

from parity.configs import load_discriminator
from parity.fixture import Comparison, Fixture, FixtureError
from vid2vid_core.config import DiscriminatorConfig, GeneratorConfig
from vid2vid_core.legacy.composite_keys import generator_layers
from vid2vid_core.legacy.keys import load_released
from vid2vid_core.models import CompositeGenerator, RefinementGenerator
from vid2vid_core.models.composite import Features, ScaleOutput


def _config(fixture: Fixture, scale: int) -> tuple[GeneratorConfig, int]:
    """Our config, and the control channels of one frame; the fixture gives the width of this very scale."""
    config = fixture.config
    frames = config["prev_output_nc"] // config["output_nc"] + 1
    blocks = {key: config[key] for key in ("n_blocks", "n_blocks_local") if key in config}
    ours = GeneratorConfig(
        ngf=config["ngf"] * 2**scale,
        n_downsample_G=config["n_downsampling"],
        n_frames_G=frames,
        norm=config["norm"],
        fg=config["use_fg"],
        no_flow=config["no_flow"],
        **blocks,
    )
    return ours, config["input_nc"] // frames


def run_composite(fixture: Fixture, comparison: Comparison) -> None:
    """The coarse generator."""
    config, channels = _config(fixture, 0)
    network = CompositeGenerator(config, channels)
    load_released(network, generator_layers(config, 0), fixture.states["net"], fixture.name)
    output = network(
        fixture.inputs("input"),
        fixture.inputs("img_prev"),
        fixture.arrays.get("in.mask"),
        raw_only=fixture.config["use_raw_only"],
    )
    _compare(output, network.flow_scale, fixture, comparison)


def run_composite_local(fixture: Fixture, comparison: Comparison) -> None:
    """A refinement generator, with given feature maps of the scale below."""
    scale = fixture.config["scale"]
    config, channels = _config(fixture, scale)
    network = RefinementGenerator(config, channels, scale)
    load_released(network, generator_layers(config, scale), fixture.states["net"], fixture.name)
    coarse = Features(
        fixture.inputs("img_feat_coarse"),
        fixture.arrays.get("in.flow_feat_coarse"),
        fixture.arrays.get("in.img_fg_feat_coarse"),
    )
    output = network(
        fixture.inputs("input"),
        fixture.inputs("img_prev"),
        coarse,
        fixture.arrays.get("in.mask"),
        raw_only=fixture.config["use_raw_only"],
    )
    _compare(output, network.flow_scale, fixture, comparison)


def _compare(output: ScaleOutput, flow_scale: float, fixture: Fixture, comparison: Comparison) -> None:
    comparison.array("img_final", output.image)
    comparison.array("img_raw", output.raw)
    comparison.array("flow", output.flow)
    comparison.array("weight", output.weight)
    comparison.array("img_feat", output.features.image)
    comparison.array("flow_feat", output.features.flow)
    comparison.array("img_fg_feat", output.features.foreground)
    comparison.equal("flow_multiplier", flow_scale, fixture.config["flow_multiplier"])


def run_multiscale_discriminator(fixture: Fixture, comparison: Comparison) -> None:
    """`out.scaleS.J` is layer J of size S, full size first; without all layers, the prediction alone."""
    config = fixture.config
    sizes = DiscriminatorConfig(
        ndf=config["ndf"], n_layers_D=config["n_layers"], num_D=config["num_D"], norm=config.get("norm", "batch")
    )
    network = load_discriminator(fixture, "net", config["input_nc"], sizes)
    results = network(fixture.inputs("input"))
    for key in fixture.outputs:
        place = re.fullmatch(r"scale(\d+)\.(\d+)", key)
        if place is None:
            raise FixtureError(f"do not know what the output {key} is")
        layers = results[int(place[1])]
        comparison.array(key, layers[int(place[2])] if config["getIntermFeat"] else layers[-1])


KINDS = {
    "composite": run_composite,
    "composite_local": run_composite_local,
    "multiscale_discriminator": run_multiscale_discriminator,
}
