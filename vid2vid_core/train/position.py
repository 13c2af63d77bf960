"""Where a stage's training is."""

from dataclasses import dataclass


@dataclass(slots=True)
class Position:
    """Counts from the start of the stage, after a whole number of optimisation steps."""

    epoch: int = 1
    """The epoch under way, 1-based; one more than the last epoch when training is done."""
    clip: int = 0
    """Clips finished in this epoch, on all ranks together; of an image stage, batches of pictures."""
    chunk: int = 0
    """Chunks finished of the group of clips under way; 0: none is under way."""
    step: int = 0
    """Optimisation steps done."""
    frames: int = 0
    """Frames generated."""
