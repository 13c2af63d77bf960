"""The folder assets are kept in, and locks by which several processes share it."""

import contextlib
import fcntl
import logging
import os
from collections.abc import Iterator
from pathlib import Path

logger = logging.getLogger("vid2vid_core.assets")


def asset_dir() -> Path:
    """The folder $VID2VID_ASSET_DIR names, by default ~/.cache/vid2vid."""
    return Path(os.environ.get("VID2VID_ASSET_DIR") or Path.home() / ".cache" / "vid2vid").expanduser()


@contextlib.contextmanager
def locked(folder: Path, name: str) -> Iterator[None]:
    """Hold the lock called `name`; wait while another process does. The kernel lets go of it however a process ends."""
    path = folder / ".locks" / f"{name}.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            logger.info("%s: another process is busy with it; waiting", name)
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
