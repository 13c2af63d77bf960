"""How one person is followed through a video: what is done where they are lost, and against trembling."""

from typing import Annotated, Literal

from pydantic import Field

from vid2vid_core.config.base import config_class

GapPolicy = Literal["interpolate", "cut", "fail"]
"""What is done about frames in which the subject is not found."""


@config_class
class SmoothingConfig:
    """One-euro filter of every coordinate: strong at rest, where points tremble, and weak in motion, where it lags."""

    min_cutoff: Annotated[float, Field(gt=0)] = 2.0
    """Cut-off at rest, Hz: lower is calmer."""
    beta: Annotated[float, Field(ge=0)] = 10.0
    """How much the cut-off rises with speed, Hz for every subject size per second: higher lags less."""
    speed_cutoff: Annotated[float, Field(gt=0)] = 1.0
    """Cut-off of the speed itself, Hz."""
