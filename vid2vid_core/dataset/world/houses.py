"""Houses: storeys of windows, a shop or a door below, and a roof."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vid2vid_core.dataset.world.surfaces import Builder, Material, Style, srgb

Array = NDArray[Any]

BUILDING = 11
GROUND_FLOOR = 3.6
STOREY = 3.0
WALLS = tuple(
    srgb(*rgb)
    for rgb in (
        (0.80, 0.74, 0.62),
        (0.70, 0.52, 0.42),
        (0.76, 0.75, 0.72),
        (0.79, 0.68, 0.50),
        (0.66, 0.66, 0.64),
        (0.78, 0.70, 0.64),
    )
)
ROOFS = (srgb(0.50, 0.28, 0.22), srgb(0.34, 0.33, 0.34), srgb(0.45, 0.31, 0.25))
AWNINGS = (srgb(0.45, 0.16, 0.15), srgb(0.17, 0.30, 0.24), srgb(0.18, 0.25, 0.38), srgb(0.60, 0.50, 0.32))


def build_house(builder: Builder, rng: np.random.Generator, frontage: float, depth: float, side: float) -> float:
    """A house whose street front runs along z through the origin; `side` is +1 where the house lies towards +x.

    Returns:
        The height of its walls, metres.
    """
    storeys = int(rng.integers(2, 5))
    height = GROUND_FLOOR + STOREY * storeys + 0.6
    wall = WALLS[rng.integers(len(WALLS))] * rng.uniform(0.92, 1.06)
    seed = float(rng.integers(1, 60000))
    back = side * depth
    front = Style(Material.FACADE, BUILDING, wall, params=(frontage, height, seed, 1.0))
    flank = Style(Material.FACADE, BUILDING, wall * 0.95, params=(depth, height, seed + 1, 0.0))
    builder.quad((0, 0, -frontage / 2), (0, 0, frontage), (0, height, 0), (-side, 0, 0), front)
    for z in (-frontage / 2, frontage / 2):
        builder.quad((0, 0, z), (back, 0, 0), (0, height, 0), (0, 0, z), flank)
    if rng.random() < 0.65:
        _gabled_roof(builder, rng, (frontage, depth, height), side, flank)
    else:
        _parapet(builder, wall, (frontage, depth, height), side)
    return height


def _gabled_roof(
    builder: Builder, rng: np.random.Generator, size: tuple[float, float, float], side: float, flank: Style
) -> None:
    frontage, depth, height = size
    rise = 0.32 * depth
    tiles = Style(
        Material.ROOF,
        BUILDING,
        ROOFS[rng.integers(len(ROOFS))],
        params=(frontage, float(np.hypot(rise, depth / 2)), 0, 0),
    )
    eaves = -0.35 * side
    builder.quad(
        (eaves, height - 0.2, -frontage / 2),
        (0, 0, frontage),
        (side * depth / 2 - eaves, rise + 0.2, 0),
        (-side, 1, 0),
        tiles,
    )
    gable = Style(Material.GABLE, BUILDING, flank.colour, params=(depth, rise, flank.params[2], 0))
    for z in (-frontage / 2, frontage / 2):
        builder.quad((0, height, z), (side * depth, 0, 0), (0, rise, 0), (0, 0, z), gable)
    if rng.random() < 0.7:
        stack = Style(Material.PLAIN, BUILDING, srgb(0.52, 0.36, 0.30))
        z = float(rng.uniform(-0.3, 0.3)) * frontage
        builder.box((side * depth * 0.4, height + rise * 0.7, z), (0.7, 1.5, 0.9), stack)


def _parapet(builder: Builder, wall: Array, size: tuple[float, float, float], side: float) -> None:
    frontage, depth, height = size
    style = Style(Material.PLAIN, BUILDING, wall * 0.8)
    builder.box((side * depth / 2 - side * 0.12, height, 0), (depth + 0.25, 0.5, frontage), style)


def gable_exists(local: Array, params: Array) -> Array:
    """Cutout of a gable: a triangle."""
    return local[:, 1] <= 1 - np.abs(2 * local[:, 0] - 1)
