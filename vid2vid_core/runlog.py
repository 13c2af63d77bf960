"""Logging of one job: everything it says goes to its log file, and what a person waits for also to the console."""

import contextlib
import logging
import sys
from collections.abc import Iterator
from pathlib import Path

logger = logging.getLogger("vid2vid_core")


@contextlib.contextmanager
def job_log(path: str | Path) -> Iterator[None]:
    """Send this package's log records and uncaught exceptions to `path`, and warnings also to the console."""
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    to_file = logging.FileHandler(target, mode="w", encoding="utf-8")
    to_file.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s", "%H:%M:%S"))
    to_console = logging.StreamHandler(sys.stderr)
    to_console.setLevel(logging.WARNING)
    to_console.setFormatter(logging.Formatter("%(levelname)s: %(message)s"))
    logger.setLevel(logging.INFO)
    logger.addHandler(to_file)
    logger.addHandler(to_console)
    try:
        yield
    except BaseException:
        logger.exception("failed")
        raise
    finally:
        for handler in (to_file, to_console):
            logger.removeHandler(handler)
            handler.flush()
        to_file.close()
