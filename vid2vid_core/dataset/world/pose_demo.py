"""The built-in world `pose_demo`: clips of a drawn person who dances in a room, filmed by a moving camera."""

from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from vid2vid_core.config import WorldConfig
from vid2vid_core.dataset.world.dancer import HEIGHT, Brush, Dancer
from vid2vid_core.dataset.world.waves import wave

Array = NDArray[Any]

_SHARE = 0.8
"""Of the shorter side of a frame that the figure is high."""
_HIPS = 0.53
"""Where the hips are, from the top of a frame."""
_FLOOR = 0.78
_MARGIN = 0.2
"""The room is so much larger than a frame on each side."""


class PoseClip:
    """One clip; all clips of a world are in the same room."""

    def __init__(self, config: WorldConfig, index: int) -> None:
        """Clip number `index` of the world (0-based); same config and index, same clip."""
        rng = np.random.default_rng([config.seed, index, 3])
        self._size, self._fps = (config.width, config.height), config.fps
        self._count = max(2, round(config.seconds * config.fps))
        self._dancer = Dancer(rng)
        self._right, self._closer = wave(rng, 0.2), wave(rng, 0.15)
        self._room = _room(np.random.default_rng([config.seed, 4]), *self._size)

    def __len__(self) -> int:
        return self._count

    def frames(self) -> Iterator[Array]:
        """(H, W, 3) uint8 RGB, one after the other."""
        width, height = self._size
        for number in range(self._count):
            time = number / self._fps
            right, zoom = 0.06 * width * self._right(time), 1 + 0.05 * self._closer(time)
            picture = self._behind(right, zoom)
            hips = np.array([width / 2 - right * zoom, height * (0.5 + (_HIPS - 0.5) * zoom)])
            Brush(picture, hips, zoom * _SHARE * min(self._size) / HEIGHT).draw(self._dancer.stance(time))
            yield np.round(picture).clip(0, 255).astype(np.uint8)

    def _behind(self, right: float, zoom: float) -> Array:
        """(H, W, 3) float64: the room alone. It is farther away than the dancer, so it moves less."""
        width, height = self._size
        farther = 1 + 0.7 * (zoom - 1)
        middle = (self._room.shape[1] / 2 - 0.5 + 0.7 * right, self._room.shape[0] / 2 - 0.5)
        left, top = middle[0] - (width - 1) / 2 / farther, middle[1] - (height - 1) / 2 / farther
        matrix = np.array([[1 / farther, 0, left], [0, 1 / farther, top]])
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        return cv2.warpAffine(self._room, matrix, self._size, flags=flags).astype(np.float64)


def _room(rng: np.random.Generator, width: int, height: int) -> Array:
    """(H, W, 3) float32, larger than a frame: wall with pictures, floor of boards."""
    wide, high = round(width * (1 + 2 * _MARGIN)), round(height * (1 + 2 * _MARGIN))
    edge = round(height * (_FLOOR + _MARGIN))
    room = np.empty((high, wide, 3), np.float32)
    room[:] = np.array([176, 190, 186]) * np.linspace(1.08, 0.86, high)[:, None, None]
    for left in np.arange(0.06, 1, 0.235):
        x, y = int(wide * (left + rng.uniform(-0.02, 0.02))), int(high * rng.uniform(0.16, 0.3))
        size = (int(wide * rng.uniform(0.1, 0.15)), int(high * rng.uniform(0.14, 0.22)))
        cv2.rectangle(room, (x, y), (x + size[0], y + size[1]), (92, 70, 52), -1)
        inner = rng.uniform(70, 220, 3).tolist()
        border = max(1, width // 64)
        cv2.rectangle(room, (x + border, y + border), (x + size[0] - border, y + size[1] - border), inner, -1)
    board = max(4, wide // 18)
    for number, left in enumerate(range(0, wide, board)):
        room[edge:, left : left + board] = np.array([146, 112, 78]) * (0.88 + 0.18 * (number % 3) / 2)
    room[edge - max(1, height // 48) : edge] = (214, 210, 200)
    return cv2.GaussianBlur(room, (0, 0), max(0.6, width / 200))
