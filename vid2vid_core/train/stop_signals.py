"""What a cluster's signal does to training: the step under way is finished, a checkpoint written, the process ends."""

import logging
import signal
import threading
from types import FrameType, TracebackType
from typing import Any

from vid2vid_core.runlog import StoppedBySignal
from vid2vid_core.train.parallel.ranks import Ranks

logger = logging.getLogger("vid2vid_core.train")

SIGNALS = (signal.SIGTERM, signal.SIGUSR1)


class StopSignals:
    """Within a `with` block SIGTERM and SIGUSR1 only leave a note, which training looks at after every step.

    A second signal changes nothing, since clusters often send one as a warning and another when time is up.
    """

    def __init__(self) -> None:
        self.received: signal.Signals | None = None
        """The first signal that came to this process."""
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> "StopSignals":
        if threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, self._note) for number in SIGNALS}
        else:
            logger.info("training runs beside the main thread: signals end it without a checkpoint")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def agree(self, ranks: Ranks) -> signal.Signals | None:
        """A signal to one rank counts as one to all: what comes back is the same on every rank.

        What comes to a rank while it waits for the others here is for the next time.
        """
        number = ranks.highest(self.received or 0)
        return signal.Signals(number) if number else None

    def obey(self, ranks: Ranks) -> None:
        """End training if a signal came, on all ranks or none. Raises StoppedBySignal."""
        agreed = self.agree(ranks)
        if agreed is not None:
            raise StoppedBySignal(
                f"stopped by {agreed.name} after a checkpoint was written; the same call goes on from there"
            )

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self.received is None:
            self.received = signal.Signals(number)


def leave_signals_to_parent(worker: int) -> None:
    """Keep a loader process alive when a cluster signals the whole group: its parent needs it to finish the step."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
