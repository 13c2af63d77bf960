"""Two runs in one folder: each claims the files it writes and reads, and one that would get in the way is refused.

Snakemake locks files too, but looks for locks a moment before it writes its own, and a run that ends removes those of
all others. Here runs start one after the other, and a claim lasts as long as the process that made it: it holds a lock
of the kernel on its claim, which is gone however the process ends.
"""

import fcntl
import json
import logging
import os
import socket
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TextIO

logger = logging.getLogger("vid2vid_core.jobs.claims")


class ClaimedError(Exception):
    """Another run writes what this one needs, or needs what this one would write."""


class RunsInFolder:
    """The runs of one working folder."""

    def __init__(self, folder: Path, tell: Callable[[str], None] = logger.info) -> None:
        """Wait until no other run is between this call and its `claim`.

        Args:
            folder: for the claims; made if it is not there.
            tell: shows a line to a person who waits.

        Raises:
            OSError: the file system knows no file locks.
        """
        folder.mkdir(parents=True, exist_ok=True)
        self._starting = (folder / "starting.lock").open("a")
        try:
            fcntl.flock(self._starting, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            tell("Another run is just starting here; waiting for it to say what it works with.")
            fcntl.flock(self._starting, fcntl.LOCK_EX)
        self._own = folder / f"{socket.gethostname()}-{os.getpid()}.json"
        self._held: TextIO | None = None
        self._alive, self.unclear = _read(folder)
        """Claims of computers elsewhere that are not locked: some file systems keep locks to one computer."""

    @property
    def others(self) -> list[str]:
        """Other runs that are alive, in words."""
        return [_named(other) for other in self._alive]

    @property
    def alone(self) -> bool:
        """Whether no other run can be at work here, so that what looks like one was killed."""
        return not self._alive and not self.unclear

    def claim(self, writes: Iterable[str], reads: Iterable[str]) -> None:
        """Claim files until this process ends, and let the next run start.

        Raises:
            ClaimedError: naming another run and a file that it has claimed.
        """
        outputs, inputs = set(writes), set(reads)
        for other in self._alive:
            shared = outputs & {*other["writes"], *other["reads"]} | inputs & set(other["writes"])
            if shared:
                more = f" and {len(shared) - 1:,} other files" if len(shared) > 1 else ""
                raise ClaimedError(
                    f"another run ({_named(other)}) is at work with {min(shared)}{more}. Call "
                    f"again when it has ended; what it has made by then will not be made again"
                )
        self._held = self._own.open("w")
        fcntl.flock(self._held, fcntl.LOCK_EX)
        about = {"process": os.getpid(), "computer": socket.gethostname()}
        json.dump(about | {"writes": sorted(outputs), "reads": sorted(inputs)}, self._held)
        self._held.flush()
        self._starting.close()

    def release(self) -> None:
        """Give the claim up."""
        if self._held is not None:
            self._own.unlink(missing_ok=True)
            self._held.close()


def _named(claim: dict[str, Any]) -> str:
    return f"process {claim['process']} on {claim['computer']}"


def _read(folder: Path) -> tuple[list[dict[str, Any]], list[Path]]:
    """Claims of runs that are alive, and those of which that is not known; those of dead ones are removed."""
    alive, unclear = [], []
    for path in sorted(folder.glob("*.json")):
        with path.open() as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                alive.append(json.load(handle))
                continue
        if path.name.rpartition("-")[0] == socket.gethostname():
            path.unlink()
        else:
            unclear.append(path)
    return alive, unclear
