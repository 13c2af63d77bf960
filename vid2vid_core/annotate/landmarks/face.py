"""A face as every finder gives it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vid2vid_core.annotate.subject import Boxes, surrounding_box


@dataclass(frozen=True)
class Face:
    """One face in one frame."""

    points: NDArray[np.float64]
    """(68, 2) x and y in iBUG order, pixels; may lie beyond the frame."""
    confidence: float
    """On the scale of the backend; 1 where it has none."""

    @property
    def box(self) -> Boxes:
        """(4,) left, top, right, bottom of its landmarks, which means the same for every backend."""
        return surrounding_box(self.points)
