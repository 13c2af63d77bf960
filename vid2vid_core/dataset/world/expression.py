"""What a face does: mouth, lids, brows and head of the photograph are moved by smooth displacements.

All of it is asked backwards: for places in the moved picture, where does the photograph show what is seen there? Lower
lip and lids slide over what is behind them, so that the teeth and the dark of the mouth are uncovered, not stretched.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vid2vid_core.dataset.world.astronaut import (
    BROWS,
    CHIN,
    COLLAR,
    EYES,
    FACE,
    FACE_RADII,
    HEAD,
    HEAD_RADII,
    JAW_HALF_WIDTH,
    LID_ABOVE,
    LID_BELOW,
    MOUTH,
    MOUTH_CORNERS,
    MOUTH_HALF_WIDTH,
    NECK,
    TEETH_END,
)

Array = NDArray[np.float64]

_LID_FOLD = 8.0
"""Skin above an eye that is stretched when the lid goes down, pixels."""
_BROW_REACH = (14.0, 4.5)
_ROUNDING_REACH = (22.0, 13.0)


@dataclass(frozen=True)
class Expression:
    """A moment of a face; all zero is the photograph. Lengths in its pixels."""

    opening: float = 0.0
    """How far the lower lip is below the upper teeth; down to -6 it is raised over them."""
    rounding: float = 0.0
    """0 .. 1: how much narrower the mouth is."""
    blink: float = 0.0
    """0 open .. 1 closed."""
    brows: float = 0.0
    """How far they are raised."""
    turn: float = 0.0
    """How far the nose is turned to the right of the picture."""
    tilt: float = 0.0
    """Of the head, radians, clockwise."""


def unmoved(x: Array, y: Array, expression: Expression) -> tuple[Array, Array, Array]:
    """Where the photograph shows what a moved face shows at some places.

    Args:
        x: places, pixels of the photograph.
        y: likewise, of the same shape.
        expression: what the face does.

    Returns:
        x, y in the photograph; and how much of a place is the dark inside the mouth, 0 .. 1.
    """
    x, y = _head(x, y, expression)
    x = _rounding(x, y, expression.rounding)
    y, inside = _jaw(x, y, expression.opening)
    y = _brows(x, y, expression.brows)
    return x, _lids(x, y, expression.blink), inside


def _head(x: Array, y: Array, expression: Expression) -> tuple[Array, Array]:
    """Tilt about the neck, fading out around the head; turning shifts the middle of the face only."""
    away = np.hypot((x - HEAD[0]) / HEAD_RADII[0], (y - HEAD[1]) / HEAD_RADII[1])
    angle = -expression.tilt * _fade((away - 0.95) / 0.75)
    cos, sin = np.cos(angle), np.sin(angle)
    dx, dy = x - NECK[0], y - NECK[1]
    x, y = NECK[0] + cos * dx - sin * dy, NECK[1] + sin * dx + cos * dy
    middle = np.hypot((x - FACE[0]) / FACE_RADII[0], (y - FACE[1]) / FACE_RADII[1])
    return x - expression.turn * _fade(middle), y


def _rounding(x: Array, y: Array, amount: float) -> Array:
    return x + 0.35 * amount * (x - MOUTH[0]) * _bell(x, y, MOUTH, _ROUNDING_REACH)


def _jaw(x: Array, y: Array, opening: float) -> tuple[Array, Array]:
    """What is below the teeth goes down with the jaw; between the teeth and the lip it is dark."""
    along = np.clip((x - MOUTH[0]) / MOUTH_HALF_WIDTH, -1, 1)
    teeth = MOUTH_CORNERS + (TEETH_END - MOUTH_CORNERS) * (1 - np.abs(along) ** 3)
    lip = teeth + opening * (1 - along**2)
    down = np.clip((y - lip) / (CHIN - TEETH_END), 0, 1)
    width = MOUTH_HALF_WIDTH + (JAW_HALF_WIDTH - MOUTH_HALF_WIDTH) * down
    across = 1 - np.clip((x - MOUTH[0]) / width, -1, 1) ** 2
    moved = y - opening * across * _fade((y - CHIN) / (COLLAR - CHIN))
    inside = np.clip(np.minimum(y - teeth, lip - y) + 0.5, 0, 1) * np.clip(lip - teeth, 0, 1)
    return np.where(y > lip, moved, np.minimum(y, teeth)), inside


def _brows(x: Array, y: Array, raised: float) -> Array:
    return y + raised * (_bell(x, y, BROWS[0], _BROW_REACH) + _bell(x, y, BROWS[1], _BROW_REACH))


def _lids(x: Array, y: Array, blink: float) -> Array:
    """The upper lid comes down and takes the skin above along."""
    for (left, left_y), (right, right_y) in EYES:
        along = (x - left) / (right - left)
        arch = np.clip(1 - (2 * along - 1) ** 2, 0, 1)
        corners = left_y + (right_y - left_y) * np.clip(along, 0, 1)
        upper, fold = corners - LID_ABOVE * arch, corners - LID_ABOVE * arch - _LID_FOLD
        edge = upper + blink * (LID_ABOVE + LID_BELOW) * arch
        stretched = fold + (y - fold) * _LID_FOLD / (edge - fold)
        y = np.where((y > fold) & (y < edge), stretched, y)
    return y


def _bell(x: Array, y: Array, middle: tuple[float, float], reach: tuple[float, float]) -> Array:
    return np.exp(-0.5 * (((x - middle[0]) / reach[0]) ** 2 + ((y - middle[1]) / reach[1]) ** 2))


def _fade(value: Array) -> Array:
    """1 up to 0, 0 from 1 on, smooth between."""
    value = np.clip(value, 0, 1)
    return 1.0 - value * value * (3 - 2 * value)
