"""Cars and people that move along the road: rigid parts with a pose at every time."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vid2vid_core.dataset.world.road import Road, turn
from vid2vid_core.dataset.world.surfaces import Surfaces

Array = NDArray[Any]


@dataclass(frozen=True)
class Mover:
    """A thing that goes straight along the road, or across it."""

    parts: Surfaces
    """In its own frame: it stands on the origin and faces +z."""
    start: tuple[float, float]
    """Road coordinates at time 0."""
    velocity: tuple[float, float]
    """Along s and d, m/s."""
    shadow: tuple[float, float, float]
    """Half its width, the height of its middle, half its length, metres."""
    reach: float
    """Seen up to this distance, metres."""
    joints: Array | None = None
    """(N,) how far each part swings with the step, or None."""
    pivots: Array | None = None
    """(N,) height of the joint each part swings about, metres."""
    stride: float = 0.0
    """Phase of the step, radians."""

    def at(self, time: float) -> tuple[float, float]:
        """Road coordinates."""
        return self.start[0] + self.velocity[0] * time, self.start[1] + self.velocity[1] * time

    def stand(self, road: Road, time: float) -> tuple[Array, Array]:
        """Rotation (3, 3) and shift (3,) that take the thing as a whole from its own frame to the world."""
        s, d = self.at(time)
        x, z = road.place(s, d)
        rotation = turn(float(road.heading(s)) + float(np.arctan2(self.velocity[1], self.velocity[0])))
        return rotation, np.array([float(x), 0.0, float(z)])

    def pose(self, road: Road, time: float) -> tuple[Array, Array]:
        """Rotation (N, 3, 3) and shift (N, 3) that take each part from its own frame to the world."""
        rotation, shift = self.stand(road, time)
        count = len(self.parts)
        if self.joints is None or self.pivots is None:
            return np.repeat(rotation[None], count, 0), np.repeat(shift[None], count, 0)
        swing = _swing(self.joints * (0.42 * np.sin(2 * np.pi * 0.9 * time + self.stride)))
        lever = np.stack([np.zeros(count), self.pivots, np.zeros(count)], 1)
        hip = lever - np.einsum("nij,nj->ni", swing, lever)
        return rotation @ swing, shift + hip @ rotation.T


def _swing(angles: Array) -> Array:
    """(N, 3, 3) rotations about the x axis."""
    c, s, zero, one = np.cos(angles), np.sin(angles), np.zeros_like(angles), np.ones_like(angles)
    return np.stack([one, zero, zero, zero, c, s, zero, -s, c], 1).reshape(-1, 3, 3)
