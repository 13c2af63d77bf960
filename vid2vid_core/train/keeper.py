"""When a checkpoint is written: every so often, when a signal asks for one, and at the end."""

import time
from typing import Any

from vid2vid_core.train.checkpoint import CheckpointFolder, NamedOptimizers, TrainedNetworks
from vid2vid_core.train.position import Position
from vid2vid_core.train.stop_signals import StopSignals


class Keeper:
    """Asked after every optimisation step, in stages of video and of single pictures alike."""

    def __init__(self, folder: CheckpointFolder, minutes: float, signals: StopSignals) -> None:
        """The first checkpoint is due `minutes` from now."""
        self._folder, self._seconds, self._signals = folder, 60 * minutes, signals
        self._saved = time.monotonic()

    def due(self) -> bool:
        """Whether a checkpoint is to be written after this step."""
        return self._signals.received is not None or time.monotonic() - self._saved >= self._seconds

    def save(
        self,
        networks: TrainedNetworks,
        optimizers: NamedOptimizers,
        position: Position,
        clip: dict[str, Any] | None = None,
    ) -> None:
        """Write a checkpoint, as `CheckpointFolder.save`.

        Raises:
            StoppedBySignal: a signal has asked for the end of training; the checkpoint is written.
            OSError: it could not be written; the ones before it are untouched.
        """
        self._folder.save(networks, optimizers, position, clip)
        self._saved = time.monotonic()
        self._signals.obey()
