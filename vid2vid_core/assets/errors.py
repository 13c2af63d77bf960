"""What can go wrong with an asset; all are errors a person can mend."""

import contextlib
import errno
from collections.abc import Iterator
from pathlib import Path

from vid2vid_core.assets.folder import NOT_WRITABLE


class AssetError(ValueError):
    """An asset that cannot be used or fetched; the message says what to do."""


class RefusedError(AssetError):
    """What arrived, or lies there, is not the file it should be."""


class SourceError(AssetError):
    """A source that does not deliver."""


class DiskFullError(AssetError):
    """There is no room for the file."""


@contextlib.contextmanager
def said_plainly(folder: Path) -> Iterator[None]:
    """Turn the system's error about a full disk or a folder that cannot be written into one that says what to do."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFullError(no_room(folder)) from error
        if error.errno in NOT_WRITABLE:
            raise AssetError(
                f"{folder}: cannot be written ({error.strerror}: {error.filename}). Ask its owner to fetch what is "
                f"missing, or name another folder with VID2VID_ASSET_DIR"
            ) from error
        raise


@contextlib.contextmanager
def library_for_downloads() -> Iterator[None]:
    """Say how to get the libraries that download, which a machine that only trains does not have."""
    try:
        yield
    except ImportError as error:
        raise SourceError(f"downloading needs {error.name}: `pip install pooch gdown`") from error


def no_room(folder: Path, needed: int | None = None, free: int | None = None) -> str:
    """The text for a full disk, with the bytes needed and free where they are known."""
    amounts = "" if needed is None or free is None else f": {needed:,} bytes needed, {free:,} free"
    return f"{folder}: the disk is full{amounts}. Make room, or name another folder with VID2VID_ASSET_DIR"
