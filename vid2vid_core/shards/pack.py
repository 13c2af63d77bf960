"""Trees of folders to shards and back, byte for byte; tables of paths follow.

Packing turns every folder that holds files into a shard of its name. The topmost folder and folders that hold tables
(`.parquet`) stay folders; paths in the tables follow. Names and contents are kept, not times and permissions.
"""

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tqdm import tqdm

from vid2vid_core.shards.access import open_shard
from vid2vid_core.shards.shard import ENDING, write_shard
from vid2vid_core.storage import atomic_directory, atomic_file

_TABLE = ".parquet"


def pack(top: Path, out: Path) -> int:
    """Write the packed form of a folder, tables in it included; returns the number of shards.

    Raises:
        ValueError: `out` exists or lies within `top`, `top` is no folder or holds a shard, or a link to a folder.
        OSError: something cannot be read or written.
    """
    with _new_folder(top, out) as folder:
        moved = pack_tree(top, folder)
        _bring_rest(top, folder, moved)
    return len(moved)


def unpack(top: Path, out: Path) -> int:
    """Write a folder whose shards are folders again; returns the number of shards.

    Raises:
        ValueError: as `pack`; or there is no shard in `top`, one is damaged, or a folder of its name stands beside it.
        OSError: something cannot be read or written.
    """
    with _new_folder(top, out) as folder:
        moved = _unpack_tree(top, folder)
        if not moved:
            raise ValueError(f"{top}: no shard (*{ENDING}) in it; there is nothing to unpack")
        _bring_rest(top, folder, moved)
    return len(moved)


def pack_tree(top: Path, out: Path) -> dict[str, str]:
    """Pack the folders below `top` into `out`; returns what became of each, relative to both."""
    tree = {folder: names for folder, names in _walk(top) if folder != Path() and not _tables(names)}
    moved = {}
    with tqdm(total=sum(map(len, tree.values())), desc=f"pack {top.name}", unit="file", disable=None) as bar:
        for folder, names in tree.items():
            if not names:
                (out / folder).mkdir(parents=True, exist_ok=True)
                continue
            packed = [name for name in names if name.endswith(ENDING)]
            if packed:
                raise ValueError(f"{top / folder / packed[0]}: a shard already; unpack it first, or leave it as it is")

            def read(name: str, place: Path = top / folder) -> bytes:
                bar.update()
                return (place / name).read_bytes()

            shard = folder.with_name(folder.name + ENDING)
            write_shard(out / shard, sorted(names), read)
            moved[folder.as_posix()] = shard.as_posix()
    return moved


def move_paths(table: Path, out: Path, moved: Mapping[str, str]) -> None:
    """Write a table anew, with the folders in its paths replaced; they are relative to the table's folder."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    def new(path: str | None) -> str | None:
        folder, _, name = (path or "").rpartition("/")
        return f"{moved[folder]}/{name}" if folder in moved else path

    rows = pq.read_table(table)
    for number, field in enumerate(rows.schema):
        if pa.types.is_string(field.type) or pa.types.is_large_string(field.type):
            paths = [new(value) for value in rows.column(number).to_pylist()]
            rows = rows.set_column(number, field, pa.array(paths, field.type))
    with atomic_file(out) as temporary:
        pq.write_table(rows, temporary)


@contextmanager
def stage_output(table: Path, storage: str) -> Iterator[tuple[Path, Path]]:
    """Where a stage writes the files of one video and their table: beside the table, or for `shards` a scratch folder.

    From there they are packed when the stage is done, so that a shared file system never sees the single files. The
    scratch folder lies where TMPDIR says.

    Args:
        table: of the video; its files go into the folder of the same name without ending.
        storage: as the dataset's config says.
    """
    folder = table.with_suffix("")
    if storage == "files":
        yield folder, table
        return
    with TemporaryDirectory(prefix="vid2vid-") as scratch:
        loose = Path(scratch, folder.name), Path(scratch, table.name)
        yield loose
        with atomic_directory(folder) as packed:
            moved = pack_tree(loose[0], packed)
        inside = {f"{folder.name}/{old}": f"{folder.name}/{new}" for old, new in moved.items()}
        move_paths(loose[1], table, inside)


@contextmanager
def _new_folder(top: Path, out: Path) -> Iterator[Path]:
    """A folder that becomes `out`."""
    if not top.is_dir():
        raise ValueError(f"{top}: no such folder")
    if out.exists():
        raise ValueError(f"{out}: exists already, and nothing is overwritten; name another folder or remove it")
    if out.absolute().is_relative_to(top.absolute()):
        raise ValueError(f"{out}: lies within {top}; name a folder outside it")
    with atomic_directory(out) as folder:
        yield folder


def _unpack_tree(top: Path, out: Path) -> dict[str, str]:
    moved = {}
    tree = dict(_walk(top))
    shards = [folder / name for folder, names in tree.items() for name in names if name.endswith(ENDING)]
    for path in tqdm(shards, desc=f"unpack {top.name}", unit="shard", disable=None):
        folder = path.with_name(path.name.removesuffix(ENDING))
        if not all(name.endswith(ENDING) for name in tree.get(folder, [])):
            raise ValueError(f"{top / path}: stands for {folder}, which is there as well; remove one of them")
        (out / folder).mkdir(parents=True, exist_ok=True)
        shard = open_shard(top / path)
        for name in shard.names:
            if name in ("", ".", "..") or "/" in name or "\0" in name:
                raise ValueError(f"{top / path}: holds a file named {name!r}, which cannot lie in a folder")
            (out / folder / name).write_bytes(shard.read(name))
        moved[path.as_posix()] = folder.as_posix()
    return moved


def _bring_rest(top: Path, out: Path, moved: Mapping[str, str]) -> None:
    """What is neither packed nor a shard: tables with their paths moved, other files as they are."""
    for folder, names in _walk(top):
        if folder.as_posix() in moved:
            continue
        (out / folder).mkdir(parents=True, exist_ok=True)
        for name in names:
            if (folder / name).as_posix() in moved:
                continue
            if name in _tables(names):
                seen = {os.path.relpath(old, folder): os.path.relpath(new, folder) for old, new in moved.items()}
                move_paths(top / folder / name, out / folder / name, seen)
            else:
                shutil.copyfile(top / folder / name, out / folder / name)


def _tables(names: list[str]) -> list[str]:
    return [name for name in names if name.endswith(_TABLE)]


def _walk(top: Path) -> Iterator[tuple[Path, list[str]]]:
    """Every folder from `top` on, relative to it, with the names of its files."""
    for place, folders, names in os.walk(top, onerror=_refuse):
        links = [name for name in folders if Path(place, name).is_symlink()]
        if links:
            raise ValueError(f"{Path(place, links[0])}: a link to a folder; move or copy what belongs here")
        folders.sort()
        yield Path(place).relative_to(top), sorted(names)


def _refuse(error: OSError) -> None:
    raise error
