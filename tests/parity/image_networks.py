"""Golden fixtures of the single-image generators and of the feature encoder."""

from typing import Any, Literal

from parity.fixture import Comparison, Fixture, State
from vid2vid_core.config import ImageGeneratorConfig
from vid2vid_core.legacy.image_keys import feature_encoder_layers, image_generator_layers
from vid2vid_core.legacy.keys import load_released
from vid2vid_core.models import FeatureEncoder, ImageGenerator, build_image_generator

Kind = Literal["global", "local", "global_with_features", "local_with_features"]

_OURS = {
    "n_downsampling": "n_downsample_global",
    "n_downsample_G": "n_downsample_global",
    "n_blocks": "n_blocks_global",
    "nz": "feat_num",
    "ch_max": "max_width",
}
"""Names of the fixtures where they differ from ours."""


def image_config(kind: Kind, config: dict[str, Any]) -> ImageGeneratorConfig:
    """The config of one of our kinds (`netG`) with the sizes of a fixture."""
    same = ("ngf", "n_downsample_global", "n_blocks_global", "n_local_enhancers", "n_blocks_local", "norm")
    sizes = {key: config[key] for key in same if key in config}
    sizes |= {ours: config[key] for key, ours in _OURS.items() if key in config}
    return ImageGeneratorConfig(netG=kind, **sizes)


def load_image_generator(kind: Kind, config: dict[str, Any], state: State, name: str) -> ImageGenerator:
    """A generator of one of our kinds with the sizes and weights of a fixture."""
    ours = image_config(kind, config)
    network = build_image_generator(ours, config["input_nc"])
    load_released(network, image_generator_layers(ours), state, name)
    return network


def load_encoder(config: dict[str, Any], state: State, name: str) -> FeatureEncoder:
    """A feature encoder with the sizes and weights of a fixture."""
    ours = ImageGeneratorConfig(
        nef=config["ngf"],
        n_downsample_E=config["n_downsampling"],
        feat_num=config["output_nc"],
        norm=config.get("norm", "instance"),
    )
    network = FeatureEncoder(ours)
    load_released(network, feature_encoder_layers(ours), state, name)
    return network


def run_global(fixture: Fixture, comparison: Comparison) -> None:
    """From the controls alone."""
    network = load_image_generator("global", fixture.config, fixture.states["net"], fixture.name)
    comparison.array("image", network(fixture.inputs("input")))


def run_local_enhancer(fixture: Fixture, comparison: Comparison) -> None:
    """From the controls alone, refined."""
    network = load_image_generator("local", fixture.config, fixture.states["net"], fixture.name)
    comparison.array("image", network(fixture.inputs("input")))


def run_global_with_z(fixture: Fixture, comparison: Comparison) -> None:
    """From controls and features."""
    network = load_image_generator("global_with_features", fixture.config, fixture.states["net"], fixture.name)
    comparison.array("image", network(fixture.inputs("x"), fixture.inputs("z")))


def run_local_with_z(fixture: Fixture, comparison: Comparison) -> None:
    """From controls and features, refined."""
    network = load_image_generator("local_with_features", fixture.config, fixture.states["net"], fixture.name)
    comparison.array("image", network(fixture.inputs("x"), fixture.inputs("z")))


def run_encoder(fixture: Fixture, comparison: Comparison) -> None:
    """Features of each pixel, and their means over instances."""
    network = load_encoder(fixture.config, fixture.states["net"], fixture.name)
    image = fixture.inputs("image")
    comparison.array("before_pooling", network.per_pixel(image))
    comparison.array("features", network(image, fixture.inputs("instance").long()))


KINDS = {
    "global": run_global,
    "local_enhancer": run_local_enhancer,
    "global_with_z": run_global_with_z,
    "local_with_z": run_local_with_z,
    "encoder": run_encoder,
}
