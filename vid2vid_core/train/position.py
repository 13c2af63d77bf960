"""Where a stage's training is."""

from dataclasses import dataclass

from vid2vid_core.train.clip_groups import ClipGroup


@dataclass(slots=True)
class Position:
    """Counts from the start of the stage, after a whole number of optimisation steps."""

    epoch: int = 1
    """The epoch under way, 1-based; one more than the last epoch when training is done."""
    clip: int = 0
    """Clips finished in this epoch, on all ranks together; of an image stage, pictures."""
    chunk: int = 0
    """Chunks finished of the group of clips under way; 0: none is under way."""
    within: int = 0
    """New frames finished of the chunk under way, where memory is too small for all of it in one step."""
    step: int = 0
    """Optimisation steps done."""
    frames: int = 0
    """Frames generated."""

    def advance(self, new: int, frames: int, group: ClipGroup) -> bool:
        """Count a step.

        Args:
            new: frames of each clip it has generated.
            frames: frames it has generated in all.
            group: the clips.

        Returns:
            Whether it was the last step of the group.
        """
        self.step += 1
        self.frames += frames
        self.within += new
        if self.within < group.chunk_frames:
            return False
        self.chunk, self.within = self.chunk + 1, 0
        if self.chunk < group.chunks:
            return False
        self.chunk = 0
        self.clip += len(group.clips)
        return True
