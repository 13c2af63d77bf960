"""Sun, sky and haze of a drive, and the shadows that everything standing still casts on the ground."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from vid2vid_core.dataset.world.road import Road
from vid2vid_core.dataset.world.surfaces import Surfaces, srgb

Array = NDArray[Any]

_CELLS_PER_METRE = 8
_HALF_WIDTH = 24.0
_FRACTION_BITS = 4
_SHADOW_REACH = 55.0


@dataclass(frozen=True)
class Light:
    """Daylight; colours are linear RGB, 1 = a white wall in the sun."""

    to_sun: Array
    """(3,) unit vector."""
    sun: Array
    ambient: Array
    haze: Array
    zenith: Array
    clouds: Array
    """(2,) where in the cloud pattern this sky is."""
    haze_length: float = 420.0
    """Metres after which a surface has lost 63 % of its own colour."""

    def surface(self, normal: Array, sunlit: Array | float) -> Array:
        """Light that falls on surfaces with unit normals (N, 3); `sunlit` 0..1 is what no shadow takes away."""
        sun = np.maximum(normal @ self.to_sun.astype(np.float32), 0) * sunlit
        sky = 0.62 + 0.38 * normal[:, 1]
        return sun[:, None] * self.sun + sky[:, None] * self.ambient


def make_light(rng: np.random.Generator) -> Light:
    """An hour between late morning and mid-afternoon; the sun always stands behind the camera, to the right."""
    elevation = np.radians(rng.uniform(47, 56))
    azimuth = np.radians(rng.uniform(126, 146))
    hour = rng.uniform(-1, 1)
    to_sun = np.array([np.cos(elevation) * np.sin(azimuth), np.sin(elevation), np.cos(elevation) * np.cos(azimuth)])
    sun = np.array([1.0, 0.92 - 0.02 * hour, 0.76 - 0.05 * hour]) * 1.75
    ambient = np.array([0.42, 0.46, 0.54]) * (1 + 0.03 * hour)
    return Light(
        clouds=rng.uniform(0, 200, 2).astype(np.float32),
        to_sun=to_sun,
        sun=sun.astype(np.float32),
        ambient=ambient.astype(np.float32),
        haze=srgb(0.80, 0.85 + 0.005 * hour, 0.90),
        zenith=srgb(0.30, 0.50 + 0.01 * hour, 0.80),
    )


class Shadows:
    """Two maps of the ground in road coordinates, 0 = dark, 1 = open: sun, and the nearness of walls and cars."""

    def __init__(self, road: Road, light: Light, low: float, high: float) -> None:
        self._road, self._light, self._low = road, light, low
        size = (int((high - low) * _CELLS_PER_METRE), int(2 * _HALF_WIDTH * _CELLS_PER_METRE))
        self._sun: Array = np.ones(size, np.float32)
        self._contact: Array = np.ones(size, np.float32)
        self._houses: Array = self._sun

    def add_box(self, s: float, d: float, length: float, width: float, height: float, bottom: float = 0.0) -> None:
        """An upright box centred at (s, d), `length` along the road."""
        half = np.array([[-length, -width], [-length, width], [length, width], [length, -width]]) / 2
        base = half + [s, d]
        lean = self._lean(s)
        ends = np.concatenate([base + lean * bottom, base + lean * height])
        self._fill(self._sun, cv2.convexHull(ends.astype(np.float32))[:, 0])
        self._fill(self._contact, base)

    def add_ball(self, s: float, d: float, height: float, radius: float) -> None:
        """A round thing (a tree crown) whose middle is at `height`."""
        angle = np.linspace(0, 2 * np.pi, 24, endpoint=False)
        middle = np.array([s, d]) + self._lean(s) * height
        self._fill(self._sun, middle + radius * np.stack([np.cos(angle), np.sin(angle)], 1))

    def houses_done(self) -> None:
        """What was added so far also shades cars, people and trees; what follows only the ground."""
        self._houses = cv2.GaussianBlur(self._sun, (0, 0), 0.5 * _CELLS_PER_METRE)

    def finish(self) -> None:
        """Soften the edges; nothing can be added afterwards."""
        self._sun = cv2.GaussianBlur(self._sun, (0, 0), 0.12 * _CELLS_PER_METRE)
        self._contact = cv2.GaussianBlur(self._contact, (0, 0), 0.35 * _CELLS_PER_METRE)

    def ground(self, s: Array, d: Array) -> tuple[Array, Array]:
        """Sunlight and openness of ground points, (N,) each, 0..1."""
        return _sample(self._sun, *self._cells(s, d)), _sample(self._contact, *self._cells(s, d))

    def standing(self, points: Array) -> Array:
        """Sunlight of points (N, 3) above the ground, shaded by houses alone."""
        sun = self._light.to_sun.astype(np.float32)
        foot = points - points[:, 1:2] / sun[1] * sun
        return _sample(self._houses, *self._cells(*self._road.locate(foot[:, 0], foot[:, 2])))

    def _lean(self, s: float) -> Array:
        """How far along s and d the shadow moves per metre of height."""
        angle = float(self._road.heading(s))
        x, y, z = self._light.to_sun
        along, across = z * np.cos(angle) + x * np.sin(angle), x * np.cos(angle) - z * np.sin(angle)
        return -np.array([along, across]) / y

    def _cells(self, s: Array, d: Array) -> tuple[Array, Array]:
        return (s - self._low) * _CELLS_PER_METRE, (d + _HALF_WIDTH) * _CELLS_PER_METRE

    def _fill(self, grid: Array, polygon: Array) -> None:
        s, d = self._cells(polygon[:, 0], polygon[:, 1])
        corners = np.round(np.stack([d, s], 1) * 2**_FRACTION_BITS).astype(np.int32)
        cv2.fillConvexPoly(grid, corners, (0.0,), lineType=cv2.LINE_8, shift=_FRACTION_BITS)


def moving_shadow(surfaces: Surfaces, light: Light, eye: Array, x: Array, z: Array) -> Array:
    """Soft shade on ground points (N,) below things that move, 0 = dark.

    Each thing, given as an ellipsoid wrapped round it, makes two blots: straight below it, and away from the sun.
    Far from the eye they are too small to see and left out.
    """
    shade = np.ones(x.shape, np.float32)
    close = np.nonzero((x - eye[0]) ** 2 + (z - eye[2]) ** 2 < _SHADOW_REACH**2)[0]
    lean = -light.to_sun[[0, 2]] / light.to_sun[1]
    reached = (surfaces.origin[:, 0] - eye[0]) ** 2 + (surfaces.origin[:, 2] - eye[2]) ** 2 < (_SHADOW_REACH + 5) ** 2
    for origin, axes in zip(surfaces.origin[reached], surfaces.axes[reached], strict=True):
        across, up, along = axes
        near = close[(x[close] - origin[0]) ** 2 + (z[close] - origin[2]) ** 2 < 20.0]
        for height, depth, grow in ((0.0, 0.75, 1.1), (origin[1], 0.6, 1.0)):
            dx, dz = x[near] - (origin[0] + lean[0] * height), z[near] - (origin[2] + lean[1] * height)
            a = (dx * across[0] + dz * across[2]) / (across @ across * grow)
            b = (dx * along[0] + dz * along[2]) / (along @ along * grow)
            inside = np.maximum(1 - a**4 - b**4, 0)
            shade[near] = np.minimum(shade[near], 1 - depth * np.minimum(inside * 1.6, 1))
    return shade


def _sample(grid: Array, row: Array, column: Array) -> Array:
    """Bilinear; outside: the border."""
    r = np.clip(row, 0, grid.shape[0] - 1.01).astype(np.float32)
    c = np.clip(column, 0, grid.shape[1] - 1.01).astype(np.float32)
    i, j = r.astype(np.int32), c.astype(np.int32)
    a, b = r - i.astype(np.float32), c - j.astype(np.float32)
    top = grid[i, j] * (1 - b) + grid[i, j + 1] * b
    return top * (1 - a) + (grid[i + 1, j] * (1 - b) + grid[i + 1, j + 1] * b) * a
