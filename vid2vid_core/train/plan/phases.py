"""The schedule of a stage in phases: epochs that do the same but for the learning rate."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from vid2vid_core.config import StageConfig
from vid2vid_core.config.schedule import EpochState
from vid2vid_core.train.clip_groups import ClipGroup, clip_groups


@dataclass(frozen=True, slots=True)
class Phase:
    """Epochs that do the same, and how much that is over all ranks."""

    state: EpochState
    """Of the first of its epochs."""
    epochs: int
    clips: int
    """Clips trained, those included that fill up a group."""
    steps: int
    """Optimisation steps."""
    frames: int
    """Generated frames."""
    chunk_frames: int
    """New frames of a clip in a step, at most."""
    clip_frames: int
    """Frames of a clip, at most, those that only start the recursion included."""


def phases(
    stage: StageConfig, states: Sequence[EpochState], lengths: Sequence[int], seed: int, group_clips: int
) -> list[Phase]:
    """The phases of a stage, in order.

    Args:
        stage: kind of clips.
        states: the schedule.
        lengths: of the training runs that are long enough, frames.
        seed: of the recipe.
        group_clips: clips of an optimisation step, over all ranks.
    """
    found = []
    for _, group in groupby(states, key=_kind):
        members = list(group)
        groups = [part for state in members for part in clip_groups(stage, state, lengths, seed, group_clips)]
        found.append(
            Phase(
                state=members[0],
                epochs=len(members),
                clips=sum(len(part.clips) for part in groups),
                steps=sum(part.chunks for part in groups),
                frames=sum(_frames(part) for part in groups),
                chunk_frames=max(part.chunk_frames for part in groups),
                clip_frames=max(part.frames for part in groups),
            )
        )
    return found


def _kind(state: EpochState) -> tuple[int, int, int, bool]:
    return state.n_frames_total, state.chunk_frames, state.n_frames_bp, state.train_all_scales


def _frames(group: ClipGroup) -> int:
    return len(group.clips) * group.chunks * group.chunk_frames
