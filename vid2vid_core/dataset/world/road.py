"""The road through the town: an arc, and coordinates along it.

World axes: x right, y up, z forward at the start of the drive; metres. Road coordinates: s metres along the centre
line, d metres to its right.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

LANE = 1.75
"""Distance of a lane's middle from the centre line; traffic keeps right."""
CARRIAGEWAY = 3.5
"""Half the width of the two lanes."""
KERB = 5.8
"""Where the parking strip ends and the pavement begins."""
FRONTAGE = 9.4
"""Where the pavement ends and the houses begin."""
JUNCTION_HALF_WIDTH = 4.0
"""Half the width of a side street."""


@dataclass(frozen=True)
class Road:
    """A road of constant curvature."""

    curvature: float
    """1/m, positive bends right, never 0 (a straight road is a very wide arc)."""
    junctions: tuple[float, ...] = ()
    """Where side streets cross, s in metres, ascending."""

    def place(self, s: Array | float, d: Array | float) -> tuple[Array, Array]:
        """World x and z of road coordinates."""
        radius = 1.0 / self.curvature
        angle = np.asarray(s) / radius
        return radius - (radius - d) * np.cos(angle), (radius - d) * np.sin(angle)

    def locate(self, x: Array, z: Array) -> tuple[Array, Array]:
        """Road coordinates s, d of world x and z."""
        radius = 1.0 / self.curvature
        sign = np.sign(radius)
        dx, dz = sign * (radius - x), sign * z
        return np.arctan2(dz, dx) * radius, radius - sign * np.hypot(dx, dz)

    def heading(self, s: Array | float) -> Array:
        """Angle of the road's direction, radians, 0 = +z, positive to the right."""
        return np.asarray(s) * self.curvature

    def to_junction(self, s: Array) -> Array:
        """Signed distance along the road to the nearest junction, metres; negative before it."""
        if not self.junctions:
            return np.full_like(s, 1e6)
        middle = np.asarray(self.junctions)
        between = (middle[1:] + middle[:-1]) / 2
        return s - middle[np.searchsorted(between, s)].astype(s.dtype)


def turn(angle: float) -> Array:
    """(3, 3) rotation about the vertical that takes +z to the direction of `angle` (positive to the right)."""
    c, s = float(np.cos(angle)), float(np.sin(angle))
    return np.array([[c, 0.0, s], [0.0, 1.0, 0.0], [-s, 0.0, c]])
