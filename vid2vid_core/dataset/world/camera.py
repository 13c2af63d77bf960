"""A pinhole camera, and the way it moves along the road.

Camera axes: x right, y up, z forward. Pixel centres have whole-number coordinates.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vid2vid_core.dataset.world.road import Road, turn

Array = NDArray[Any]

_FOCAL_PER_WIDTH = 0.78
"""A horizontal field of view of 65 degrees, as dash cameras have."""


@dataclass(frozen=True)
class Camera:
    """One view."""

    position: Array
    """(3,) world, m."""
    rotation: Array
    """(3, 3): columns are the camera's axes in world coordinates."""
    width: int
    """Pixels."""
    height: int
    """Pixels."""

    @property
    def focal(self) -> float:
        """Focal length, pixels."""
        return _FOCAL_PER_WIDTH * self.width

    def rays_x(self, x: Array) -> Array:
        """Camera x per unit depth of pixel column coordinates."""
        return (x - (self.width - 1) / 2) / self.focal

    def rays_y(self, y: Array) -> Array:
        """Camera y (up) per unit depth of pixel row coordinates."""
        return -(y - (self.height - 1) / 2) / self.focal

    def project(self, points: Array) -> tuple[Array, Array, Array]:
        """Pixel column, row and depth (m) of points (..., 3) in camera coordinates; depth <= 0 gives nan pixels."""
        depth = points[..., 2]
        scale = self.focal / np.where(depth > 1e-6, depth, np.nan)
        return points[..., 0] * scale + (self.width - 1) / 2, -points[..., 1] * scale + (self.height - 1) / 2, depth


@dataclass(frozen=True)
class Drive:
    """How the camera moves: along its lane, swaying and nodding a little. All phases in radians."""

    road: Road
    start: float
    speed: float
    """m/s."""
    sway: tuple[float, float, float, float]
    """Phases of sway, yaw, nod and bob."""

    def distance(self, time: float) -> float:
        """Road coordinate s after `time` seconds; the speed itself breathes by a tenth."""
        return self.start + self.speed * (time + 0.1 * (np.sin(0.9 * time + self.sway[0]) - np.sin(self.sway[0])) / 0.9)

    def camera(self, time: float, width: int, height: int) -> Camera:
        """The view at `time` seconds."""
        s = self.distance(time)
        d = 1.55 + 0.12 * np.sin(0.8 * time + self.sway[0])
        x, z = self.road.place(s, d)
        up = 1.45 + 0.02 * np.sin(2.9 * time + self.sway[3])
        yaw = self.road.heading(s + 6.0) + 0.012 * np.sin(1.1 * time + self.sway[1])
        pitch = 0.015 + 0.005 * np.sin(2.3 * time + self.sway[2])
        roll = 0.004 * np.sin(1.7 * time + self.sway[1])
        rotation = turn(float(yaw)) @ _tilt(pitch) @ _lean(roll)
        return Camera(np.array([float(x), up, float(z)]), rotation, width, height)


def _tilt(angle: float) -> Array:
    """Looks up by `angle`."""
    c, s = float(np.cos(angle)), float(np.sin(angle))
    return np.array([[1.0, 0.0, 0.0], [0.0, c, s], [0.0, -s, c]])


def _lean(angle: float) -> Array:
    c, s = float(np.cos(angle)), float(np.sin(angle))
    return np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])
