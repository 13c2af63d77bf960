"""What stands about in the town: trees, hedges, people, lamps, signs, traffic lights, fences."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vid2vid_core.dataset.world.surfaces import Builder, Material, Style, srgb

Array = NDArray[Any]

POLE, TRAFFIC_LIGHT, TRAFFIC_SIGN, VEGETATION, PERSON, FENCE = 17, 19, 20, 21, 24, 13
_BARK = srgb(0.34, 0.28, 0.22)
_STEEL = srgb(0.42, 0.44, 0.45)
LEAF = srgb(0.36, 0.47, 0.20)
HEDGE = srgb(0.27, 0.40, 0.18)
_SKINS = (srgb(0.87, 0.68, 0.56), srgb(0.70, 0.50, 0.38), srgb(0.45, 0.30, 0.22))
_HAIRS = (srgb(0.14, 0.10, 0.08), srgb(0.36, 0.24, 0.14), srgb(0.55, 0.52, 0.50))
_TOPS = (
    srgb(0.55, 0.16, 0.15),
    srgb(0.16, 0.25, 0.45),
    srgb(0.75, 0.73, 0.68),
    srgb(0.20, 0.22, 0.24),
    srgb(0.72, 0.58, 0.22),
)
_TROUSERS = (srgb(0.16, 0.19, 0.28), srgb(0.13, 0.13, 0.14), srgb(0.45, 0.40, 0.33))


def build_tree(builder: Builder, rng: np.random.Generator, height: float) -> float:
    """A tree of about `height` metres; returns the radius of its crown."""
    radius = height * rng.uniform(0.24, 0.29)
    middle = height - radius * 1.05
    builder.box((0, 0, 0), (0.24, middle, 0.24), Style(Material.PLAIN, VEGETATION, _BARK))
    colour = LEAF * rng.uniform(0.85, 1.15)
    clumps = 8
    for i in range(clumps):
        angle, level = 2.4 * i + rng.uniform(-0.3, 0.3), (i + 0.5) / clumps * 2 - 1
        out = 0.58 * radius * np.sqrt(1 - level**2)
        centre = (out * np.cos(angle), middle + 0.62 * radius * level, out * np.sin(angle))
        size = radius * rng.uniform(0.50, 0.64)
        leaves = Style(
            Material.LEAVES, VEGETATION, colour * rng.uniform(0.9, 1.1), params=(0.36, middle, size, rng.uniform(0, 9))
        )
        builder.ellipsoid(centre, (size, size * 0.88, size), leaves)
    inner = Style(Material.LEAVES, VEGETATION, colour * 0.45, params=(0.0, middle, radius, 0))
    builder.ellipsoid((0, middle, 0), (radius * 0.72, radius * 0.8, radius * 0.72), inner)
    return float(radius)


def build_hedge(builder: Builder, rng: np.random.Generator, length: float) -> None:
    """Bushes in a row along z, round the origin."""
    count = max(2, round(length / 1.1))
    for z in np.linspace(-length / 2 + 0.4, length / 2 - 0.4, count):
        style = Style(Material.LEAVES, VEGETATION, HEDGE * rng.uniform(0.85, 1.15), params=(0.06, 0.7, 0.8, 0))
        builder.ellipsoid((rng.uniform(-0.1, 0.1), 0.6, float(z)), (0.7, rng.uniform(0.75, 1.0), 0.9), style)


def build_fence(builder: Builder, length: float) -> None:
    """A paling fence along z, seen from both sides."""
    style = Style(Material.FENCE, FENCE, srgb(0.52, 0.45, 0.36), params=(length, 1.0, 0, 0))
    for side in (-1.0, 1.0):
        builder.quad((0, 0, -length / 2), (0, 0, length), (0, 1.0, 0), (side, 0, 0), style)


def build_lamp(builder: Builder, reach: float) -> None:
    """A street lamp whose arm reaches `reach` metres in +x (negative: -x)."""
    steel = Style(Material.PLAIN, POLE, _STEEL)
    builder.box((0, 0, 0), (0.16, 1.2, 0.16), steel)
    builder.box((0, 1.2, 0), (0.11, 5.6, 0.11), steel)
    builder.box((reach / 2, 6.72, 0), (abs(reach), 0.09, 0.09), steel)
    builder.box((reach, 6.60, 0), (0.60, 0.14, 0.28), Style(Material.PLAIN, POLE, srgb(0.62, 0.64, 0.64)))


def build_sign(builder: Builder, kind: int) -> None:
    """A sign that faces -z: 0 speed limit, 1 warning, 2 pedestrian crossing, 3 give way."""
    builder.box((0, 0, 0), (0.08, 2.9, 0.08), Style(Material.PLAIN, POLE, _STEEL))
    plate = Style(Material.SIGN, TRAFFIC_SIGN, srgb(0.9, 0.9, 0.9), params=(float(kind), 0.85, 0, 0))
    back = Style(Material.SIGN, TRAFFIC_SIGN, _STEEL, params=(float(kind), 0.85, 1, 0))
    for z, style in ((-0.06, plate), (0.06, back)):
        builder.quad((-0.42, 2.15, z), (0.85, 0, 0), (0, 0.85, 0), (0, 0, z), style)


def build_traffic_light(builder: Builder, lit: int) -> None:
    """A traffic light that faces -z; lit: 0 green, 1 amber, 2 red."""
    builder.box((0, 0, 0), (0.12, 2.5, 0.12), Style(Material.PLAIN, POLE, _STEEL))
    case = Style(Material.PLAIN, TRAFFIC_LIGHT, srgb(0.10, 0.11, 0.11))
    builder.box((0, 2.5, 0.02), (0.36, 1.0, 0.26), case)
    face = Style(Material.TRAFFIC_LIGHT, TRAFFIC_LIGHT, srgb(0.10, 0.11, 0.11), params=(float(lit), 0, 0, 0))
    builder.quad((-0.18, 2.5, -0.12), (0.36, 0, 0), (0, 1.0, 0), (0, 0, -1), face)


PERSON_JOINTS = (0.0, 0.0, 0.0, 0.0, 1.0, -1.0, 1.0, -1.0, -0.8, 0.8)
"""How far each part of a person swings with the step, in the order of `build_person`."""
PERSON_PIVOTS = (0.0, 0.0, 0.0, 0.0, 0.88, 0.88, 0.88, 0.88, 1.38, 1.38)
"""Height of the joint that part swings about, metres."""


def build_person(builder: Builder, rng: np.random.Generator, instance: int) -> None:
    """A person of 1.75 m facing +z: head, hair, chest, hips, legs, shoes, arms; ten ellipsoids."""
    skin, hair = _SKINS[rng.integers(len(_SKINS))], _HAIRS[rng.integers(len(_HAIRS))]
    top, trousers = _TOPS[rng.integers(len(_TOPS))], _TROUSERS[rng.integers(len(_TROUSERS))]

    def part(centre: tuple[float, float, float], radii: tuple[float, float, float], colour: Array) -> None:
        builder.ellipsoid(centre, radii, Style(Material.PLAIN, PERSON, colour, instance))

    part((0, 1.61, 0.01), (0.10, 0.14, 0.11), skin)
    part((0, 1.67, -0.03), (0.11, 0.11, 0.115), hair)
    part((0, 1.20, 0), (0.23, 0.33, 0.14), top)
    part((0, 0.92, 0), (0.18, 0.20, 0.13), trousers)
    for x in (-0.09, 0.09):
        part((x, 0.48, 0), (0.095, 0.46, 0.11), trousers)
    for x in (-0.09, 0.09):
        part((x, 0.06, 0.04), (0.07, 0.06, 0.14), srgb(0.12, 0.10, 0.09))
    for x in (-0.25, 0.25):
        part((x, 1.13, 0), (0.065, 0.33, 0.075), top)


def sign_exists(local: Array, params: Array) -> Array:
    """Cutout of a sign's plate: disc, triangle, square or triangle on its tip."""
    u, v = 2 * local[:, 0] - 1, 2 * local[:, 1] - 1
    kind = int(params[0])
    if kind == 0:
        return u**2 + v**2 <= 1
    if kind == 2:
        return np.maximum(np.abs(u), np.abs(v)) <= 0.85
    return np.abs(u) <= (0.5 - 0.5 * v if kind == 1 else 0.5 + 0.5 * v)


def fence_exists(local: Array, params: Array) -> Array:
    """Cutout of a fence: pales of 9 cm every 15 cm, pointed, with two rails."""
    u, v = (local[:, 0] * params[0]) % 0.15, local[:, 1] * params[1]
    pale = (u < 0.09) & (v < 1.0 - 1.4 * np.abs(u - 0.045))
    return pale | (np.abs(v - 0.3) < 0.05) | (np.abs(v - 0.75) < 0.05)
