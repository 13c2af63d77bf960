"""When a checkpoint is written: every so often, when a signal asks for one, and at the end."""

import time
from pathlib import Path
from typing import Any

from vid2vid_core.train.checkpoint import (
    Checkpoint,
    CheckpointFolder,
    NamedOptimizers,
    TrainedNetworks,
    checkpoint_path,
    random_state,
    read_checkpoint,
)
from vid2vid_core.train.parallel.ranks import Ranks
from vid2vid_core.train.position import Position
from vid2vid_core.train.stop_signals import StopSignals


class Keeper:
    """The checkpoints of a stage, of video or of single pictures; one on every rank, all called alike."""

    def __init__(
        self, folder: Path, fingerprint: str, kept: int, minutes: float, signals: StopSignals, ranks: Ranks
    ) -> None:
        """Open the folder.

        Args:
            folder: as of `CheckpointFolder`; only the main rank writes there.
            fingerprint: likewise.
            kept: likewise.
            minutes: between two checkpoints; the first is due so long from now.
            signals: that may ask for the end.
            ranks: those that train.
        """
        self._path, self._seconds, self._signals, self._ranks = folder, 60 * minutes, signals, ranks
        self._folder = CheckpointFolder(folder, fingerprint, kept) if ranks.main else None
        self._saved = time.monotonic()

    def newest(self) -> Checkpoint | None:
        """The newest checkpoint that can be read, the same on every rank; None if there is none."""
        checkpoint = None if self._folder is None else self._folder.newest()
        step = self._ranks.main_only(lambda: None if checkpoint is None else checkpoint["position"]["step"])
        if self._folder is None and step is not None:
            return read_checkpoint(checkpoint_path(self._path, step))
        return checkpoint

    def due(self) -> bool:
        """Whether a checkpoint is to be written after this step; to be asked after every step."""
        if self._signals.agree(self._ranks) is not None:
            return True
        return self._ranks.any(time.monotonic() - self._saved >= self._seconds)

    def save(
        self,
        networks: TrainedNetworks,
        optimizers: NamedOptimizers,
        position: Position,
        clip: Any = None,
    ) -> None:
        """Write a checkpoint.

        Args:
            networks: with their average, if there is one; the same on every rank.
            optimizers: theirs.
            position: after an optimisation step.
            clip: `Stepper.saved` of the group of clips under way, each rank its own; None between two groups.

        Raises:
            NotFiniteError: a step since the last checkpoint was not finite; nothing is written.
            StoppedBySignal: a signal has asked for the end of training; the checkpoint is written.
            OSError: it could not be written; the ones before it are untouched.
        """
        optimizers.updates.settle()
        own = self._ranks.gather({"clip": clip, "random": random_state(self._ranks.device)})

        def write() -> None:
            if self._folder is not None:
                self._folder.save(networks, optimizers, position, own)

        self._ranks.main_only(write)
        self._saved = time.monotonic()
        self._signals.obey(self._ranks)

    def keep_newest(self) -> None:
        """Drop all but the newest, once the stage is done."""
        if self._folder is not None:
            self._folder.keep(1)
