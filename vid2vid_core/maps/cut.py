"""Cutting a box out of a frame that it may reach beyond."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from vid2vid_core.maps.face_crop import Box


def cut_out(picture: NDArray[Any], box: Box, *, outside: float | None = None) -> NDArray[Any]:
    """The part of a picture (H, W) or (H, W, C) inside the box.

    Args:
        picture: of any type.
        box: may reach beyond it.
        outside: value there; None repeats the border.
    """
    height, width = picture.shape[:2]
    margins = (max(0, -box.top), max(0, box.bottom - height), max(0, -box.left), max(0, box.right - width))
    if not any(margins):
        return picture[box.top : box.bottom, box.left : box.right]
    rows = np.clip((box.top, box.bottom), 0, height)
    columns = np.clip((box.left, box.right), 0, width)
    inside = np.ascontiguousarray(picture[rows[0] : rows[1], columns[0] : columns[1]])
    if outside is None:
        return cv2.copyMakeBorder(inside, *margins, cv2.BORDER_REPLICATE)
    return cv2.copyMakeBorder(inside, *margins, cv2.BORDER_CONSTANT, value=[outside] * 4)
