"""Everything solid is made of two kinds of surface: flat parallelograms and ellipsoids, kept as arrays of one row each.

A parallelogram is `origin + u*axes[0] + v*axes[1]`, u and v in 0..1, seen only from the side to which its unit normal
axes[2] points.
An ellipsoid is `origin + axes^T q`, |q| = 1, with pairwise perpendicular axes.
"""

from dataclasses import dataclass, fields
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vid2vid_core.dataset.world.road import turn

Array = NDArray[Any]
Vector = tuple[float, float, float]


class Material(IntEnum):
    """How a surface is painted; see `paint.py`."""

    SKY = 0
    GROUND = 1
    PLAIN = 2
    FACADE = 3
    ROOF = 4
    GABLE = 5
    LEAVES = 6
    CAR_SIDE = 7
    CAR_PAINT = 8
    CAR_GLASS = 9
    CAR_FRONT = 10
    CAR_REAR = 11
    SIGN = 12
    TRAFFIC_LIGHT = 13
    FENCE = 14


@dataclass
class Surfaces:
    """N surfaces, one row each."""

    origin: Array
    """(N, 3) m."""
    axes: Array
    """(N, 3, 3) rows are axes, m."""
    round: Array
    """(N,) bool: ellipsoid."""
    material: Array
    """(N,) int."""
    label: Array
    """(N,) int, Cityscapes id."""
    instance: Array
    """(N,) int, Cityscapes instance id: label*1000+n for objects, else the label."""
    colour: Array
    """(N, 3) linear RGB."""
    params: Array
    """(N, 4); what they mean depends on the material."""

    def __len__(self) -> int:
        return len(self.origin)

    def take(self, rows: Array) -> "Surfaces":
        """Some of the rows."""
        return Surfaces(*(getattr(self, field.name)[rows] for field in fields(self)))

    def moved(self, rotation: Array, shift: Array) -> "Surfaces":
        """The same surfaces after p -> rotation @ p + shift; rotation: (N, 3, 3), shift: (N, 3)."""
        axes = np.einsum("nij,nkj->nki", rotation, self.axes)
        origin = np.einsum("nij,nj->ni", rotation, self.origin) + shift
        same = (self.round, self.material, self.label, self.instance, self.colour, self.params)
        return Surfaces(origin, axes, *same)


def concatenate(parts: list[Surfaces]) -> Surfaces:
    """One after the other."""
    return Surfaces(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Surfaces)))


def srgb(red: float, green: float, blue: float) -> Array:
    """Linear RGB, (3,) float32, of a screen colour with components in 0..1."""
    return (np.array([red, green, blue]) ** 2.2).astype(np.float32)


@dataclass
class Style:
    """What a surface looks like and is called."""

    material: Material
    label: int
    colour: Array
    instance: int | None = None
    """None: the label."""
    params: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)


class Builder:
    """Collects surfaces that are given in a local frame, which `stand_at` moves about the world."""

    def __init__(self) -> None:
        self._rows: list[tuple[Array, Array, bool, Style]] = []
        self._origin, self._rotation = np.zeros(3), np.eye(3)

    def stand_at(self, x: float, z: float, heading: float) -> None:
        """From now on coordinates are relative to this place."""
        self._origin, self._rotation = np.array([x, 0.0, z]), turn(heading)

    def quad(self, origin: Vector, u: Vector, v: Vector, outward: Vector, style: Style) -> None:
        """A parallelogram; `outward` is any direction on its visible side."""
        edge_u, edge_v = np.array(u), np.array(v)
        normal = np.cross(edge_u, edge_v)
        normal *= np.sign(normal @ np.array(outward)) / np.linalg.norm(normal)
        self._add(np.array(origin), np.stack([edge_u, edge_v, normal]), False, style)

    def ellipsoid(self, centre: Vector, radii: Vector, style: Style) -> None:
        """An ellipsoid whose axes are those of the local frame."""
        self._add(np.array(centre), np.diag(radii), True, style)

    def box(self, base: Vector, size: Vector, style: Style) -> None:
        """An upright box standing on the middle of its base, without a bottom; size: x, y, z."""
        (x, y, z), (w, h, length) = base, size
        self.quad((x - w / 2, y, z - length / 2), (w, 0, 0), (0, h, 0), (0, 0, -1), style)
        self.quad((x - w / 2, y, z + length / 2), (w, 0, 0), (0, h, 0), (0, 0, 1), style)
        self.quad((x - w / 2, y, z - length / 2), (0, 0, length), (0, h, 0), (-1, 0, 0), style)
        self.quad((x + w / 2, y, z - length / 2), (0, 0, length), (0, h, 0), (1, 0, 0), style)
        self.quad((x - w / 2, y + h, z - length / 2), (w, 0, 0), (0, 0, length), (0, 1, 0), style)

    def _add(self, origin: Array, axes: Array, is_round: bool, style: Style) -> None:
        self._rows.append((self._origin + self._rotation @ origin, axes @ self._rotation.T, is_round, style))

    def build(self) -> Surfaces:
        """The surfaces collected, in order."""
        styles = [row[3] for row in self._rows]
        return Surfaces(
            origin=np.array([row[0] for row in self._rows]).reshape(-1, 3),
            axes=np.array([row[1] for row in self._rows]).reshape(-1, 3, 3),
            round=np.array([row[2] for row in self._rows], bool),
            material=np.array([style.material for style in styles], np.int64),
            label=np.array([style.label for style in styles], np.int64),
            instance=np.array([s.label if s.instance is None else s.instance for s in styles], np.int64),
            colour=np.array([style.colour for style in styles], np.float64).reshape(-1, 3),
            params=np.array([style.params for style in styles], np.float64).reshape(-1, 4),
        )
