"""What one call of snakemake builds: runs, each a dataset and a recipe."""

import dataclasses
from typing import Annotated, Literal

from pydantic import Field

from vid2vid_core.config.base import config_class
from vid2vid_core.config.dataset import Identifier, NonNegative, Positive
from vid2vid_core.config.edits import EditConfig


@config_class
class RenderConfig:
    """How test sequences are rendered."""

    first_frame: Literal["real", "none", "single"] = "real"
    """Begin each sequence from its real frames, from nothing, or from pictures of a single-image generator."""
    single: str | None = None
    """first_frame single: weights file of that generator; that of the recipe's `image_stage` if not given."""
    styles: Positive | None = None
    """first_frame single, with features: render each sequence so often, each time with another typical look of the
    training frames, the most common one first; that one is scored. null: once, with the look of the training frame most
    like the real first frame."""
    retarget: bool = False
    """Poses: scale and move the people of the test videos so that they are as large as the person of the training
    videos, at the same place: motion transfer from one person to another. Nothing real shows the result, so it is not
    scored."""
    edits: tuple[EditConfig, ...] = ()
    """Street: further videos of each sequence, beside the one that is scored, with other labels or looks. Sequences
    that begin from real pictures begin with what is replaced, so first_frame single (or none) suits edits better."""
    how_many: Positive | None = None
    """Render at most this many frames of each sequence."""
    crf: Annotated[int, Field(ge=0, le=51)] = 18
    """Quality of the MP4 files (x264): 0 is lossless, 51 worst."""

    def __post_init__(self) -> None:
        names = [edit.name for edit in self.edits]
        if len(set(names)) < len(names):
            raise ValueError(f"edits need different names, got {', '.join(names)}")
        chosen = next((edit for edit in self.edits if edit.looks), None)
        if chosen is not None and self.first_frame != "single":
            raise ValueError(
                f"edit '{chosen.name}' chooses looks of first pictures that a single-image generator makes, so it "
                f"needs first_frame single; first_frame is {self.first_frame}"
            )
        if self.single is not None and self.first_frame != "single":
            raise ValueError(f"single is read with first_frame single only, first_frame is {self.first_frame}")
        if self.styles is not None and self.first_frame != "single":
            raise ValueError(
                f"styles are looks of first pictures that a single-image generator makes, so they need first_frame "
                f"single; first_frame is {self.first_frame}"
            )


@config_class
class EvaluateConfig:
    """How rendered sequences are scored."""

    bootstrap: Positive = 1000
    """Bootstrap resamples over clips for the intervals."""
    clip_frames: Annotated[int, Field(ge=2)] = 8
    """Frames of one clip, the unit that is resampled."""
    seed: NonNegative = 0
    """Seed of the bootstrap."""


@config_class
class TrainConfig:
    """What the training of a run asks for: a whole node for each of its parts where it asks for more than one GPU."""

    gpus: NonNegative = 1
    """GPUs on each node. One process trains with each; without GPUs on the machine, so many processes train on its
    CPUs. 0: one process without a GPU."""
    nodes: Positive = 1
    """Nodes; more than one needs SLURM."""


@config_class
class Run:
    """One dataset trained with one recipe."""

    name: Identifier
    """Names the folder under results/runs."""
    dataset: str
    """Dataset YAML, relative to the folder snakemake runs in."""
    recipe: str
    """Recipe YAML, likewise."""
    train: TrainConfig = dataclasses.field(default_factory=TrainConfig)
    """What its training asks for."""
    render: RenderConfig = dataclasses.field(default_factory=RenderConfig)
    """How test sequences are rendered."""
    evaluate: EvaluateConfig = dataclasses.field(default_factory=EvaluateConfig)
    """How rendered sequences are scored."""


@config_class
class RunsConfig:
    """The file snakemake reads: config/config.yaml, or the one given with --configfile."""

    runs: Annotated[tuple[Run, ...], Field(min_length=1)]
    """What to build. A file given with --configfile replaces the whole list."""
    container: str = "docker/vid2vid.sif"
    """The image that jobs run in with `--sdm apptainer`: a file, relative to the folder snakemake runs in, or an
    address such as docker://..."""

    def __post_init__(self) -> None:
        names = [run.name for run in self.runs]
        if len(set(names)) < len(names):
            raise ValueError(f"runs need different names, got {', '.join(names)}")
