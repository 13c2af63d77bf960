"""What a rank leaves behind for its launcher when it ends by an error: told once, by one voice. Torch-free."""

import contextlib
import json
import logging
import os
import sys
import time
import traceback
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from vid2vid_core.runlog import StoppedBySignal
from vid2vid_core.storage import write_json

VARIABLE = "VID2VID_RANK_REPORT"
"""Environment variable with the file a rank's report goes to; `launch` sets it."""


@dataclass(frozen=True, slots=True)
class Report:
    """How a rank has ended."""

    kind: Literal["stopped", "error", "crash", "lost"]
    """By a signal after a checkpoint; by an error a person can mend; by another one; since other ranks were gone."""
    message: str
    """For people."""
    time: float
    """When, seconds since 1970."""

    @classmethod
    def read(cls, path: Path) -> "Report | None":
        """The report in a file, or None: a rank that is killed leaves none."""
        try:
            return cls(**json.loads(path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return None


def is_rank() -> bool:
    """Whether this process is one of several that train together."""
    return int(os.environ.get("WORLD_SIZE", "1")) > 1


@contextlib.contextmanager
def as_rank() -> Iterator[None]:
    """Around everything a rank does: all but the main one keep silent, and errors go to the launcher, if there is one.

    A process that is alone, or started by torchrun, raises its errors as it would without this.
    """
    if int(os.environ.get("RANK", "0")) > 0:
        logging.getLogger("vid2vid_core").setLevel(logging.ERROR)
    target = os.environ.get(VARIABLE)
    try:
        yield
    except Exception as error:
        if target is None:
            raise
        write_json(Path(target), asdict(_describe(error)))
        sys.exit(1)


def _describe(error: Exception) -> Report:
    now = time.time()
    if isinstance(error, StoppedBySignal):
        return Report("stopped", str(error), now)
    if _lost(error):
        return Report("lost", str(error).splitlines()[0], now)
    if isinstance(error, ValueError | OSError):
        return Report("error", str(error), now)
    return Report("crash", "".join(traceback.format_exception(error)).rstrip(), now)


def _lost(error: Exception) -> bool:
    """Whether an error only says that another rank does not answer any more."""
    kinds = {kind.__name__ for kind in type(error).__mro__}
    return "DistError" in kinds or (isinstance(error, RuntimeError) and "gloo" in str(error))
