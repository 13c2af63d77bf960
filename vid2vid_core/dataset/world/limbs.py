"""Drawing of round limbs: rods with round ends, lit from the upper left."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Colour = tuple[int, int, int]

_LIGHT = np.array([-0.42, -0.5])
_LIGHT_FROM_FRONT = 0.76
_SHADE, _SUN = 0.42, 0.66


def draw_rod(picture: Array, start: Array, end: Array, radius: float, end_radius: float, colour: Colour) -> None:
    """Draw a rod with round ends into a picture, its edges smoothed over a pixel.

    Args:
        picture: (H, W, 3) float64, 0..255; changed. What lies beyond is not drawn.
        start: middle of one end, x and y in pixels.
        end: of the other; the same for a ball.
        radius: there, pixels, > 0.
        end_radius: likewise.
        colour: RGB in full light.
    """
    height, width = picture.shape[:2]
    reach = max(radius, end_radius) + 1
    left, top = np.floor(np.minimum(start, end) - reach).clip(0, (width, height)).astype(int)
    right, bottom = np.ceil(np.maximum(start, end) + reach + 1).clip(0, (width, height)).astype(int)
    if right <= left or bottom <= top:
        return
    x, y = np.meshgrid(np.arange(left, right, dtype=np.float64), np.arange(top, bottom, dtype=np.float64))
    axis = end - start
    share = ((x - start[0]) * axis[0] + (y - start[1]) * axis[1]) / max(float(axis @ axis), 1e-9)
    share = share.clip(0, 1)
    across = np.stack([x - start[0] - share * axis[0], y - start[1] - share * axis[1]], -1)
    here = radius + (end_radius - radius) * share
    covered = (here - np.hypot(across[..., 0], across[..., 1]) + 0.5).clip(0, 1)[..., None]
    normal = across / here[..., None]
    towards = np.sqrt((1 - (normal**2).sum(-1)).clip(0, 1))
    light = _SHADE + _SUN * (normal @ _LIGHT + towards * _LIGHT_FROM_FRONT).clip(0, 1)
    part = picture[top:bottom, left:right]
    part += (np.array(colour) * light[..., None] - part) * covered
