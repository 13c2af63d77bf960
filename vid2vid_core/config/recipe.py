"""One training recipe: an ordered list of stages, in the flag names the field knows."""

import dataclasses
from typing import Annotated, Literal

from pydantic import Field

from vid2vid_core.config.base import config_class
from vid2vid_core.config.controls import ControlConfig
from vid2vid_core.config.data import DataConfig
from vid2vid_core.config.dataset import Identifier, NonNegative, Positive
from vid2vid_core.config.image_stage import ImageStageConfig
from vid2vid_core.config.optimizer import OptimizerConfig
from vid2vid_core.config.parallel import ParallelConfig
from vid2vid_core.config.speed import SpeedConfig
from vid2vid_core.config.validation import ValidationConfig

Weight = Annotated[float, Field(ge=0)]
GuardAction = Literal["warn", "stop"]


@config_class
class GeneratorConfig:
    """Sizes and switches of the sequential generator."""

    ngf: Positive = 128
    """Width of the coarsest generator; scale s has ngf / 2^s."""
    n_blocks: Positive = 9
    """Residual blocks of the coarsest generator."""
    n_downsample_G: Positive = 3
    """Down-samplings of the coarsest generator."""
    n_blocks_local: Positive = 3
    """Residual blocks of each refinement generator."""
    n_scales_spatial: Positive = 1
    """Number of generators, coarse to fine; each doubles the size."""
    n_frames_G: Annotated[int, Field(ge=2)] = 3
    """Frames the generator looks at, the current one included."""
    norm: Literal["batch", "instance"] = "batch"
    """Normalisation layers."""
    norm_mode: Literal["train", "eval"] = "train"
    """Statistics in rendering: train: of the frame at hand, as released weights expect; eval: averages of training."""
    fg: bool = False
    """A branch of its own for the foreground."""
    fg_labels: tuple[NonNegative, ...] = (26,)
    """Labels of the foreground (Cityscapes 26: car)."""
    no_flow: bool = False
    """Hallucinate every frame; no flow, mask or warping."""
    no_first_img: bool = False
    """Begin a sequence from nothing in place of real frames."""

    def __post_init__(self) -> None:
        if self.norm_mode == "eval" and self.norm != "batch":
            raise ValueError(
                f"norm_mode eval needs norm batch, norm is {self.norm}, whose statistics are those of each picture; "
                "set norm_mode to train or norm to batch"
            )


@config_class
class DiscriminatorConfig:
    """Sizes of the image and temporal discriminators."""

    ndf: Positive = 64
    """Width of the first layer."""
    n_layers_D: Positive = 3
    """Layers of stride 2."""
    num_D: Positive = 2
    """Spatial scales of each discriminator."""
    n_frames_D: Annotated[int, Field(ge=2)] = 3
    """Frames a temporal discriminator looks at."""
    n_scales_temporal: NonNegative = 2
    """Temporal discriminators; number k sees frames n_frames_D^k apart."""
    sparse_D: bool = False
    """Let each temporal scale collect its own sparse frames over the chunks."""
    add_face_disc: bool = False
    """A discriminator of its own for the face; for pose controls. It looks at a square of data.fineSize / 4."""
    norm: Literal["batch", "instance"] = "batch"
    """Normalisation layers."""
    spectral_norm: bool = False
    """Divide the weights of every layer by their largest singular value, which keeps a discriminator from winning."""


@config_class
class LossConfig:
    """Weights and switches of the losses."""

    gan_mode: Literal["ls", "original", "hinge"] = "ls"
    """Least squares, binary cross-entropy or hinge."""
    lambda_feat: Weight = 10.0
    """Discriminator feature matching and perceptual loss."""
    lambda_F: Weight = 10.0
    """Flow against the reference flow."""
    lambda_T: Weight = 10.0
    """Warping losses."""
    lambda_L1: Weight = 0.0
    """Plain L1 between pictures; not in the paper, a stand-in where the VGG file is not at hand."""
    no_vgg: bool = False
    """Leave the perceptual loss out even when the VGG file is there."""
    no_ganFeat: bool = False
    """Leave feature matching out."""


@config_class
class ScheduleConfig:
    """How long, and how clips grow."""

    niter: Positive = 10
    """Epochs at the full learning rate."""
    niter_decay: NonNegative = 10
    """Epochs of linear decay to zero."""
    niter_step: Positive = 5
    """Epochs after which clips and chunks double."""
    niter_fix_global: NonNegative = 0
    """Epochs in which only the finest generator is trained; 0: all scales from the start."""
    n_frames_total: Positive = 30
    """New frames of a training clip at the start."""
    max_frames_total: Positive = 128
    """Upper limit of the growing clip."""
    max_frames_per_gpu: Positive = 1
    """Frames generated before one optimisation step (a chunk), upper limit; times `n_gpus_gen`."""
    n_gpus_gen: Positive = 1
    """GPUs the length of a chunk is counted for: it is as many times longer, on however many GPUs the training runs.
    With `parallel.split: roles` so many ranks generate it."""
    max_frames_backpropagate: Positive = 1
    """Frames gradients flow back through, upper limit."""
    clips_per_sequence: Positive = 1
    """Clips drawn from every sequence in one epoch."""


