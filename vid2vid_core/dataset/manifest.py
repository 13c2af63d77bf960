"""The manifest: one row a frame, read by everything after the dataset stage; and its runs of usable frames."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, NamedTuple, cast

import pandas as pd

from vid2vid_core.storage import read_table, write_table


class FrameRow(NamedTuple):
    """One row of the manifest. Paths are relative to the manifest's folder or absolute; "" means there is none."""

    split: str
    video: str
    sequence: str
    frame: str
    number: int
    time: float
    image: str
    label: str
    instance: str
    width: int
    height: int
    valid: bool
    reason: str
    keypoints: str = ""
    """Landmarks of a face."""
    openpose: str = ""
    """Key points of people."""
    densepose: str = ""
    """Picture of body surfaces."""

    @property
    def files(self) -> dict[str, str]:
        """Path of every file the row names, by column."""
        return {column: path for column in FILE_COLUMNS if (path := getattr(self, column))}

    def with_files(self, files: Mapping[str, str]) -> "FrameRow":
        """The row with other paths, by column; columns that are not given stay."""
        return self._replace(**cast(dict[str, Any], dict(files)))


COLUMNS = FrameRow._fields
FILE_COLUMNS = ("image", "label", "instance", "keypoints", "openpose", "densepose")
_TYPES = {"number": "int64", "time": "float64", "width": "int64", "height": "int64", "valid": "bool"}
_REPEATED = {"split", "video", "sequence", "reason"}
"""Columns whose values are the same for many rows: one string of each is kept, or a million rows take a gigabyte."""


@dataclass(frozen=True)
class FrameRun:
    """Neighbouring valid frames of one sequence; an invalid frame ends a run."""

    split: str
    video: str
    sequence: str
    part: int
    """0 for the first run of the sequence, 1 for the one after the first gap, ..."""
    rows: tuple[FrameRow, ...]
    """In time order."""

    @property
    def name(self) -> str:
        """The sequence, with the part where an invalid frame has cut it."""
        return self.sequence if self.part == 0 else f"{self.sequence} (part {self.part + 1})"


@dataclass(frozen=True)
class Manifest:
    """A manifest in memory.

    Metadata: dataset, mode, label_nc, ignore, notes, version; and by video fps, quarantined, sources, and origins: who
    made the annotations (`segmenter`; or `backend` of landmarks or key points, and of body parts `densepose`).
    """

    root: Path
    """The folder relative paths start from."""
    table: pd.DataFrame
    metadata: dict[str, Any]

    @property
    def mode(self) -> str:
        """Kind of the dataset: street, face or pose."""
        return str(self.metadata.get("mode", "street"))

    @property
    def label_nc(self) -> int:
        """Number of label ids; 0 where controls are drawn."""
        return int(self.metadata["label_nc"])

    @property
    def ignore(self) -> tuple[int, ...]:
        """Ids that mean 'no label'."""
        return tuple(int(value) for value in self.metadata["ignore"])

    def resolve(self, path: str) -> Path:
        """Where a file of the table lies; an absolute path wins."""
        return self.root / path

    def runs(self, split: str | None = None, video: str | None = None) -> list[FrameRun]:
        """Runs of valid frames, in table order, of one split and video if given."""
        if video is not None:
            return [run for run in self._runs_of_videos.get(video, ()) if split in (None, run.split)]
        return [run for runs in self._runs_of_videos.values() for run in runs if split in (None, run.split)]

    def lengths(self, split: str) -> list[int]:
        """Length of every run of a split, frames."""
        return [len(run.rows) for run in self.runs(split)]

    @cached_property
    def rows(self) -> list[FrameRow]:
        """All rows; the table is not changed after they were asked for."""
        return frame_rows(self.table)

    @cached_property
    def _runs_of_videos(self) -> dict[str, list[FrameRun]]:
        rows: dict[str, list[FrameRow]] = {}
        for row in self.rows:
            rows.setdefault(row.video, []).append(row)
        return {video: list(_cut_into_runs(iter(found))) for video, found in rows.items()}


def frame_rows(table: pd.DataFrame) -> list[FrameRow]:
    """The rows of a table that has the manifest's columns, but for files of kinds that the dataset has not."""
    columns = []
    for column in COLUMNS:
        values = table[column].tolist() if column in table.columns else [FrameRow._field_defaults[column]] * len(table)
        if column in _REPEATED:
            known: dict[str, str] = {}
            values = [known.setdefault(value, value) for value in values]
        columns.append(values)
    return [FrameRow(*row) for row in zip(*columns, strict=True)]


def frame_table(rows: list[FrameRow]) -> pd.DataFrame:
    """Rows as a table with the manifest's column types."""
    table = pd.DataFrame([list(row) for row in rows], columns=list(COLUMNS))
    strings = {column: "str" for column in COLUMNS if column not in _TYPES}
    return table.astype(cast(Any, _TYPES | strings))


def read_manifest(path: Path) -> Manifest:
    """Read a manifest; the one read last is kept, since a job that takes a group of videos asks for it for each.

    Raises:
        ValueError: if the file is no manifest; the message names what is missing.
    """
    found = path.stat() if path.exists() else None
    return _read_manifest(path, found and (found.st_size, found.st_mtime_ns, found.st_ino))


@lru_cache(maxsize=1)
def _read_manifest(path: Path, state: object) -> Manifest:
    """Read it anew only if `state` says that it is another file."""
    table, metadata = read_table(path)
    lacking = [column for column in COLUMNS if column not in table.columns and column not in FrameRow._field_defaults]
    lacking += [f"metadata '{key}'" for key in ("label_nc", "ignore") if key not in metadata]
    if lacking:
        raise ValueError(f"{path}: not a manifest of the dataset stage, lacks {', '.join(lacking)}")
    return Manifest(path.parent, table, metadata)


def write_manifest(path: Path, table: pd.DataFrame, metadata: dict[str, Any]) -> None:
    """Write a manifest atomically, columns in canonical order."""
    write_table(path, frame_table(frame_rows(table)), metadata)


def _cut_into_runs(rows: Iterator[FrameRow]) -> Iterator[FrameRun]:
    key: tuple[str, str, str] | None = None
    part, current = 0, list[FrameRow]()
    for row in rows:
        if (row.split, row.video, row.sequence) != key:
            if current and key:
                yield FrameRun(*key, part, tuple(current))
            key, part, current = (row.split, row.video, row.sequence), 0, []
        if row.valid:
            current.append(row)
        elif current:
            yield FrameRun(*key, part, tuple(current))
            part, current = part + 1, []
    if current and key:
        yield FrameRun(*key, part, tuple(current))
