"""The folder assets are kept in, and how several processes, of several people, share it."""

import contextlib
import errno
import fcntl
import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

logger = logging.getLogger("vid2vid_core.assets")


def asset_dir() -> Path:
    """The folder $VID2VID_ASSET_DIR names, by default ~/.cache/vid2vid."""
    return Path(os.environ.get("VID2VID_ASSET_DIR") or Path.home() / ".cache" / "vid2vid").expanduser()


@contextlib.contextmanager
def locked(folder: Path, name: str) -> Iterator[None]:
    """Hold the lock called `name`; wait while another process does. The kernel lets go of it however a process ends.

    A folder that this user may only read needs none: what is in it has its final name only once it is whole.
    """
    try:
        handle = _open_lock(folder / ".locks" / f"{name}.lock")
    except OSError as error:
        if error.errno not in NOT_WRITABLE or not folder.is_dir():
            raise
        yield
        return
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            logger.info("%s: another process is busy with it; waiting", name)
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


NOT_WRITABLE = (errno.EACCES, errno.EPERM, errno.EROFS)
"""Numbers of errors of a folder that this user may not write to."""


@contextlib.contextmanager
def permissions_of(folder: Path) -> Iterator[None]:
    """What is made meanwhile may be read and written by whoever may read and write the folder, whatever the umask."""
    folder.mkdir(parents=True, exist_ok=True)
    before = os.umask(0o777 & ~folder.stat().st_mode)
    try:
        yield
    finally:
        os.umask(before)


def _open_lock(path: Path) -> TextIO:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        return path.open("a")
    except PermissionError:
        return path.open("r")  # made by somebody for themselves; enough for a lock but on NFS
