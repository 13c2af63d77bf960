"""Config objects from the `config` of a fixture, and our networks with the weights of a fixture."""

from typing import Any

from torch import nn

from parity.fixture import Fixture
from vid2vid_core.config import (
    ControlConfig,
    DataConfig,
    DiscriminatorConfig,
    GeneratorConfig,
    LossConfig,
    OptimizerConfig,
    StageConfig,
)
from vid2vid_core.legacy.composite_keys import generator_layers
from vid2vid_core.legacy.discriminator_keys import discriminator_layers, is_one_list
from vid2vid_core.legacy.keys import Layer, load_released, parameter_keys
from vid2vid_core.models import MultiscaleDiscriminator, VideoGenerator

_CONTROL_SWITCHES = ("no_dist_map", "densepose_only", "openpose_only")

ParameterKeys = dict[tuple[str, str], nn.Parameter]
"""Parameters of ours by network and released key, as in ("netG0", "model_down_seg.1.weight")."""


def generator_config(config: dict[str, Any]) -> GeneratorConfig:
    """Sizes and switches of the sequential generator in option names."""
    same = ("ngf", "n_blocks", "n_blocks_local", "n_downsample_G", "n_scales_spatial", "n_frames_G")
    switches = ("fg", "no_flow", "no_first_img")
    given = {key: config[key] for key in same + switches if key in config}
    return GeneratorConfig(**given, fg_labels=tuple(config.get("fg_labels", (26,))), norm=config.get("norm", "batch"))


def discriminator_config(config: dict[str, Any]) -> DiscriminatorConfig:
    """Sizes of the discriminators in option names."""
    same = ("ndf", "n_layers_D", "num_D", "n_frames_D", "n_scales_temporal", "sparse_D", "norm", "add_face_disc")
    return DiscriminatorConfig(**{key: config[key] for key in same if key in config})


def loss_config(config: dict[str, Any]) -> LossConfig:
    """Weights and switches of the losses in option names."""
    # Not gan_mode: whatever it said, the original trained with least squares.
    same = ("lambda_feat", "lambda_F", "lambda_T", "no_vgg", "no_ganFeat")
    return LossConfig(**{key: config[key] for key in same if key in config})


def optimizer_config(config: dict[str, Any]) -> OptimizerConfig:
    """Adam, in option names."""
    return OptimizerConfig(**{key: config[key] for key in ("lr", "beta1", "TTUR") if key in config})


def control_config(config: dict[str, Any]) -> ControlConfig:
    """What the networks are shown; only the published command line says whether that is a face or a pose."""
    words = config.get("flags", "").split()
    given = {key: bool(config.get(key, f"--{key}" in words)) for key in _CONTROL_SWITCHES}
    if config["label_nc"]:
        return ControlConfig()
    if "face" in words:
        return ControlConfig(kind="face", no_dist_map=given["no_dist_map"])
    return ControlConfig(kind="pose", densepose_only=given["densepose_only"], openpose_only=given["openpose_only"])


def stage_config(config: dict[str, Any]) -> StageConfig:
    """A stage of that generator, those discriminators, losses and optimisers."""
    return StageConfig(
        name="fixture",
        generator=generator_config(config),
        discriminator=discriminator_config(config),
        losses=loss_config(config),
        optimizer=optimizer_config(config),
        data=DataConfig(fineSize=config.get("fineSize", 512), use_instance=config["use_instance"]),
        controls=control_config(config),
    )


def control_channels(config: dict[str, Any]) -> int:
    """Channels of one frame: labels or continuous controls, and the instance edges."""
    return int(config["label_nc"] or config["input_nc"]) + int(config["use_instance"])


def load_generator(fixture: Fixture, config: GeneratorConfig, channels: int) -> VideoGenerator:
    """The generator with the weights `netG0`, `netG1`, ... of the fixture."""
    generator = VideoGenerator(config, channels)
    for scale, network in enumerate(generator.scales):
        load_released(network, generator_layers(config, scale), fixture.states[f"netG{scale}"], f"netG{scale}")
    return generator


def load_discriminator(
    fixture: Fixture, name: str, in_channels: int, config: DiscriminatorConfig
) -> MultiscaleDiscriminator:
    """A discriminator with the weights of network `name` of the fixture, whichever naming they have."""
    network = MultiscaleDiscriminator(in_channels, config)
    load_released(network, discriminator_table(fixture, name, network, config), fixture.states[name], name)
    return network


def discriminator_table(
    fixture: Fixture, name: str, network: MultiscaleDiscriminator, config: DiscriminatorConfig
) -> list[Layer]:
    """The released names of a discriminator's layers, in the naming of the fixture's network `name`."""
    one_list = is_one_list(fixture.states[name])
    return discriminator_layers(len(network.scales), config.n_layers_D, one_list=one_list)


def generator_keys(generator: VideoGenerator) -> ParameterKeys:
    """Every parameter by network (`netG0`, `netG1`, ...) and released key."""
    found: ParameterKeys = {}
    for scale, network in enumerate(generator.scales):
        found |= named_by_key(f"netG{scale}", network, generator_layers(generator.config, scale))
    return found


def named_by_key(name: str, network: nn.Module, table: list[Layer]) -> ParameterKeys:
    """Every parameter of a network called `name` by that name and its released key."""
    parameters = dict(network.named_parameters())
    return {(name, released): parameters[ours] for released, ours in parameter_keys(network, table).items()}
