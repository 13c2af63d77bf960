"""Members of zip and tar archives in one form; members that could write elsewhere are refused."""

import re
import stat
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import IO

from vid2vid_core.assets.errors import RefusedError


@dataclass(frozen=True, kw_only=True)
class Member:
    """A file or folder in an archive."""

    parts: tuple[str, ...]
    """Its path, relative and without `..`."""
    is_folder: bool
    size: int
    """Bytes, as the archive says."""
    open: Callable[[], IO[bytes]]
    """Begin to read it."""


def read_zip(archive: zipfile.ZipFile) -> Iterator[Member]:
    """Members of a zip file. Raises RefusedError at the first that is not acceptable."""
    for info in archive.infolist():
        kind = stat.S_IFMT(info.external_attr >> 16)
        # Zip files made on Windows have no kind.
        if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise RefusedError(f"'{info.filename}' in it is a link or a special file")
        if info.flag_bits & 1:
            raise RefusedError(f"'{info.filename}' in it is encrypted")
        is_folder = info.orig_filename.endswith(("/", "\\"))
        parts = _parts(info.orig_filename, is_folder)
        size = 0 if is_folder else info.file_size
        yield Member(parts=parts, is_folder=is_folder, size=size, open=partial(archive.open, info))


def read_tar(archive: tarfile.TarFile) -> Iterator[Member]:
    """Members of a tar file. Raises RefusedError at the first that is not acceptable."""
    for info in archive:
        if not (info.isreg() or info.isdir()):
            raise RefusedError(f"'{info.name}' in it is a link or a special file")
        parts = _parts(info.name, info.isdir())
        yield Member(parts=parts, is_folder=info.isdir(), size=info.size, open=partial(_opened, archive, info))


def _opened(archive: tarfile.TarFile, info: tarfile.TarInfo) -> IO[bytes]:
    handle = archive.extractfile(info)
    if handle is None:
        raise RefusedError(f"'{info.name}' in it cannot be read")
    return handle


def _parts(name: str, is_folder: bool) -> tuple[str, ...]:
    """The path of a member; only the folder itself (`tar -C folder .`) has none.

    Raises:
        RefusedError: It leads out of the folder, on any system.
    """
    path = name.replace("\\", "/")
    parts = tuple(part for part in path.split("/") if part not in ("", "."))
    is_outside = path.startswith("/") or re.match(r"[A-Za-z]:", path) or ".." in parts or "\0" in path
    if is_outside or not (parts or is_folder):
        raise RefusedError(f"'{name}' in it would be written outside the folder")
    return parts
