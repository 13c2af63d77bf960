"""Where a stage's training is."""

from dataclasses import dataclass


@dataclass(slots=True)
class Position:
    """Counts from the start of the stage; a checkpoint is always written between two clips."""

    epoch: int = 1
    """The epoch under way, 1-based; one more than the last epoch when training is done."""
    clip: int = 0
    """Batches of clips finished in this epoch."""
    step: int = 0
    """Optimisation steps done."""
    frames: int = 0
    """Frames generated."""
