"""How a training is watched: a fixed clip, rendered and scored again and again."""

from typing import Annotated, Literal

from pydantic import Field

from vid2vid_core.config.base import config_class
from vid2vid_core.config.dataset import NonNegative

ValidationMetric = Literal["video_ssim", "psnr", "ssim", "warping_error", "tof", "flicker_ratio"]

_TIMES = 10
"""Validations of a stage where nothing else is said."""


@config_class
class ValidationConfig:
    """A fixed clip of the test split (else of the training split), rendered and scored while a stage trains."""

    every_steps: NonNegative | None = None
    """After every so many optimisation steps, and at the end; 0: never. null: after ten epochs of the stage, evenly
    spread, or after each if it has fewer."""
    frames: Annotated[int, Field(ge=2)] = 16
    """Length of the clip, generated frames."""
    metric: ValidationMetric = "video_ssim"
    """What says which weights were best; all of these are recorded."""
    keep: Literal["last", "best"] = "last"
    """The weights that a stage ends with, which render and which the next stage begins with. `last` keeps the best ones
    beside the checkpoints, as best.safetensors."""

    def __post_init__(self) -> None:
        if self.keep == "best" and self.every_steps == 0:
            raise ValueError("keep best needs validations, every_steps is 0; set every_steps to null or above 0")

    def after_epoch(self, epoch: int, epochs: int) -> bool:
        """Whether the clip is rendered after an epoch (1-based) of a stage of `epochs`; always after the last one."""
        if self.every_steps == 0:
            return False
        if epoch == epochs:
            return True
        return self.every_steps is None and (
            epochs <= _TIMES or epoch * _TIMES // epochs > (epoch - 1) * _TIMES // epochs
        )

    def after_step(self, step: int) -> bool:
        """Whether it is rendered after an optimisation step (1-based)."""
        return bool(self.every_steps) and step % (self.every_steps or 1) == 0
