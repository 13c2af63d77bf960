"""Starting the ranks of a training on this machine, and seeing to it that they end together. Torch-free.

Each rank runs the same command with the variables that torchrun sets. `torchrun` itself starts them as well, but it
turns every exit code into 1, also the one that asks to be started again, does not pass SIGUSR1 on, and shows the errors
of all ranks, those that only say that another one has gone included.
"""

import ctypes
import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import FrameType

from vid2vid_core.runlog import StoppedBySignal
from vid2vid_core.train.parallel.report import VARIABLE, Report

_FORWARDED = (signal.SIGTERM, signal.SIGUSR1)

_POLL = 0.05
"""Seconds between two looks at the ranks."""

_GRACE = 20.0
"""Seconds that the ranks have to end by themselves, and to say why, once one has; no rank stops at a checkpoint before
it is written."""

_LAST_WORDS = 2000
"""Characters shown of what a rank has said that leaves no report."""


class RankError(OSError):
    """A rank has failed: which, and why."""


@dataclass(frozen=True, slots=True)
class Places:
    """Which ranks run on this machine, and where all find the first one."""

    local: int
    """Ranks on this machine."""
    first: int
    """Number of the first of them among all."""
    total: int
    """Ranks on all machines."""
    address: str
    """Of the machine of rank 0."""
    port: int
    """At which rank 0 listens."""

    @classmethod
    def here(cls, ranks: int) -> "Places":
        """All on this machine."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))  # a port that nobody listens at
            return cls(ranks, 0, ranks, "127.0.0.1", probe.getsockname()[1])

    def environment(self, number: int, threads: int | None) -> dict[str, str]:
        """The environment of local rank `number`."""
        share = (threads or len(os.sched_getaffinity(0))) // self.local
        values = {
            "RANK": self.first + number,
            "LOCAL_RANK": number,
            "WORLD_SIZE": self.total,
            "LOCAL_WORLD_SIZE": self.local,
            "MASTER_ADDR": self.address,
            "MASTER_PORT": self.port,
            "OMP_NUM_THREADS": max(1, share) if threads else os.environ.get("OMP_NUM_THREADS", max(1, share)),
        }
        return {**os.environ, **{name: str(value) for name, value in values.items()}}


def launch(command: Sequence[str], places: Places, *, threads: int | None = None) -> None:
    """Run a command in several ranks of this machine and wait for their end.

    SIGTERM and SIGUSR1 are passed on to all of them. If one fails, the others end within half a minute.

    Args:
        command: of one rank.
        places: of the ranks.
        threads: of all ranks of this machine together; None: as OMP_NUM_THREADS says for each, or all cores.

    Raises:
        StoppedBySignal: the ranks have stopped at a checkpoint.
        ValueError: a rank found an error in data or settings.
        RankError: a rank failed or was killed.
    """
    with tempfile.TemporaryDirectory(prefix="vid2vid-ranks-") as folder:
        ranks = [_Rank(command, places, number, threads, Path(folder)) for number in range(places.local)]
        passed_on = _wait(ranks)
        _judge(ranks, passed_on)


class _Rank:
    """One process. What it says goes to the console if it is the main rank, otherwise to a file of its own."""

    def __init__(self, command: Sequence[str], places: Places, local: int, threads: int | None, folder: Path) -> None:
        self.number, self.ended_by_us = places.first + local, False
        self._report, self._said = folder / f"{local}.json", folder / f"{local}.txt"
        environment = places.environment(local, threads) | {VARIABLE: str(self._report)}
        with self._said.open("wb") as output:
            target = None if self.number == 0 else output
            self.process = subprocess.Popen(
                command,
                env=environment,
                stdout=target,
                stderr=target,
                preexec_fn=partial(end_with_parent, signal.SIGKILL),
            )

    def report(self) -> Report | None:
        return Report.read(self._report)

    def failure(self) -> str | None:
        """What has become of it, if that was neither a report nor our doing."""
        code = self.process.returncode
        name = f"rank {self.number} (process {self.process.pid} on {socket.gethostname()})"
        if code == 0 or self.ended_by_us or self.report() is not None:
            return None
        if code < 0:
            reason = " (out of memory?)" if code == -signal.SIGKILL else ""
            return f"{name} was killed by {signal.Signals(-code).name}{reason}"
        said = self._said.read_text(encoding="utf-8", errors="replace")[-_LAST_WORDS:].strip()
        return f"{name} ended with code {code}" + (f"; its last words:\n{said}" if said else "")


def _wait(ranks: Sequence[_Rank]) -> signal.Signals | None:
    """Wait until all have ended, which they must soon after the first failure; returns a signal that was passed on."""
    received: list[signal.Signals] = []

    def pass_on(number: int, frame: FrameType | None) -> None:
        received.append(signal.Signals(number))
        for rank in ranks:
            if rank.process.poll() is None:
                rank.process.send_signal(number)

    before = {number: signal.signal(number, pass_on) for number in _FORWARDED}
    deadline = None
    try:
        while None in (codes := [rank.process.poll() for rank in ranks]):
            if deadline is None and any(codes):
                deadline = time.monotonic() + _GRACE
            if deadline is not None and time.monotonic() > deadline:
                _kill(ranks)
            time.sleep(_POLL)
    finally:
        _kill(ranks)  # those that are left where waiting was interrupted
        for number, handler in before.items():
            signal.signal(number, handler)
    return received[0] if received else None


def _kill(ranks: Sequence[_Rank]) -> None:
    for rank in ranks:
        if rank.process.poll() is None:
            rank.ended_by_us = True
            rank.process.kill()
            rank.process.wait()


def _judge(ranks: Sequence[_Rank], passed_on: signal.Signals | None) -> None:
    """Raise what the end of the ranks means, if it was not the end of their work."""
    failures = [failure for rank in ranks if (failure := rank.failure()) is not None]
    if failures and passed_on and all(rank.process.returncode in (-passed_on, 0) for rank in ranks):
        signal.signal(passed_on, signal.SIG_DFL)  # it came before the first step, and ends this process as it did them
        os.kill(os.getpid(), passed_on)
    if failures:
        raise RankError(f"{'; '.join(failures)}; the other ranks have been ended")
    told = sorted(
        ((rank.number, report) for rank in ranks if (report := rank.report()) is not None),
        key=lambda pair: (pair[1].kind == "lost", pair[1].time),
    )
    if not told:
        return
    number, first = told[0]
    everywhere = all(report.message == first.message for _, report in told)
    if first.kind == "stopped":
        raise StoppedBySignal(first.message)
    if first.kind == "error":
        raise ValueError(first.message if everywhere else f"rank {number}: {first.message}")
    if first.kind == "lost":
        raise RankError(f"rank {number} lost the others: {first.message}")
    raise RankError(f"rank {number} failed:\n{first.message}")


def end_with_parent(number: signal.Signals) -> None:
    """Get this signal when the launcher is gone: a rank left over would go on writing where the next training writes.

    To be called in the process that a launcher has forked.
    """
    set_death_signal = 1
    ctypes.CDLL(None).prctl(set_death_signal, int(number))
