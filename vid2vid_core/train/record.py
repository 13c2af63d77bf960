"""What a training tells of itself: the journal on disk, the progress line, a line of the log at the end of an epoch."""

import logging
from collections.abc import Callable
from pathlib import Path

import numpy as np

from vid2vid_core.train.journal import Journal, Means
from vid2vid_core.train.position import Position
from vid2vid_core.train.progress import Progress
from vid2vid_core.train.step import Terms

logger = logging.getLogger("vid2vid_core.train")

_LOG_LINES = 2000
"""A stage writes about this many log lines at most; a short one writes a line per step."""

_SHOWN = ("loss_G", "loss_D")


class Record:
    """Of one stage, on the main rank; the others keep a `SilentRecord`."""

    def __init__(self, out_dir: Path, name: str, epochs: int, frames: int, steps: int, position: Position) -> None:
        """Open the journal and the progress line.

        Args:
            out_dir: of the stage.
            name: of the stage, as the log calls it.
            epochs: of the whole stage.
            frames: to generate in the whole stage.
            steps: of the whole stage.
            position: where training begins or goes on.
        """
        self._name, self._epochs, self._every = name, epochs, max(1, steps // _LOG_LINES)
        self._journal = Journal(out_dir, position.step)
        self._progress = Progress(name, frames, position.frames)
        self._means = Means()

    def step(
        self, terms: Terms, frames: int, position: Position, epoch: int, rate: float, clip: int | None = None
    ) -> None:
        """Count an optimisation step.

        Args:
            terms: losses and gradient norms.
            frames: generated in it.
            position: after it.
            epoch: under way.
            rate: of learning.
            clip: new frames of the clips under way; None for single pictures.
        """
        self._journal.add(terms, frames)
        self._means.add({name: terms[name] for name in _SHOWN})
        means = self._journal.write(position, rate) if position.step % self._every == 0 else {}
        shown = {name.removeprefix("loss_"): means[name] for name in _SHOWN if name in means}
        self._progress.advance(frames, (epoch, self._epochs), clip, shown)

    def write(self, position: Position, rate: float) -> None:
        """Bring the journal up to date, before a checkpoint."""
        self._journal.write(position, rate)

    def end_epoch(self, epoch: int, position: Position, rate: float, sample: Callable[[], np.ndarray]) -> None:
        """Log the epoch; now and then keep a sample, (H, W, 3) uint8 RGB."""
        self._journal.write(position, rate)
        if epoch in {1, self._epochs, *(round(self._epochs * share) for share in (0.25, 0.5, 0.75))}:
            self._journal.picture(sample(), position)
        means = ", ".join(f"{name} {value:.3f}" for name, value in self._means.read().items())
        done = means or "nothing left of it"
        logger.info("%s, epoch %d of %d done: %s", self._name, epoch, self._epochs, done)

    def validated(self, metrics: dict[str, float], picture: np.ndarray, position: Position, seconds: float) -> None:
        """Show a validation, and its picture (H, W, 3) uint8 RGB, which took so long."""
        self._journal.validated(metrics, picture, position, seconds)

    def close(self) -> None:
        """End the progress line, flush TensorBoard."""
        self._progress.close()
        self._journal.close()


class SilentRecord(Record):
    """Of the ranks that do not speak."""

    def __init__(self) -> None:
        """Nothing is opened."""

    def step(
        self, terms: Terms, frames: int, position: Position, epoch: int, rate: float, clip: int | None = None
    ) -> None:
        """Nothing."""

    def write(self, position: Position, rate: float) -> None:
        """Nothing."""

    def end_epoch(self, epoch: int, position: Position, rate: float, sample: Callable[[], np.ndarray]) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing."""
