"""How a stage's work and memory are divided."""

from typing import Literal

from vid2vid_core.config.base import config_class
from vid2vid_core.config.dataset import Positive


@config_class
class ParallelConfig:
    """Memory and processes."""

    accumulate: Positive = 1
    """Batches that every rank takes one after the other for one step: that of a larger batch, but for batch
    normalisation, in the memory of a small one."""
    sync_batch_norm: bool = False
    """Batch normalisation by the pictures of all ranks, as in one large batch; off: each rank by its own. The face
    discriminator is left out, since not every clip shows a face."""
    recompute: Literal["none", "scale", "frame"] = "none"
    """What the backward pass computes again in place of keeping it: nothing, the generator scale by scale, or frame by
    frame. Same results; a step takes about a quarter longer, and a frame needs the memory of its pictures alone."""
