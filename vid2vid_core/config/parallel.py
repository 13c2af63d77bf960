"""How a stage's work and memory are divided."""

from typing import Literal

from vid2vid_core.config.base import config_class
from vid2vid_core.config.dataset import Positive


@config_class
class ParallelConfig:
    """Memory and processes."""

    split: Literal["clips", "roles"] = "clips"
    """What several ranks divide: clips, of which each trains on its own; or roles: the first `schedule.n_gpus_gen`
    ranks generate consecutive frames of a chunk in turn, the others compute discriminators, losses and flow. For frames
    so large that one hardly fits into the memory of a device. Same results as of one rank."""
    accumulate: Positive = 1
    """Batches that every rank takes one after the other for one step: that of a larger batch, but for batch
    normalisation, in the memory of a small one."""
    sync_batch_norm: bool = False
    """Batch normalisation by the pictures of all ranks, as in one large batch; off: each rank by its own. The face
    discriminator is left out, since not every clip shows a face."""
    recompute: Literal["none", "scale", "frame"] = "none"
    """What the backward pass computes again in place of keeping it: nothing, the generator scale by scale, or frame by
    frame. Same results; a step takes about a quarter longer, and a frame needs the memory of its pictures alone."""

    def __post_init__(self) -> None:
        if self.split == "roles" and (self.accumulate > 1 or self.sync_batch_norm):
            key = "accumulate" if self.accumulate > 1 else "sync_batch_norm"
            raise ValueError(
                f"split roles and {key} exclude each other: ranks with roles train on the same clips, one batch a "
                f"step; leave {key} out or set split to clips"
            )
