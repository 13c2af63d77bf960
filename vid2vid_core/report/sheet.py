"""A contact sheet: the same few moments of a video in several kinds of pictures, one strip a kind."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from vid2vid_core.report.inputs import Table
from vid2vid_core.report.labels import LegendEntry
from vid2vid_core.report.pictures import data_uri, shrink
from vid2vid_core.video.images import read_picture

WIDTH = 320
"""Pixels of a cell's picture, at most."""


@dataclass(frozen=True)
class Cell:
    """One picture of a sheet; `source` is empty where there is none."""

    source: str
    alt: str


@dataclass(frozen=True)
class Strip:
    """One kind of picture at all moments."""

    title: str
    note: str
    cells: list[Cell]


@dataclass(frozen=True)
class Sheet:
    """The pictures of one video; strips share their columns."""

    title: str
    facts: str
    columns: list[str]
    """Time of each column."""
    strips: list[Strip]
    legend: list[LegendEntry] = field(default_factory=list)
    """The labels in the frames shown."""


def strip(title: str, note: str, rows: pd.DataFrame, values: Sequence[Any], draw: Callable[[Any], str]) -> Strip:
    """Draw one value a row of the manifest; None gives an empty cell."""
    cells = [
        Cell("" if value is None else draw(value), f"{title} of {sequence}, frame {frame}")
        for value, sequence, frame in zip(values, rows.sequence, rows.frame, strict=True)
    ]
    return Strip(title, note, cells)


def times(rows: pd.DataFrame) -> list[str]:
    """What stands below the columns."""
    return [f"{time:.2f} s" for time in rows.time]


def photograph(image: np.ndarray) -> str:
    """A photograph as the source of an image."""
    return data_uri(image, lossless=False)


def read_photograph(path: Path) -> np.ndarray:
    """A picture (H, W, 3) uint8 RGB at its own size. Raises ValueError if it cannot be read."""
    try:
        return read_picture(path)
    except ValueError as error:
        raise ValueError(
            f"{path}: listed in a table of this run, but missing or no image; run the stage that writes it again"
        ) from error


def read_small(path: Path) -> np.ndarray:
    """The same, at most `WIDTH` wide."""
    return shrink(read_photograph(path), WIDTH)


def paths(table: Table, sequence: str, column: str) -> dict[str, Path]:
    """Files of a sequence by frame."""
    rows = table.rows[table.rows.sequence == sequence]
    return {frame: table.folder / path for frame, path in zip(rows.frame, rows[column], strict=True)}