@config_class
class StageConfig:
    """One stage of training."""

    name: Identifier
    """Names the folder of the stage's weights."""
    controls: ControlConfig = dataclasses.field(default_factory=ControlConfig)
    """What the networks are shown of each frame."""
    generator: GeneratorConfig = dataclasses.field(default_factory=GeneratorConfig)
    """Sizes and switches of the sequential generator."""
    discriminator: DiscriminatorConfig = dataclasses.field(default_factory=DiscriminatorConfig)
    """Sizes of the image and temporal discriminators."""
    losses: LossConfig = dataclasses.field(default_factory=LossConfig)
    """Weights and switches of the losses."""
    optimizer: OptimizerConfig = dataclasses.field(default_factory=OptimizerConfig)
    """Adam."""
    schedule: ScheduleConfig = dataclasses.field(default_factory=ScheduleConfig)
    """How long, and how clips grow."""
    data: DataConfig = dataclasses.field(default_factory=DataConfig)
    """How frames are read."""
    speed: SpeedConfig = dataclasses.field(default_factory=SpeedConfig)
    """Precision, and what makes a step faster."""
    parallel: ParallelConfig = dataclasses.field(default_factory=ParallelConfig)
    """How work and memory are divided."""

    def __post_init__(self) -> None:
        widest = 2 ** (self.generator.n_scales_spatial - 1)
        if self.generator.ngf % widest:
            raise ValueError(f"generator.ngf ({self.generator.ngf}) must be a multiple of {widest} for its scales")
        if self.schedule.n_gpus_gen > 1 and self.data.batchSize > 1:
            raise ValueError(
                f"schedule.n_gpus_gen ({self.schedule.n_gpus_gen}) is for data.batchSize 1, which is "
                f"{self.data.batchSize}; set n_gpus_gen to 1 and max_frames_per_gpu to the length of a chunk"
            )
        if self.schedule.niter_fix_global and self.generator.n_scales_spatial == 1:
            raise ValueError("schedule.niter_fix_global needs generator.n_scales_spatial > 1")
        if self.discriminator.add_face_disc:
            if self.controls.kind != "pose":
                raise ValueError(
                    f"discriminator.add_face_disc needs controls.kind pose, in which it finds the face; it is "
                    f"{self.controls.kind}; set discriminator.add_face_disc to false"
                )
            if self.data.fineSize < 32:
                raise ValueError(f"discriminator.add_face_disc needs data.fineSize >= 32, it is {self.data.fineSize}")
        if self.controls.kind != "labels":
            for key, wanted in (("generator.fg", self.generator.fg), ("data.use_instance", self.data.use_instance)):
                if wanted:
                    raise ValueError(
                        f"{key} needs controls.kind labels, it is {self.controls.kind}; set {key} to false"
                    )


@config_class
class RecipeConfig:
    """One recipe YAML. In the file, keys under `common` hold for every stage that does not set them itself."""

    name: Identifier
    """Name of the recipe."""
    seed: NonNegative = 0
    """Same seed, same training."""
    checkpoint_minutes: Annotated[float, Field(gt=0)] = 10.0
    """A resumable checkpoint is written at least this often."""
    checkpoints_kept: Annotated[int, Field(ge=2)] = 2
    """Of a stage in training so many of the newest are kept; should one be damaged, the one before it is used."""
    guard: GuardAction = "warn"
    """Training that has got stuck (a discriminator that always wins, pictures all black or white): warn, or stop."""
    validation: ValidationConfig = dataclasses.field(default_factory=ValidationConfig)
    """A fixed clip that is rendered and scored while a stage trains, and what is done with the best weights."""
    image_stage: ImageStageConfig | None = None
    """A generator of single pictures, trained beside the stages; `render.first_frame: single` begins videos with it."""
    stages: Annotated[tuple[StageConfig, ...], Field(min_length=1)]
    """From coarse to fine; each begins with the weights of the one before."""

    def __post_init__(self) -> None:
        names = [stage.name for stage in self.stages]
        first = self.image_stage
        if first is not None:
            names.append(first.name)
            if first.controls != self.stages[-1].controls:
                raise ValueError(
                    f"image_stage '{first.name}' and stage '{self.stages[-1].name}' read different controls; give both "
                    "the same controls"
                )
        if len(set(names)) < len(names):
            raise ValueError(f"stages need different names, got {', '.join(names)}")
        for before, after in zip(self.stages, self.stages[1:], strict=False):
            if after.generator.n_scales_spatial < before.generator.n_scales_spatial:
                raise ValueError(f"stage '{after.name}' has fewer scales than stage '{before.name}' before it")
