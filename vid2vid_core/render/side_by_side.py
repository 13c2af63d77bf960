"""Control | output | real in one picture, each under a small caption."""

import cv2
import numpy as np

from vid2vid_core.render.stream import Picture

_COLUMNS = 4
_GAP = 4
_BACKGROUND = (22, 22, 26)
_INK = (205, 205, 210)
_FONT = cv2.FONT_HERSHEY_SIMPLEX
_CAP_HEIGHT = 22
"""Pixels of a capital letter at font scale 1."""


def side_by_side(pictures: dict[str, Picture]) -> Picture:
    """Put pictures of one size beside each other, captions above them so that no pixel is covered.

    More than four stand in several rows of nearly equal length. A caption too long for its picture is written smaller.

    Args:
        pictures: By caption, (H, W, 3) uint8 RGB each.

    Returns:
        (rows * (H + strip) + (rows-1) * gap, columns * W + (columns-1) * gap, 3).
    """
    height, width = next(iter(pictures.values())).shape[:2]
    strip = min(40, max(20, height // 14 // 2 * 2))
    rows = -(-len(pictures) // _COLUMNS)
    columns = -(-len(pictures) // rows)
    across, down = width + _GAP, height + strip + _GAP
    canvas = np.full((rows * down - _GAP, columns * across - _GAP, 3), _BACKGROUND, np.uint8)
    for number, (caption, picture) in enumerate(pictures.items()):
        top, left = number // columns * down, number % columns * across
        canvas[top + strip : top + strip + height, left : left + width] = picture
        margin, stroke = strip // 4, max(1, strip // 24)
        scale = 0.45 * strip / _CAP_HEIGHT
        wide = cv2.getTextSize(caption, _FONT, scale, stroke)[0][0]
        scale *= min(1, (width - 2 * margin) / wide)
        baseline = (left + margin, top + strip - round(0.3 * strip))
        cv2.putText(canvas, caption, baseline, _FONT, scale, _INK, stroke, cv2.LINE_AA)
    return canvas
