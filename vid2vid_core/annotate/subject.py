"""Who a sequence is about: boxes found frame by frame become tracks, and one track is the subject."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Boxes = NDArray[np.float64]
"""(N, 4) left, top, right, bottom; pixels."""

ABSENT = -1
"""In place of the number of a box: the subject is not among the boxes of this frame."""
_LOWEST_OVERLAP = 0.0
"""Generalised overlap below which two boxes are not the same person; boxes of one size that just touch have 0."""
_LARGEST_RATIO = 1.6
"""A person's box grows or shrinks at most so much, in side, from one sighting to the next."""
_PREDICTED_FRAMES = 5
"""Nobody is expected to keep their velocity for longer."""
_VELOCITY_FRAMES = 5
"""Over how many sightings velocity is averaged: boxes tremble, and people who cross are told apart by it."""


@dataclass(slots=True)
class _Track:
    """Somebody followed through a sequence."""

    box: Boxes
    """(4,) where they were last seen."""
    velocity: NDArray[np.float64]
    """(2,) of the centre, pixels a frame."""
    last: int
    """Frame in which they were last seen."""
    path: dict[int, int] = field(default_factory=dict)
    """Number of their box, by frame."""
    presence: float = 0.0
    """Square roots of the sides of all their boxes, summed."""

    def expected(self, frame: int) -> Boxes:
        """(2, 4) boxes in which they may turn up: moved on, or where they were last seen."""
        steps = min(frame - self.last, _PREDICTED_FRAMES)
        return np.stack([self.box + np.tile(self.velocity, 2) * steps, self.box])

    def follow(self, frame: int, number: int, box: Boxes) -> None:
        """Take the next sighting."""
        if self.path:
            step = (_centre(box) - _centre(self.box)) / (frame - self.last)
            self.velocity += (step - self.velocity) / min(len(self.path), _VELOCITY_FRAMES)
        self.box, self.last = box, frame
        self.path[frame] = number
        self.presence += math.sqrt(box_side(box))


def choose_subject(boxes: Sequence[Boxes]) -> NDArray[np.int64]:
    """Follow everybody through the frames of one sequence and pick who fills most of it.

    A box continues the track it overlaps best, moved on at its last velocity or where it was last seen, if its size
    fits; so people who cross, or pass in front, keep their own tracks, and somebody who was away for any time is known
    again at the place where they left. The subject is the track with the most presence, frames times the root of the
    size: neither somebody who is large for a moment, nor a small face in the background that is always there.

    Args:
        boxes: (N_t, 4) of each of T frames; N_t may be 0.

    Returns:
        (T,) number of the subject's box in each frame, or `ABSENT`.
    """
    tracks: list[_Track] = []
    for frame, found in enumerate(boxes):
        owners = _assign(tracks, found, frame)
        for number, box in enumerate(found):
            if owners[number] is None:
                tracks.append(_Track(box, np.zeros(2), frame))
            (owners[number] or tracks[-1]).follow(frame, number, box)
    chosen = np.full(len(boxes), ABSENT, np.int64)
    if tracks:
        for frame, number in max(tracks, key=lambda track: track.presence).path.items():
            chosen[frame] = number
    return chosen


def surrounding_box(points: NDArray[np.float64]) -> Boxes:
    """(..., 4) smallest boxes around points (..., N, 2)."""
    return np.concatenate([points.min(axis=-2), points.max(axis=-2)], axis=-1)


def box_side(boxes: Boxes) -> NDArray[np.float64]:
    """Side of the square with the area of each box (..., 4): (...), pixels, at least 1."""
    return np.asarray(np.sqrt(_extent(boxes[..., :2], boxes[..., 2:]).prod(axis=-1)))


def _assign(tracks: list[_Track], boxes: Boxes, frame: int) -> list[_Track | None]:
    """The track each box continues: the best pair first, each track and each box once."""
    owners: list[_Track | None] = [None] * len(boxes)
    if not tracks or not len(boxes):
        return owners
    expected = np.stack([track.expected(frame) for track in tracks])  # (K, 2, 4)
    scores = _overlap(expected[:, :, None], boxes).max(axis=1)  # (K, N)
    ratios = box_side(expected[:, :1]) / box_side(boxes)  # (K, N)
    scores[np.maximum(ratios, 1 / ratios) > _LARGEST_RATIO] = -np.inf
    while scores.max() >= _LOWEST_OVERLAP:
        row, column = np.unravel_index(scores.argmax(), scores.shape)
        owners[column] = tracks[row]
        scores[row], scores[:, column] = -np.inf, -np.inf
    return owners


def _overlap(first: Boxes, second: Boxes) -> NDArray[np.float64]:
    """Generalised intersection over union of boxes (..., 4): 1 for the same box, falling to -1 far apart.

    Source: Rezatofighi et al., Generalized Intersection over Union, CVPR 2019.
    """
    inner = np.minimum(first[..., 2:], second[..., 2:]) - np.maximum(first[..., :2], second[..., :2])
    outer = _extent(np.minimum(first[..., :2], second[..., :2]), np.maximum(first[..., 2:], second[..., 2:]))
    shared = np.maximum(inner, 0).prod(axis=-1)
    union = box_side(first) ** 2 + box_side(second) ** 2 - shared
    hull = outer.prod(axis=-1)
    return shared / union - (hull - union) / hull


def _centre(box: Boxes) -> NDArray[np.float64]:
    return (box[:2] + box[2:]) / 2


def _extent(low: NDArray[np.float64], high: NDArray[np.float64]) -> NDArray[np.float64]:
    """Width and height; a box of no extent, such as of a single point, counts as one pixel, so ratios stay finite."""
    return np.maximum(high - low, 1)
