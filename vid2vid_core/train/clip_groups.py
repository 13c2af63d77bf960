"""Which clips of an epoch are trained together, in an order that only seed and epoch decide.

A group is what one optimisation step looks at: the batches of all ranks. All its clips are as short as the shortest of
them, so that every rank takes the same number of steps. What decides that stands in the manifest; no frame is read.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vid2vid_core.config import StageConfig
from vid2vid_core.config.schedule import EpochState, training_window


@dataclass(frozen=True, slots=True)
class ClipGroup:
    """Clips trained together, chunk by chunk."""

    clips: tuple[int, ...]
    """Numbers of the clips in a `ClipDataset`."""
    frames: int
    """Frames read of each, those that only start the recursion included."""
    chunks: int
    """Optimisation steps."""
    chunk_frames: int
    """New frames of each clip in a step."""

    def share(self, number: int, shares: int, batches: int) -> list[list[int]]:
        """The clips of share `number` of so many equal ones, in so many batches."""
        own = np.array_split(np.array(self.clips), shares)[number]
        return [batch.tolist() for batch in np.array_split(own, batches)]


def clip_groups(
    stage: StageConfig, state: EpochState, lengths: Sequence[int], seed: int, size: int, done: int = 0
) -> list[ClipGroup]:
    """The groups of an epoch.

    Args:
        stage: kind of clips, batch size.
        state: of the epoch.
        lengths: of the training runs, frames.
        seed: of the recipe.
        size: clips of a group. If it is more than a batch, clips from the front of the order fill up the last group.
        done: clips of the order that have been trained.
    """
    count = len(lengths) * stage.schedule.clips_per_sequence
    order = np.random.default_rng([seed, state.epoch]).permutation(count)
    left = order[done:]
    if size > stage.data.batchSize and len(left) % size:
        left = np.concatenate([left, np.resize(order, size - len(left) % size)])
    return [_group(left[i : i + size].tolist(), stage, state, lengths) for i in range(0, len(left), size)]


def _group(clips: list[int], stage: StageConfig, state: EpochState, lengths: Sequence[int]) -> ClipGroup:
    past, step = stage.generator.n_frames_G - 1, stage.data.max_t_step
    wanted, chunk = state.n_frames_total, state.chunk_frames
    windows = [training_window(lengths[clip % len(lengths)], wanted, chunk, past + 1, step) for clip in clips]
    frames = min(window.frames_read for window in windows)
    size = min(frames - past, chunk)
    return ClipGroup(tuple(clips), frames, (frames - past) // size, size)
