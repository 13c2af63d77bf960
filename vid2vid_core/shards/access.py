"""Opening what is either a file or a part of a shard: the one place where everything that reads frames does so.

A shard is named like the folder it stands for, with the ending `.arrow`, and its files as if they lay in it:
`train_B/town-000.arrow/000017.png`.
"""

import io
import os
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import IO, cast

from vid2vid_core.shards.shard import ENDING, Shard

_LARGE = 1 << 16
"""Bytes."""
_KEPT_OPEN = 128
"""Shards; each takes a file descriptor and its list of names."""


def read_view(path: Path) -> memoryview:
    """The content of a file, or of a file in a shard.

    Raises:
        OSError: it does not exist or cannot be read.
        DamagedShardError: the shard is damaged; the message names it.
    """
    shard, name = _shard_above(path)
    return memoryview(path.read_bytes()) if shard is None else shard.read(name)


def read_bytes(path: Path) -> bytes:
    """The same, as a copy."""
    return bytes(read_view(path))


@contextmanager
def open_stream(path: Path) -> Iterator[IO[bytes]]:
    """The same, to read from; of a file no more is read than asked for."""
    shard, name = _shard_above(path)
    with path.open("rb") if shard is None else _stream(shard.read(name)) as stream:
        yield stream


def is_shard(path: Path) -> bool:
    """Whether this is a shard, by its ending."""
    return path.suffix == ENDING and path.is_file()


def is_folder(path: Path) -> bool:
    """Whether this is a folder, or a shard that stands for one."""
    return path.is_dir() or is_shard(path)


def _stream(content: memoryview) -> IO[bytes]:
    """A content to read from; a copy of a large one takes longer than reading it, one of a small one less."""
    import pyarrow as pa

    return io.BytesIO(content) if len(content) < _LARGE else cast(IO[bytes], pa.BufferReader(content))


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
    return _opened(str(path), _identity(os.stat(path)), os.getpid(), threading.get_ident())


def _shard_above(path: Path) -> tuple[Shard | None, str]:
    """The shard that a path leads into, None if it leads to a file, and the last part of the path."""
    folder, name = os.path.split(path)  # and no Path: this is asked for every file
    if not folder.endswith(ENDING):
        return None, name
    state = os.stat(folder)
    if stat.S_ISDIR(state.st_mode):
        return None, name
    return _opened(folder, _identity(state), os.getpid(), threading.get_ident()), name


def _identity(state: os.stat_result) -> tuple[int, ...]:
    return state.st_dev, state.st_ino, state.st_size, state.st_mtime_ns


@lru_cache(maxsize=_KEPT_OPEN)
def _opened(path: str, identity: tuple[int, ...], process: int, thread: int) -> Shard:
    """One for each process and thread: neither forked loaders nor the checker's threads share an Arrow reader."""
    return Shard(Path(path))
