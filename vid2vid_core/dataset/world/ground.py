"""The ground of the town in road coordinates: asphalt with markings, parking strips, kerbs, paving stones, grass."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vid2vid_core.dataset.world.paint import mix
from vid2vid_core.dataset.world.road import CARRIAGEWAY, FRONTAGE, JUNCTION_HALF_WIDTH, KERB, LANE, Road
from vid2vid_core.dataset.world.surfaces import srgb
from vid2vid_core.dataset.world.texture import band, noise2, stripes

Array = NDArray[Any]

ROAD, SIDEWALK, TERRAIN = 7, 8, 22
CROSSING = (-7.6, -4.9)
"""Where a zebra crossing lies, metres from the junction's middle (and mirrored behind it)."""
_ASPHALT = srgb(0.40, 0.40, 0.42)
_PARKING = srgb(0.46, 0.45, 0.45)
_WHITE = srgb(0.82, 0.82, 0.80)
_PAVING = srgb(0.62, 0.59, 0.56)
_KERBSTONE = srgb(0.70, 0.69, 0.67)
_GRASS = srgb(0.42, 0.50, 0.25)


def ground_labels(road: Road, s: Array, d: Array) -> Array:
    """Cityscapes ids of ground points."""
    in_side_street = np.abs(road.to_junction(s)) < JUNCTION_HALF_WIDTH
    across = np.abs(d)
    label = np.where(across < KERB, ROAD, np.where(across < FRONTAGE, SIDEWALK, TERRAIN))
    beside = np.abs(road.to_junction(s)) < JUNCTION_HALF_WIDTH + 2.2
    label = np.where((label == TERRAIN) & beside, SIDEWALK, label)
    return np.where(in_side_street, ROAD, label)


def paint_ground(road: Road, s: Array, d: Array, along: Array, across: Array) -> Array:
    """Albedo (N, 3) of ground points; along, across: size of a pixel on the ground along s and d, metres."""
    junction = road.to_junction(s)
    side_street = band(junction, -JUNCTION_HALF_WIDTH, JUNCTION_HALF_WIDTH, along)
    colour = _asphalt(s, d, along, across)
    colour = _markings(colour, s, d, junction, along, across)
    beyond = 1 - band(d, -KERB, KERB, across)
    colour = mix(colour, _pavement(s, d, along, across), beyond)
    corner = band(junction, -JUNCTION_HALF_WIDTH - 2.2, JUNCTION_HALF_WIDTH + 2.2, along)
    lawn = (1 - band(d, -FRONTAGE, FRONTAGE, across)) * (1 - corner)
    tufts = 0.14 * noise2(s, d, 0.5, along) + 0.14 * noise2(s, d, 2.3, along)
    colour = mix(colour, _GRASS * (1 + tufts)[:, None], lawn)
    bare = _ASPHALT * (1 + 0.05 * noise2(s, d, 1.1, along))[:, None]
    colour = mix(colour, bare, side_street * beyond)
    edge = stripes(np.abs(junction) - JUNCTION_HALF_WIDTH, 1e4, 0.0, 0.25, along) * beyond
    return mix(colour, _KERBSTONE, edge)


def _asphalt(s: Array, d: Array, along: Array, across: Array) -> Array:
    """Lanes polished by tyres, lighter parking strips, a dark gutter."""
    grain = 0.05 * noise2(s, d, 0.25, along) + 0.07 * noise2(s, d, 2.9, along) + 0.06 * noise2(s * 0.25, d, 0.8, across)
    tyres = band(np.abs(np.abs(d) - LANE), 0.45, 1.0, across)
    patch = np.clip(noise2(s, d * 1.4, 6.0, along) * 4 - 1.6, 0, 1)
    colour = _ASPHALT * (1 + grain - 0.08 * tyres)[:, None]
    colour = mix(colour, colour * 0.86, patch)
    parking = 1 - band(d, -CARRIAGEWAY, CARRIAGEWAY, across)
    colour = mix(colour, _PARKING * (1 + grain)[:, None], parking)
    return mix(colour, colour * 0.7, band(np.abs(d), KERB - 0.3, KERB, across))


def _markings(colour: Array, s: Array, d: Array, junction: Array, along: Array, across: Array) -> Array:
    """Dashes on the centre line, edge lines, parking bays, stop lines and zebra crossings."""
    clear = band(np.abs(junction), 9.0, 1e4, along)
    worn = np.clip(0.88 + 0.15 * noise2(s, d, 0.6, along), 0, 1)
    dashes = band(d, -0.07, 0.07, across) * stripes(s, 6.0, 0.0, 3.0, along)
    edges = band(np.abs(d), CARRIAGEWAY - 0.06, CARRIAGEWAY + 0.06, across)
    bays = band(np.abs(d), CARRIAGEWAY, KERB - 0.3, across) * stripes(s, 6.2, 0.0, 0.1, along)
    near, far = -CROSSING[1], -CROSSING[0]
    zebra = (
        band(np.abs(junction), near, far, along) * stripes(d, 1.0, 0.25, 0.75, across) * band(d, -KERB, KERB, across)
    )
    ahead = np.where(d > 0, -junction, junction)
    stop = band(ahead, far + 1.0, far + 1.4, along) * band(np.abs(d), 0.1, CARRIAGEWAY, across)
    lines = np.clip((dashes + edges + bays) * clear + zebra + stop, 0, 1)
    return mix(colour, _WHITE, lines * worn * 0.92)


def _pavement(s: Array, d: Array, along: Array, across: Array) -> Array:
    """Slabs between a kerb and the houses."""
    joints = stripes(s, 0.9, 0.0, 0.04, along) + stripes(d, 0.6, 0.0, 0.04, across)
    tint = 0.06 * noise2(np.floor(s / 0.9) * 7.7, np.floor(d / 0.6) * 3.3, 1.0, along / 0.9) + 0.05 * noise2(
        s, d, 2.1, along
    )
    colour = _PAVING * (1 + tint - 0.28 * np.clip(joints, 0, 1))[:, None]
    return mix(colour, _KERBSTONE, band(np.abs(d), KERB, KERB + 0.22, across))
