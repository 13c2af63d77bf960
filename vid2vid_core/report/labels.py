"""Names and colours of labels, and how often they occur."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vid2vid_core.dataset.palette import palette_for
from vid2vid_core.dataset.pictures import read_ids
from vid2vid_core.report.wording import percent


@dataclass(frozen=True)
class LegendEntry:
    """One label in a legend."""

    name: str
    colour: str
    """CSS colour."""
    share: str


class LabelStyle:
    """Name and colour of every label id of a dataset."""

    def __init__(self, label_nc: int) -> None:
        """Choose the palette for ids 0 .. label_nc-1."""
        self._palette = palette_for(label_nc)
        self._colours = np.zeros((1 << 16, 3), np.uint8)
        self._colours[: len(self._palette.colours)] = self._palette.colours

    def name(self, label: int) -> str:
        """Name of a label, or `label 7` where it has none."""
        return self._palette.name(label)

    def colour(self, label: int) -> str:
        """CSS colour of a label."""
        return "#{:02x}{:02x}{:02x}".format(*self._colours[label])

    def picture(self, ids: np.ndarray) -> np.ndarray:
        """A label map (H, W) of ids 0 .. 65535 as (H, W, 3) uint8 RGB; ids without a colour are black."""
        return np.asarray(self._colours[ids])

    def legend(self, maps: Sequence[np.ndarray]) -> list[LegendEntry]:
        """The labels of some maps, the most frequent first."""
        shares = _shares(maps)
        ordered = sorted(shares, key=lambda label: -shares[label])
        return [LegendEntry(self.name(label), self.colour(label), percent(shares[label])) for label in ordered]


def label_shares(paths: Sequence[Path]) -> dict[int, float]:
    """Share of pixels of every label that occurs in some label images."""
    return _shares(read_ids(path) for path in paths)


def _shares(maps: Iterable[np.ndarray]) -> dict[int, float]:
    counts = np.zeros(1 << 16, np.int64)
    for ids in maps:
        found, number = np.unique(ids, return_counts=True)
        counts[found] += number
    total = counts.sum()
    return {int(label): float(counts[label] / total) for label in np.flatnonzero(counts)}
