"""Logging of one job: everything it says goes to its log file, and what a person waits for also to the console."""

import contextlib
import fcntl
import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

logger = logging.getLogger("vid2vid_core")


REQUEUE_CODE = 85
"""Exit code of a process that a signal has stopped and that goes on when started again (HTCondor's number for it)."""


class StoppedBySignal(Exception):
    """Work has been put aside because of a signal; the same call goes on with it."""


class StartAgain(StoppedBySignal):
    """One of several ranks cannot go on, and the others wait for it; the same call goes on from what is saved."""


@contextlib.contextmanager
def job_log(path: str | Path) -> Iterator[None]:
    """Send this package's log records and uncaught exceptions to `path`, and warnings also to the console.

    An error that a person can mend (ValueError, OSError) ends the process with its plain message on the console; the
    traceback stands in the log file only. Work that a signal has stopped ends it with code 85.
    """
    to_console = logging.StreamHandler(sys.stderr)
    to_console.setLevel(logging.WARNING)
    to_console.setFormatter(logging.Formatter("%(levelname)s: %(message)s"))
    logger.setLevel(logging.INFO)
    logger.addHandler(to_console)
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    stream = _wait_for_earlier_job(target)
    to_file = logging.StreamHandler(stream)
    to_file.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s", "%H:%M:%S"))
    logger.addHandler(to_file)
    try:
        yield
    except (ValueError, OSError) as error:
        logger.removeHandler(to_console)
        logger.exception("failed")
        sys.exit(f"ERROR: {error}\nLog: {target}")
    except StoppedBySignal as stopped:
        logger.warning("%s", stopped)
        sys.exit(REQUEUE_CODE)
    except BaseException:
        logger.exception("failed")
        raise
    finally:
        for handler in (to_file, to_console):
            logger.removeHandler(handler)
            handler.flush()
        stream.close()


def _wait_for_earlier_job(path: Path) -> TextIO:
    """Open an emptied log file once no other process holds it.

    When a run is killed outright its jobs may live on for a while. A job of the next run that writes the same outputs
    waits for such an orphan to end; the kernel lets go of the lock however the process ends.
    """
    stream = path.open("a", encoding="utf-8")
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        logger.warning("%s: an earlier job with the same outputs is still running; waiting for it", path)
        fcntl.flock(stream, fcntl.LOCK_EX)
    stream.truncate(0)
    return stream
