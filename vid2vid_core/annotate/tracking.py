"""Matching objects from frame to frame, so that an object keeps its number."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vid2vid_core.annotate.segmenter import LabelMap, SegmentMap
from vid2vid_core.maps.instance_ids import FIRST_OBJECT, LAST_OBJECT

_MEMORY = 10
"""Frames an object may be hidden before it is forgotten."""
_NEARNESS = 0.3
"""Weight of closeness beside overlap: it decides for objects so small or fast that they do not overlap."""
_LOWEST_SCORE = 0.15
"""Pairs that score below are not the same object."""


@dataclass(slots=True)
class _Shape:
    """One object in one frame."""

    label: int
    corner: NDArray[np.int64]
    """(2,) row and column of the top left corner of its box."""
    mask: NDArray[np.bool_]
    """(h, w) inside its box."""
    centre: NDArray[np.float64]
    """(2,) row and column of its centroid."""
    area: int


@dataclass(slots=True)
class _Track:
    """An object followed over time."""

    number: int
    shape: _Shape
    """Where it was last seen."""
    velocity: NDArray[np.float64]
    """(2,) rows and columns per frame."""
    missed: int = 0
    """Frames since then."""

    def predicted(self) -> NDArray[np.float64]:
        """(2,) how far it should have moved since it was last seen."""
        return self.velocity * (self.missed + 1)


class InstanceTracker:
    """Numbers the objects of the frames of one sequence, in time order.

    An object is matched with the one of the same label that it overlaps best (intersection over union) when moved on at
    its last velocity; the assignment of all pairs at once is optimal. New objects get the next number; after the last
    16-bit number the first ones are used again.
    """

    def __init__(self) -> None:
        self._tracks: list[_Track] = []
        self._next = FIRST_OBJECT

    def update(self, labels: LabelMap, segments: SegmentMap) -> NDArray[np.int64]:
        """Take the next frame.

        Args:
            labels: (H, W) label ids.
            segments: (H, W) objects 1 .. N of this frame, each of one label; 0 = none.

        Returns:
            (N,) the lasting number of each object, `FIRST_OBJECT` .. `LAST_OBJECT`.

        Raises:
            ValueError: more objects than 16-bit numbers.
        """
        # SciPy comes with scikit-image; training never gets here.
        from scipy.optimize import linear_sum_assignment  # type: ignore[import-untyped]

        shapes = _shapes(labels, segments)
        numbers = np.zeros(len(shapes), np.int64)
        scores = np.array([[_score(track, shape) for shape in shapes] for track in self._tracks])
        matched: set[int] = set()
        for row, column in zip(*linear_sum_assignment(-scores), strict=True) if scores.size else ():
            if scores[row, column] >= _LOWEST_SCORE:
                self._follow(self._tracks[row], shapes[column])
                numbers[column] = self._tracks[row].number
                matched.add(row)
        for row, track in enumerate(self._tracks):
            track.missed += row not in matched
        self._tracks = [track for track in self._tracks if track.missed <= _MEMORY]
        for column in np.flatnonzero(numbers == 0):
            numbers[column] = self._new_number()
            self._tracks.append(_Track(int(numbers[column]), shapes[column], np.zeros(2)))
        return numbers

    @staticmethod
    def _follow(track: _Track, shape: _Shape) -> None:
        step = (shape.centre - track.shape.centre) / (track.missed + 1)
        track.velocity = 0.5 * track.velocity + 0.5 * step
        track.shape, track.missed = shape, 0

    def _new_number(self) -> int:
        taken = {track.number for track in self._tracks}
        if len(taken) > LAST_OBJECT - FIRST_OBJECT:
            raise ValueError(f"more than {LAST_OBJECT - FIRST_OBJECT + 1} objects at once do not fit 16-bit numbers")
        while self._next in taken:
            self._next = FIRST_OBJECT if self._next == LAST_OBJECT else self._next + 1
        number = self._next
        self._next = FIRST_OBJECT if number == LAST_OBJECT else number + 1
        return number


def _shapes(labels: LabelMap, segments: SegmentMap) -> list[_Shape]:
    """Objects 1 .. N of a frame."""
    num = int(segments.max(initial=0))
    rows, columns = np.nonzero(segments)
    owners = segments[rows, columns]
    order = np.argsort(owners, kind="stable")
    ends = np.cumsum(np.bincount(owners, minlength=num + 1))
    shapes = []
    for index in range(1, num + 1):
        chosen = order[ends[index - 1] : ends[index]]
        points = np.stack([rows[chosen], columns[chosen]])  # (2, area)
        corner = points.min(axis=1)
        mask = np.zeros(points.max(axis=1) - corner + 1, np.bool_)
        mask[tuple(points - corner[:, None])] = True
        label = int(labels[points[0, 0], points[1, 0]])
        shapes.append(_Shape(label, corner, mask, points.mean(axis=1), points.shape[1]))
    return shapes


def _score(track: _Track, shape: _Shape) -> float:
    """Overlap plus closeness of a followed object and one of the current frame; 0 for different labels."""
    before = track.shape
    if before.label != shape.label:
        return 0.0
    moved = track.predicted()
    distance = float(np.hypot(*(shape.centre - before.centre - moved)))
    reach = np.sqrt(before.area) + np.sqrt(shape.area)
    closeness = max(0.0, 1 - distance / reach) if 0.5 <= before.area / shape.area <= 2 else 0.0
    shared = _intersection(before, np.rint(before.corner + moved).astype(np.int64), shape)
    return shared / (before.area + shape.area - shared) + _NEARNESS * closeness


def _intersection(before: _Shape, corner: NDArray[np.int64], shape: _Shape) -> int:
    """Pixels shared by `before`, its box moved to `corner`, and `shape`."""
    low = np.maximum(corner, shape.corner)
    high = np.minimum(corner + before.mask.shape, shape.corner + shape.mask.shape)
    if (high <= low).any():
        return 0
    first = before.mask[tuple(slice(a, b) for a, b in zip(low - corner, high - corner, strict=True))]
    second = shape.mask[tuple(slice(a, b) for a, b in zip(low - shape.corner, high - shape.corner, strict=True))]
    return int(np.count_nonzero(first & second))
