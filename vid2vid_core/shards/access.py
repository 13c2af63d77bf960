"""Opening what is either a file or a part of a shard: the one place where everything that reads frames does so.

A shard is named like the folder it stands for, with the ending `.arrow`, and its files as if they lay in it:
`train_B/town-000.arrow/000017.png`.
"""

import io
import os
import threading
from functools import lru_cache
from pathlib import Path

from vid2vid_core.shards.shard import ENDING, Shard

_KEPT_OPEN = 128
"""Shards; each takes a file descriptor and its list of names."""


def read_bytes(path: Path) -> bytes:
    """The content of a file, or of a file in a shard.

    Raises:
        OSError: it does not exist or cannot be read.
        DamagedShardError: the shard is damaged; the message names it.
    """
    try:
        return path.read_bytes()
    except NotADirectoryError:  # its folder is a file
        return open_shard(path.parent).read(path.name)


def open_stream(path: Path) -> io.BytesIO:
    """The same, as a file to read from."""
    return io.BytesIO(read_bytes(path))


def is_shard(path: Path) -> bool:
    """Whether this is a shard, by its ending."""
    return path.suffix == ENDING and path.is_file()


def is_folder(path: Path) -> bool:
    """Whether this is a folder, or a shard that stands for one."""
    return path.is_dir() or is_shard(path)


def file_names(folder: Path) -> list[str]:
    """Names of what is in a folder, in no order, or of the files in a shard.

    Raises:
        OSError: there is no such folder.
        DamagedShardError: the shard is damaged.
    """
    return open_shard(folder).names if is_shard(folder) else os.listdir(folder)


def folder_name(folder: Path) -> str:
    """Name of a folder; of a shard, that of the folder it stands for."""
    return folder.name.removesuffix(ENDING)


def open_shard(path: Path) -> Shard:
    """The shard at a path, kept open; one that was replaced is opened anew."""
    state = path.stat()
    identity = (state.st_dev, state.st_ino, state.st_size, state.st_mtime_ns)
    return _opened(path, identity, os.getpid(), threading.get_ident())


@lru_cache(maxsize=_KEPT_OPEN)
def _opened(path: Path, identity: tuple[int, ...], process: int, thread: int) -> Shard:
    """One for each process and thread: neither forked loaders nor the checker's threads share an Arrow reader."""
    return Shard(path)
