"""How drawn maps are compared: by the metrics that `tolerances.json` defines."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]


def covered(inner: Mask, outer: Mask) -> float:
    """Share of `inner` that has a pixel of `outer` within one pixel."""
    grown = cv2.dilate(outer.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    return float((inner & grown).sum() / inner.sum()) if inner.any() else 1.0


def near(first: Mask, second: Mask) -> float:
    """The smaller share of the two that has the other within one pixel."""
    return min(covered(first, second), covered(second, first))


def iou(first: Mask, second: Mask) -> float:
    """Intersection over union; 1 if both are empty."""
    union = (first | second).sum()
    return float((first & second).sum() / union) if union else 1.0


def difference(first: NDArray[Any], second: NDArray[Any]) -> NDArray[np.int64]:
    """First minus second, signed."""
    return first.astype(np.int64) - second.astype(np.int64)
