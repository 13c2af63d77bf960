"""Distance from every pixel around a face to each of its edges.

Source: Wang et al., Video-to-Video Synthesis (2018), its distance maps of faces.
"""

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from vid2vid_core.maps.curves import Pixels
from vid2vid_core.maps.face_crop import Box
from vid2vid_core.maps.face_points import EDGES

Plane = NDArray[np.uint8]
Pixel = NDArray[np.int64]


def edge_distances(strokes: Pixels, box: Box) -> list[Plane]:
    """City-block distance to each edge, divided by 3 without rest; 255 where an edge has no pixel at all.

    Args:
        strokes: painted pixels of the frame, the edge they belong to as their piece.
        box: where distances are wanted.

    Returns:
        14 maps of the size of the box.
    """
    return [_distance(strokes.x[own], strokes.y[own], box) for own in (strokes.piece == e for e in range(len(EDGES)))]


def _distance(x: Pixel, y: Pixel, box: Box) -> Plane:
    """Exact: in this metric the way to an edge from outside its bounding rectangle leads straight to the rectangle."""
    plane = np.full(box.size[::-1], 255, np.uint8)
    if not len(x):
        return plane
    left, top, right, bottom = int(x.min()), int(y.min()), int(x.max()) + 1, int(y.max()) + 1
    canvas = np.full((bottom - top, right - left), 255, np.uint8)
    canvas[y - top, x - left] = 0
    steps = cv2.distanceTransform(canvas, cv2.DIST_L1, 3)
    beside, over = _reach(left, right, box.left, box.right), _reach(top, bottom, box.top, box.bottom)
    inside = steps[over.kept, beside.kept]
    grown = np.asarray(cv2.copyMakeBorder(inside, *over.margins, *beside.margins, cv2.BORDER_REPLICATE), np.float32)
    grown += beside.steps
    grown += over.steps[:, None]
    # It rounds, so this is division by 3 without rest.
    return np.asarray(cv2.convertScaleAbs(grown, dst=plane, alpha=1 / 3, beta=-1 / 3), np.uint8)


class _Reach(NamedTuple):
    """How the extent of an edge along one axis is carried on to that of the box."""

    kept: slice
    """What of the edge's rectangle lies in the box; its nearest pixel if nothing does."""
    margins: tuple[int, int]
    """Pixels of the box before and after it."""
    steps: NDArray[np.float32]
    """Distance of every pixel of the box to the edge's rectangle along this axis."""


def _reach(first: int, end: int, box_first: int, box_end: int) -> _Reach:
    along = np.arange(box_first, box_end)
    nearest = along.clip(first, end - 1)
    low, high = int(nearest[0]), int(nearest[-1]) + 1
    before = min(max(0, low - box_first), len(along) - (high - low))
    margins = before, len(along) - (high - low) - before
    return _Reach(slice(low - first, high - first), margins, np.abs(along - nearest).astype(np.float32))
