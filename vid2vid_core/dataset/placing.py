"""Putting the files of frames into the canonical layout: as links, or packed into shards."""

import errno
import os
import shutil
from pathlib import Path

from tqdm import tqdm

from vid2vid_core.dataset.manifest import FILE_COLUMNS, FrameRow
from vid2vid_core.shards.access import is_shard, open_shard, read_view
from vid2vid_core.shards.shard import ENDING, write_shard


def link_all(rows: list[FrameRow], folder: Path, kinds: dict[str, str]) -> list[FrameRow]:
    """Link the files of all valid frames into the layout; copied where the file system refuses links.

    Args:
        rows: with absolute paths.
        folder: of the layout.
        kinds: column of the manifest to the ending of the folder's name.

    Returns:
        The rows with paths relative to the folder; those of other frames are empty.

    Raises:
        ValueError: two frames of a sequence have one name.
        OSError: a file is missing, or the folder cannot be written.
    """
    placed, sources = _places(rows, kinds)
    made = set[Path]()
    for name, source in tqdm(sources.items(), desc="link", unit="file", disable=None):
        place = folder / name
        if place.parent not in made:
            place.parent.mkdir(parents=True)
            made.add(place.parent)
        _link(Path(source), place)
    return placed


def pack_all(rows: list[FrameRow], folder: Path, kinds: dict[str, str]) -> list[FrameRow]:
    """The same with a shard in place of every folder of files.

    Where an earlier stage has packed just these files, its shard is linked; else one is written.
    """
    placed, sources = _places(rows, kinds, ENDING)
    shards: dict[str, dict[str, Path]] = {}
    for place, source in sources.items():
        shard, name = os.path.split(place)
        shards.setdefault(shard, {})[name] = Path(source)
    for shard, files in tqdm(shards.items(), desc="pack", unit="shard", disable=None):
        (folder / shard).parent.mkdir(exist_ok=True)
        packed = _packed_as(files)
        if packed is not None:
            _link(packed, folder / shard)
            continue

        def read(name: str, files: dict[str, Path] = files) -> memoryview:
            return read_view(files[name])

        write_shard(folder / shard, list(files), read)
    return placed


def _places(rows: list[FrameRow], kinds: dict[str, str], ending: str = "") -> tuple[list[FrameRow], dict[str, str]]:
    """The rows with their places in the layout, and the source of each place."""
    placed, sources = [], dict[str, str]()
    for row in rows:
        files = dict.fromkeys(FILE_COLUMNS, "")
        for column, source in row.files.items() if row.valid else ():
            name = row.frame + os.path.splitext(source)[1]
            place = os.path.join(f"{row.split}_{kinds[column]}", row.sequence + ending, name)
            if place in sources:
                raise ValueError(f"{source}: a second file for {name}; two frames of a sequence have one name")
            sources[place] = source
            files[column] = place
        placed.append(row.with_files(files))
    return placed, sources


def _packed_as(files: dict[str, Path]) -> Path | None:
    """The shard that holds these files under these names and nothing else."""
    origins = {source.parent for source in files.values()}
    origin = origins.pop()
    if origins or not is_shard(origin) or any(source.name != name for name, source in files.items()):
        return None
    return origin if set(open_shard(origin).names) == set(files) else None


def _link(source: Path, place: Path) -> None:
    try:
        os.link(source, place)
    except NotADirectoryError:  # in a shard
        place.write_bytes(read_view(source))
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.ENOENT, errno.EROFS):
            raise
        shutil.copyfile(source, place)  # another file system, or one that knows no links
