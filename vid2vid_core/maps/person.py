"""The key points of one person: body (BODY_25), face and both hands, each with a confidence."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
"""(N, 3): x, y in pixels, confidence 0 .. 1. A confidence of 0 means that the point was not found."""
BODY_SEEN = 0.01
"""Points of body and hands count above this confidence."""
FACE_SEEN = 0.1
"""Points of the face count above this confidence."""


class Arrays(NamedTuple):
    """Number of points of each array of a person."""

    body: int = 25
    face: int = 70
    left_hand: int = 21
    right_hand: int = 21


ARRAYS = Arrays()


@dataclass(frozen=True)
class Person:
    """One person, left and right being their own; the order of the points is OpenPose's."""

    body: Points
    """(25, 3), BODY_25."""
    face: Points
    """(70, 3): 68 landmarks in iBUG order, right and left pupil."""
    left_hand: Points
    """(21, 3): wrist, then thumb to little finger from base to tip."""
    right_hand: Points

    def seen(self) -> NDArray[np.float64]:
        """(N, 2): x and y of every point that counts."""
        body = np.concatenate([self.body, self.left_hand, self.right_hand])
        return np.concatenate([body[body[:, 2] > BODY_SEEN, :2], self.face[self.face[:, 2] > FACE_SEEN, :2]])

    def extent(self) -> tuple[float, float, float, float] | None:
        """Left, top, right and bottom of the points that count; None if none does."""
        points = self.seen()
        if not len(points):
            return None
        (left, top), (right, bottom) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
        return left, top, right, bottom


def missing(points: int) -> Points:
    """An array of points none of which was found."""
    return np.zeros((points, 3))


def as_points(numbers: Sequence[Any], where: str) -> Points:
    """Numbers x, y, confidence, x, ... as (N, 3).

    Args:
        numbers: what a file holds.
        where: file, person and field, for the message.

    Raises:
        ValueError: one is no finite number.
    """
    for place, number in enumerate(numbers):
        if type(number) not in (int, float) or not np.isfinite(number):
            raise ValueError(f"{where}: {number!r} in place {place} (point {place // 3}), expected a finite number")
    return np.array(numbers, dtype=np.float64).reshape(-1, 3)
