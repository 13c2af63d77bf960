"""Cars: the outline of a body seen from the side, pulled across the car's width."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vid2vid_core.dataset.world.surfaces import Builder, Material, Style, srgb

Array = NDArray[Any]

CAR = 26
WHEEL_RADIUS = 0.32
WHEEL_FROM_END = 0.78
CLEARANCE = 0.24
BELT = 0.93
"""Height at which the side windows begin."""


@dataclass(frozen=True)
class Body:
    """One model of car; the outline runs from the rear bumper over the roof to the front bumper, metres."""

    outline: tuple[tuple[float, float], ...]
    glass: tuple[int, ...]
    """Which pieces of the outline are panes."""
    width: float

    @property
    def length(self) -> float:
        """Bumper to bumper."""
        return self.outline[-1][0]

    @property
    def height(self) -> float:
        """To the roof."""
        return max(y for _, y in self.outline)

    def top(self, z: Array) -> Array:
        """Height of the outline at z metres from the rear."""
        points = np.array(self.outline)
        return np.interp(z, points[:, 0], points[:, 1])


_HATCHBACK = Body(
    ((0.0, 0.28), (0.06, 0.95), (0.42, 1.40), (0.85, 1.48), (1.95, 1.46), (2.85, 0.98), (3.72, 0.82), (3.90, 0.28)),
    (1, 4),
    1.74,
)
_SALOON = Body(
    (
        (0.0, 0.28),
        (0.06, 0.92),
        (0.70, 0.98),
        (1.35, 1.38),
        (1.75, 1.43),
        (2.55, 1.41),
        (3.35, 0.97),
        (4.35, 0.80),
        (4.50, 0.28),
    ),
    (2, 5),
    1.78,
)
_VAN = Body(
    ((0.0, 0.28), (0.05, 1.00), (0.18, 1.72), (0.50, 1.82), (2.70, 1.80), (3.60, 1.02), (4.20, 0.86), (4.35, 0.28)),
    (1, 4),
    1.84,
)
BODIES = (_HATCHBACK, _SALOON, _VAN)

PAINTS = tuple(
    srgb(*rgb)
    for rgb in (
        (0.72, 0.73, 0.74),
        (0.16, 0.17, 0.19),
        (0.48, 0.50, 0.53),
        (0.52, 0.12, 0.11),
        (0.14, 0.24, 0.42),
        (0.84, 0.84, 0.82),
    )
)


def build_car(builder: Builder, kind: int, paint: Array, instance: int) -> None:
    """A car whose middle stands at the builder's origin, facing its +z."""
    body = BODIES[kind]
    half, length = body.width / 2, body.length
    size = (length, body.height, float(kind), 0.0)
    side = Style(Material.CAR_SIDE, CAR, paint, instance, size)
    for x in (-half, half):
        builder.quad((x, 0, -length / 2), (0, 0, length), (0, body.height, 0), (x, 0, 0), side)
    last = len(body.outline) - 2
    for piece, ((z0, y0), (z1, y1)) in enumerate(zip(body.outline, body.outline[1:], strict=False)):
        material = Material.CAR_GLASS if piece in body.glass else Material.CAR_PAINT
        material = {0: Material.CAR_REAR, last: Material.CAR_FRONT}.get(piece, material)
        style = Style(material, CAR, paint, instance, (body.width, float(np.hypot(z1 - z0, y1 - y0)), 0.0, 0.0))
        foot, rise = (-half, y0, z0 - length / 2), (0.0, y1 - y0, z1 - z0)
        if piece == last:  # runs downwards; v is to point up
            foot, rise = (-half, y1, z1 - length / 2), (0.0, y0 - y1, z0 - z1)
        builder.quad(foot, (body.width, 0, 0), rise, (0.0, z1 - z0, y0 - y1), style)
    _underside(builder, body, instance)


def _underside(builder: Builder, body: Body, instance: int) -> None:
    """Tyres seen from front and back, and the dark behind them."""
    dark = Style(Material.PLAIN, CAR, srgb(0.07, 0.07, 0.075), instance)
    for z, outward in ((WHEEL_FROM_END, -1.0), (body.length - WHEEL_FROM_END, 1.0)):
        for x in (-body.width / 2, body.width / 2 - 0.2):
            depth = z - body.length / 2 + outward * WHEEL_RADIUS * 0.8
            builder.quad((x, 0, depth), (0.2, 0, 0), (0, 0.4, 0), (0, 0, outward), dark)
        depth = outward * (body.length / 2 - 0.15)
        builder.quad(
            (-body.width / 2 + 0.05, 0.15, depth), (body.width - 0.1, 0, 0), (0, 0.25, 0), (0, 0, outward), dark
        )


def side_exists(local: Array, params: Array) -> Array:
    """Cutout of a car's side: below the outline and above the sill, or in a wheel."""
    z, y = local[:, 0] * params[0], local[:, 1] * params[1]
    body = BODIES[int(params[2])]
    whole = (y <= body.top(z)) & (y >= CLEARANCE)
    return whole | (wheel_distance(z, y, params[0]) < WHEEL_RADIUS)


def wheel_distance(z: Array, y: Array, length: Array | float) -> Array:
    """Distance from the nearer wheel's hub, metres."""
    from_end = np.minimum(np.abs(z - WHEEL_FROM_END), np.abs(length - WHEEL_FROM_END - z))
    return np.hypot(from_end, y - WHEEL_RADIUS)
