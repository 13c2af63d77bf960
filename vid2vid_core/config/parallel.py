"""How a stage's work and memory are divided."""

from typing import Literal

from vid2vid_core.config.base import config_class


@config_class
class ParallelConfig:
    """Memory and processes."""

    recompute: Literal["none", "scale", "frame"] = "none"
    """What the backward pass computes again in place of keeping it: nothing, the generator scale by scale, or frame by
    frame. Same results; a step takes about a quarter longer, and a frame needs the memory of its pictures alone."""
