"""Stage 0 of a recipe: a generator of single pictures, which makes the first frames of sequences."""

import dataclasses
from typing import Annotated, Literal

from pydantic import Field

from vid2vid_core.config.base import config_class
from vid2vid_core.config.controls import ControlConfig
from vid2vid_core.config.data import ImageDataConfig
from vid2vid_core.config.dataset import Identifier, NonNegative, Positive
from vid2vid_core.config.optimizer import OptimizerConfig
from vid2vid_core.config.speed import SpeedConfig


@config_class
class ImageGeneratorConfig:
    """Kind and sizes of a generator of single pictures, for the first frames of a sequence."""

    netG: Literal["global", "local", "global_with_features", "local_with_features"] = "global"
    """local: enhancers at twice the size on top; with_features: reads features of instances beside the controls."""
    ngf: Positive = 64
    """Width at full size."""
    n_downsample_global: Positive = 3
    """Down-samplings of the global network."""
    n_blocks_global: Positive = 9
    """Residual blocks of the global network."""
    max_width: Positive = 1024
    """Most channels of any layer of the global network."""
    n_local_enhancers: Positive = 1
    """local: number of enhancers; each doubles the size."""
    n_blocks_local: Positive = 3
    """local: residual blocks of each enhancer."""
    norm: Literal["batch", "instance"] = "instance"
    """Normalisation layers; statistics are always those of the picture at hand."""
    feat_num: Positive = 16
    """with_features: channels of the feature map."""
    nef: Positive = 16
    """with_features: width of the feature encoder."""
    n_downsample_E: Positive = 4
    """with_features: down-samplings of the feature encoder."""
    features_of: Literal["labels", "objects"] = "labels"
    """with_features: what has looks of its own: each label (or part of face or body), or each object of the instance
    map, so that the cars of a street differ; needs controls.kind labels."""

    @property
    def enhancers(self) -> int:
        """Enhancers this kind has."""
        return self.n_local_enhancers if self.netG.startswith("local") else 0

    @property
    def features(self) -> int:
        """Feature channels this kind reads."""
        return self.feat_num if self.netG.endswith("with_features") else 0


@config_class
class ImageDiscriminatorConfig:
    """Sizes of the discriminator of single pictures."""

    ndf: Positive = 64
    """Width of the first layer."""
    n_layers_D: Positive = 3
    """Layers of stride 2."""
    num_D: Positive = 2
    """Spatial scales."""
    norm: Literal["batch", "instance"] = "instance"
    """Normalisation layers."""
    spectral_norm: bool = False
    """Divide the weights of every layer by their largest singular value, which keeps a discriminator from winning."""


@config_class
class ImageLossConfig:
    """Weights and switches of the losses of single pictures."""

    gan_mode: Literal["ls", "original", "hinge"] = "ls"
    """Least squares, binary cross-entropy or hinge."""
    lambda_feat: Annotated[float, Field(ge=0)] = 10.0
    """Discriminator feature matching and perceptual loss."""
    lambda_L1: Annotated[float, Field(ge=0)] = 0.0
    """Plain L1 to the real picture; not in the paper, a stand-in where the VGG file is not at hand."""
    no_vgg: bool = False
    """Leave the perceptual loss out even when the VGG file is there."""
    no_ganFeat: bool = False
    """Leave feature matching out."""


@config_class
class ImageScheduleConfig:
    """How long an image stage trains."""

    niter: Positive = 100
    """Epochs at the full learning rate."""
    niter_decay: NonNegative = 100
    """Epochs of linear decay to zero."""
    frames_per_epoch: Positive | None = None
    """Training frames of one epoch, drawn anew for each; all of them if not given."""


@config_class
class ImageStageConfig:
    """Training of the generator of single pictures."""

    name: Identifier
    """Names the folder of the stage's weights."""
    controls: ControlConfig = dataclasses.field(default_factory=ControlConfig)
    """What the networks are shown of each frame; instance edges are not among it."""
    generator: ImageGeneratorConfig = dataclasses.field(default_factory=ImageGeneratorConfig)
    """Kind and sizes of the generator."""
    discriminator: ImageDiscriminatorConfig = dataclasses.field(default_factory=ImageDiscriminatorConfig)
    """Sizes of the discriminator."""
    losses: ImageLossConfig = dataclasses.field(default_factory=ImageLossConfig)
    """Weights and switches of the losses."""
    optimizer: OptimizerConfig = dataclasses.field(default_factory=OptimizerConfig)
    """Adam."""
    schedule: ImageScheduleConfig = dataclasses.field(default_factory=ImageScheduleConfig)
    """How long it trains."""
    data: ImageDataConfig = dataclasses.field(default_factory=ImageDataConfig)
    """How pictures are read."""
    speed: SpeedConfig = dataclasses.field(default_factory=SpeedConfig)
    """Precision, and what makes a step faster."""

    def __post_init__(self) -> None:
        if self.generator.features_of == "objects":
            if not self.generator.features:
                raise ValueError(
                    f"generator.features_of objects needs a generator with features, generator.netG is "
                    f"{self.generator.netG}; choose global_with_features or local_with_features"
                )
            if self.controls.kind != "labels":
                raise ValueError(
                    f"generator.features_of objects needs controls.kind labels, it is {self.controls.kind}; set "
                    f"generator.features_of to labels"
                )
