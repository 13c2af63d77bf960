"""What one call of snakemake builds: runs, each a dataset and a recipe."""

import dataclasses
from typing import Annotated, Literal

from pydantic import Field

from vid2vid_core.config.base import config_class
from vid2vid_core.config.dataset import Identifier, NonNegative, Positive


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
    how_many: Positive | None = None
    """Render at most this many frames of each sequence."""
    crf: Annotated[int, Field(ge=0, le=51)] = 18
    """Quality of the MP4 files (x264): 0 is lossless, 51 worst."""

    def __post_init__(self) -> None:
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
class Run:
    """One dataset trained with one recipe."""

    name: Identifier
    """Names the folder under results/runs."""
    dataset: str
    """Dataset YAML, relative to the folder snakemake runs in."""
    recipe: str
    """Recipe YAML, likewise."""
    render: RenderConfig = dataclasses.field(default_factory=RenderConfig)
    """How test sequences are rendered."""
    evaluate: EvaluateConfig = dataclasses.field(default_factory=EvaluateConfig)
    """How rendered sequences are scored."""


@config_class
class RunsConfig:
    """The file snakemake reads: config/config.yaml, or the one given with --configfile."""

    runs: Annotated[tuple[Run, ...], Field(min_length=1)]
    """What to build. A file given with --configfile replaces the whole list."""

    def __post_init__(self) -> None:
        names = [run.name for run in self.runs]
        if len(set(names)) < len(names):
            raise ValueError(f"runs need different names, got {', '.join(names)}")
