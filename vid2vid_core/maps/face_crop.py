"""The square around a face that is cut out of its frame.

Source: Wang et al., Video-to-Video Synthesis (2018), its crop of faces.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

SIDE_PER_WIDTH = 2.5
"""Side of the square in widths of the landmarks."""


class Box(NamedTuple):
    """A rectangle of pixels, end exclusive; it may reach beyond the frame."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self.right - self.left, self.bottom - self.top


def face_box(landmarks: NDArray[np.float64], frame: tuple[int, int]) -> Box:
    """The square around a face, moved into the frame as far as it fits.

    Args:
        landmarks: (68, 2).
        frame: width and height of the frame.

    Raises:
        ValueError: all landmarks lie on one column.
    """
    (x0, y0), (x1, y1) = landmarks.min(axis=0), landmarks.max(axis=0)
    side = SIDE_PER_WIDTH * (x1 - x0)
    half = int(side // 2)
    if half < 1:
        raise ValueError(f"a face {x1 - x0:g} pixels wide (x from {x0:g} to {x1:g}) cannot be cut out; it is no face")
    centre = _inside(int((x0 + x1) // 2), half, side, frame[0]), _inside(int((3 * y0 + y1) // 4), half, side, frame[1])
    left, top, right, bottom = (int(c + sign * half) for sign in (-1, 1) for c in centre)
    return Box(left, top, right, bottom)


def _inside(centre: int, half: int, side: float, length: int) -> float:
    return min(max(0, centre - half) + side, length) - half
