"""What the files of a video hold, as a table: each file is read once, for the checks of every run and stage."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from vid2vid_core.dataset.check_scan import THUMB, Facts, KnownFacts, scan_frames
from vid2vid_core.dataset.manifest import Manifest, frame_rows
from vid2vid_core.storage import read_table, write_table

_COLUMNS = [
    "column", "file", "width", "height", "mode", "format", "error", "values", "counts", "hash", "thumb", "people",
]  # fmt: skip


def scan_video(manifest: Manifest, video: str, table: Path, workers: int | None = None) -> None:
    """Read all files of one video.

    Args:
        manifest: of the dataset.
        video: one of its videos; one without frames gives an empty table.
        table: written: a row a file, by its column and name in the manifest.
        workers: threads that read.
    """
    rows = frame_rows(manifest.table[manifest.table["video"] == video])
    frames = scan_frames(rows, manifest.root, workers)
    write_scan(table, video, [found for frame in frames for found in frame.files()])


def write_scan(table: Path, video: str, files: list[tuple[str, str, Facts]]) -> None:
    """Write the column, name and content of files."""
    lines = [_line(*file) for file in files]
    write_table(table, pd.DataFrame(lines, columns=_COLUMNS).astype({"people": "Int64"}), {"video": video})


def read_scans(tables: Iterable[Path]) -> KnownFacts:
    """What the tables of `scan_video` say, by column and name of the file."""
    known: KnownFacts = {}
    for path in tables:
        lines = read_table(path)[0]
        for line in lines[_COLUMNS].itertuples(index=False, name=None):
            known[line[0], line[1]] = _facts(line)
    return known


def _line(column: str, file: str, facts: Facts) -> tuple[Any, ...]:
    signs = None if facts.hash is None else np.packbits(facts.hash).tobytes()
    thumb = None if facts.thumb is None else facts.thumb.tobytes()
    return (
        column, file, *facts.size, facts.mode, facts.format, facts.error,
        facts.values, facts.counts, signs, thumb, facts.people,
    )  # fmt: skip


def _facts(line: tuple[Any, ...]) -> Facts:
    _, _, width, height, mode, form, error, values, counts, signs, thumb, people = line
    return Facts(
        size=(int(width), int(height)),
        mode=mode,
        format=form,
        error=error,
        values=None if values is None else np.asarray(values, np.int64),
        counts=None if counts is None else np.asarray(counts, np.int64),
        hash=None if signs is None else np.unpackbits(np.frombuffer(signs, np.uint8)).astype(bool),
        thumb=None if thumb is None else np.frombuffer(thumb, np.uint8).reshape(THUMB, THUMB, 3),
        people=None if pd.isna(people) else int(people),
    )
