"""Libraries in C++ write to the process's standard error, past Python's; what they say goes to our log instead."""

import contextlib
import logging
import os
import sys
import tempfile
from collections.abc import Iterator

logger = logging.getLogger("vid2vid_core.annotate")


@contextlib.contextmanager
def quiet_stderr(name: str) -> Iterator[None]:
    """Keep what is written to standard error; log it for debugging, or as a warning if the block fails.

    Args:
        name: of the library, for the log.
    """
    sys.stderr.flush()
    original = os.dup(2)
    level = logging.WARNING
    with tempfile.TemporaryFile() as kept:
        os.dup2(kept.fileno(), 2)
        try:
            yield
            level = logging.DEBUG
        finally:
            sys.stderr.flush()
            os.dup2(original, 2)
            os.close(original)
            kept.seek(0)
            for line in kept.read().decode(errors="replace").splitlines():
                logger.log(level, "%s: %s", name, line)
