"""Unpacking an archive from somewhere else: nothing leaves the folder, nothing fills the disk, all or nothing."""

import lzma
import shutil
import tarfile
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path

from tqdm import tqdm

from vid2vid_core.assets.archive import Member, read_tar, read_zip
from vid2vid_core.assets.errors import DiskFullError, RefusedError, no_room
from vid2vid_core.storage import atomic_directory

_MOST_MEMBERS = 2_000_000
_LARGEST_RATIO = 100
"""Deflate makes zeros a thousand times smaller, but pictures and weights hardly at all."""
_SMALL = 64 * 2**20
"""Archives that unpack to fewer bytes may have any ratio: a few label maps compress well."""
_CHUNK = 1 << 20

_DAMAGED = (zipfile.BadZipFile, tarfile.TarError, EOFError, zlib.error, lzma.LZMAError, NotImplementedError)


def unpack(archive: Path, folder: Path, limit: int) -> None:
    """Unpack a zip or tar file (plain, gzip, bzip2, xz; told by its content) into `folder`, which appears when whole.

    Raises:
        RefusedError: It is no archive or a damaged one; has members with `..`, absolute paths, links or other special
            files; has the same file twice; or holds more than `limit` bytes or suspiciously much for its size.
        DiskFullError: There is no room for it.
    """
    try:
        if _is_zip(archive):
            with zipfile.ZipFile(archive) as opened:
                _unpack(read_zip(opened), archive, folder, limit)
        else:
            with tarfile.open(archive, "r:*") as tar:
                _unpack(read_tar(tar), archive, folder, limit)
    except _DAMAGED as error:
        reason = " ".join(str(error).split())
        raise RefusedError(f"it is no zip or tar archive, or a damaged one ({reason})") from error
    except OSError as error:
        # bz2 and gzip report damage so; an error of the system has a number.
        if error.errno is None:
            raise RefusedError(f"the archive is damaged ({error})") from error
        raise


def _is_zip(archive: Path) -> bool:
    """By its first bytes: zipfile's own test also takes a tar file that has a zip file in it."""
    with archive.open("rb") as handle:
        return handle.read(4) in (b"PK\3\4", b"PK\5\6")


def _unpack(members: Iterable[Member], archive: Path, folder: Path, limit: int) -> None:
    accepted = _accepted(members, archive.stat().st_size, limit)
    total = sum(member.size for member in accepted)
    folder.parent.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(folder.parent).free
    if total > free:
        raise DiskFullError(no_room(folder.parent, total, free))
    with (
        atomic_directory(folder) as temporary,
        tqdm(desc=folder.name, total=total, unit="B", unit_scale=True, disable=None, leave=False) as bar,
    ):
        for member in accepted:
            _write(member, temporary, bar)


def _accepted(members: Iterable[Member], packed: int, limit: int) -> list[Member]:
    """All members, if every one is acceptable and so is their sum; stops at the first that is not."""
    accepted: list[Member] = []
    files: set[str] = set()
    folders: set[str] = set()
    total = 0
    for member in members:
        total += member.size
        if total > limit:
            raise RefusedError(f"it holds more than {limit:,} bytes; at most that is unpacked")
        if total > _SMALL and total > _LARGEST_RATIO * packed:
            raise RefusedError(f"it holds more than {_LARGEST_RATIO} times its own {packed:,} bytes, like a zip bomb")
        if len(accepted) >= _MOST_MEMBERS:
            raise RefusedError(f"it has more than {_MOST_MEMBERS:,} members")
        path = "/".join(member.parts)
        if path in files:
            raise RefusedError(f"it holds {path} twice")
        (folders if member.is_folder else files).add(path)
        folders |= {"/".join(member.parts[:i]) for i in range(1, len(member.parts))}
        accepted.append(member)
    both = sorted(files & folders)
    if both:
        raise RefusedError(f"it holds {both[0]} both as a file and as a folder")
    return accepted


def _write(member: Member, folder: Path, bar: tqdm) -> None:
    target = folder.joinpath(*member.parts)
    if member.is_folder:
        target.mkdir(parents=True, exist_ok=True)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    written = 0
    with member.open() as source, target.open("xb") as handle:
        while chunk := source.read(_CHUNK):
            written += len(chunk)
            # What the archive says of its members and what is in it are two things.
            if written > member.size:
                break
            handle.write(chunk)
            bar.update(len(chunk))
    if written != member.size:
        raise RefusedError(f"{'/'.join(member.parts)} in it is not of the size it is said to be, {member.size:,} bytes")
