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
    joints: Array | None = None
    """(N,) how far each part swings with the step, or None."""
    pivots: Array | None = None
    """(N,) height of the joint each part swings about, metres."""
    stride: float = 0.0
    """Phase of the step, radians."""

    def at(self, time: float) -> tuple[float, float]:
        """Road coordinates."""
        return self.start[0] + self.velocity[0] * time, self.start[1] + self.velocity[1] * time

    def pose(self, road: Road, time: float) -> tuple[Array, Array]:
        """Rotation (N, 3, 3) and shift (N, 3) that take each part from its own frame to the world."""
        s, d = self.at(time)
        x, z = road.place(s, d)
        rotation = turn(float(road.heading(s)) + float(np.arctan2(self.velocity[1], self.velocity[0])))
        shift = np.array([float(x), 0.0, float(z)])
        count = len(self.parts)
        rotations, shifts = np.repeat(rotation[None], count, 0), np.repeat(shift[None], count, 0)
        if self.joints is None or self.pivots is None:
            return rotations, shifts
        step = 0.42 * np.sin(2 * np.pi * 0.9 * time + self.stride)
        for i, (joint, pivot) in enumerate(zip(self.joints, self.pivots, strict=True)):
            swing = _swing(joint * step)
            lever = np.array([0.0, pivot, 0.0])
            rotations[i] = rotation @ swing
            shifts[i] = shift + rotation @ (lever - swing @ lever)
        return rotations, shifts


def _swing(angle: float) -> Array:
    """Rotation about the x axis."""
    c, s = float(np.cos(angle)), float(np.sin(angle))
    return np.array([[1.0, 0.0, 0.0], [0.0, c, s], [0.0, -s, c]])
