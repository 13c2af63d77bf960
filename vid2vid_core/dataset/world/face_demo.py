"""The built-in world `face_demo`: clips of a photographed face that speaks, cut to a view without one and back."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from vid2vid_core.config import WorldConfig
from vid2vid_core.dataset.world.astronaut import HEAD, SHUTTLE, read_astronaut
from vid2vid_core.dataset.world.expression import Expression, unmoved
from vid2vid_core.dataset.world.waves import Wave, pulses, wave

Array = NDArray[Any]

_VIEW = 262.0
"""Pixels of the photograph along the shorter side of a frame: a little more than is cut out around a face."""
_INSIDE_MOUTH = np.array([58.0, 22.0, 24.0])
_WITHOUT_FACE = (0.42, 0.58)
"""Between these shares of a clip no face is shown."""


@dataclass(frozen=True)
class Camera:
    """What part of the photograph a frame shows."""

    middle: tuple[float, float]
    """x and y in the photograph."""
    view: float
    """Pixels of the photograph along the shorter side of the frame."""
    roll: float
    """Radians."""
    mirrored: bool


@dataclass(frozen=True)
class _Shot:
    """From one cut to the next."""

    middle: tuple[float, float]
    view: float
    mirrored: bool
    drift: tuple[Wave, Wave, Wave, Wave]
    """Of the camera: right, down, closer, rolling."""

    def camera(self, time: float) -> Camera:
        right, down, closer, roll = (move(time) for move in self.drift)
        middle = (self.middle[0] + 9 * right, self.middle[1] + 7 * down)
        return Camera(middle, self.view * (1 - 0.06 * closer), 0.06 * roll, self.mirrored)


class FaceClip:
    """One clip: a face, a stretch without one, and the face again from nearer or farther, mirrored."""

    def __init__(self, config: WorldConfig, index: int) -> None:
        """Clip number `index` of the world (0-based); same config and index, same clip."""
        rng = np.random.default_rng([config.seed, index, 2])
        self._photograph = read_astronaut()
        self._size = (config.width, config.height)
        self._fps, self._count = config.fps, max(8, round(config.seconds * config.fps))
        first = bool(rng.integers(2))
        self._shots = [
            _shot(rng, HEAD, 0.92, first),
            _shot(rng, SHUTTLE, 0.68, first),
            _shot(rng, HEAD, 1.06, not first),
        ]
        self._mouth = (wave(rng, 1.7), wave(rng, 0.6))
        self._rounding, self._brows = wave(rng, 0.9), wave(rng, 0.5)
        self._blink = pulses(rng, 1.6, 0.4)
        self._turn, self._tilt = wave(rng, 0.35), wave(rng, 0.3)

    @property
    def cuts(self) -> tuple[int, int]:
        """Numbers of the first frame without a face, and of the first one with a face again."""
        first, second = (round(share * self._count) for share in _WITHOUT_FACE)
        return first, max(second, first + 2)

    def __len__(self) -> int:
        return self._count

    def frames(self) -> Iterator[Array]:
        """(H, W, 3) uint8 RGB, one after the other."""
        for number in range(self._count):
            time, shot = number / self._fps, sum(number >= cut for cut in self.cuts)
            yield photographed(self._photograph, self._shots[shot].camera(time), self.expression(time), self._size)

    def expression(self, time: float) -> Expression:
        """What the face does at a time, seconds."""
        syllable, loudness = max(0.0, 0.5 + 0.9 * self._mouth[0](time)), 0.7 + 0.3 * self._mouth[1](time)
        return Expression(
            opening=-4.0 + 14.0 * loudness * syllable,
            rounding=0.5 + 0.5 * self._rounding(time),
            blink=self._blink(time),
            brows=1.0 + 2.5 * self._brows(time),
            turn=7.0 * self._turn(time),
            tilt=0.12 * self._tilt(time),
        )


def photographed(photograph: Array, camera: Camera, expression: Expression, size: tuple[int, int]) -> Array:
    """(H, W, 3) uint8: what the camera shows of the photograph with the face moved; `size` is width and height."""
    width, height = size
    scale = camera.view / min(size)
    column, row = np.meshgrid(np.arange(width) - (width - 1) / 2, np.arange(height) - (height - 1) / 2)
    column = -column if camera.mirrored else column
    cos, sin = scale * np.cos(camera.roll), scale * np.sin(camera.roll)
    x, y = camera.middle[0] + cos * column - sin * row, camera.middle[1] + sin * column + cos * row
    x, y, inside = unmoved(x, y, expression)
    source = photograph if scale <= 1 else cv2.GaussianBlur(photograph, (0, 0), 0.5 * scale)  # no aliases where smaller
    places = (x.astype(np.float32), y.astype(np.float32))
    seen = cv2.remap(source, *places, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)  # a plain wall above the head
    return np.round(seen + (_INSIDE_MOUTH - seen) * inside[..., None]).astype(np.uint8)


def _shot(rng: np.random.Generator, middle: tuple[float, float], wide: float, mirrored: bool) -> _Shot:
    x, y = rng.uniform(-6, 6, 2)
    drift = (wave(rng, 0.25), wave(rng, 0.2), wave(rng, 0.15), wave(rng, 0.2))
    return _Shot((middle[0] + float(x), middle[1] + 8 + float(y)), _VIEW * wide, mirrored, drift)
