"""The colour of every material at each place on its surface, before light falls on it (albedo, linear RGB)."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vid2vid_core.dataset.world import cars
from vid2vid_core.dataset.world.houses import AWNINGS, GROUND_FLOOR, STOREY
from vid2vid_core.dataset.world.surfaces import srgb
from vid2vid_core.dataset.world.texture import band, hash01, noise2, noise3, smoothstep, stripes

Array = NDArray[Any]

_GLASS = srgb(0.25, 0.30, 0.36)
_GLEAM = srgb(0.60, 0.69, 0.78)
_HOLE_CELL, _HOLE_TILE = 0.07, 80
_TRIM = srgb(0.86, 0.85, 0.82)


def _make_holes() -> Array:
    """A block of leaf density, 0..1 and even in distribution, that is looked up where leaves are cut out."""
    cells = np.stack(np.meshgrid(*[np.arange(_HOLE_TILE, dtype=np.float32)] * 3, indexing="ij"), -1).reshape(-1, 3)
    density = noise3(cells, 6.0, 0.0) + 0.9 * noise3(cells + 31.0, 2.5, 0.0)
    return (density.argsort().argsort() / len(density)).reshape((_HOLE_TILE,) * 3).astype(np.float32)


_HOLES = _make_holes()


@dataclass
class Points:
    """N visible points of one material."""

    uv: Array
    """(N, 2), 0..1 (flat surfaces)."""
    local: Array
    """(N, 3) metres from the middle of an ellipsoid, in the surface's own frame."""
    normal: Array
    """(N, 3) unit."""
    colour: Array
    """(N, 3)."""
    params: Array
    """(N, 4)."""
    width: Array
    """(N, 2): size of a pixel on the surface along u and v, metres."""


def mix(a: Array, b: Array, share: Array) -> Array:
    """`a` where share is 0, `b` where it is 1; colours (N, 3) or (3,), share (N,)."""
    return a + (b - a) * share[:, None]


def plain(p: Points) -> Array:
    """One colour."""
    return p.colour


def facade(p: Points) -> Array:
    """Rows of windows; below, shops or doors. Params: width, height (m), seed, is it the street front."""
    width, height, seed, is_front = p.params.T
    u, v = p.uv[:, 0] * width, p.uv[:, 1] * height
    wu, wv = p.width.T
    bay = width / np.maximum(np.round(width / 2.5), 1)
    above = v - GROUND_FLOOR
    storeys = band(v, GROUND_FLOOR, height - 0.7, wv)
    wall = p.colour * (1 + 0.07 * noise2(u + seed, v, 1.7, wu) + 0.05 * noise2(u, v + seed, 0.5, wu))[:, None]
    wall = mix(wall, wall * 0.8, band(v, 0, 0.6, wv))
    wall = mix(wall, _TRIM * 0.9, band(v, GROUND_FLOOR - 0.16, GROUND_FLOOR, wv) + band(v, height - 0.4, height, wv))
    wall = mix(wall, wall * 0.72, band(v, height - 0.62, height - 0.4, wv))
    frame = stripes(u, bay, 0.25 * bay, 0.75 * bay, wu) * stripes(above, STOREY, 0.75, 2.5, wv) * storeys
    glass = stripes(u, bay, 0.29 * bay, 0.71 * bay, wu) * stripes(above, STOREY, 0.88, 2.42, wv) * storeys
    bars = stripes(u, bay, 0.485 * bay, 0.515 * bay, wu)
    wall = mix(wall, _TRIM, np.clip(frame, 0, 1))
    wall = mix(wall, _pane(u, bay, above, STOREY, seed), np.clip(glass * (1 - bars), 0, 1))
    wall = mix(
        wall, wall * 0.6, stripes(u, bay, 0.25 * bay, 0.75 * bay, wu) * stripes(above, STOREY, 0.6, 0.75, wv) * storeys
    )
    low = np.nonzero(v < GROUND_FLOOR)[0]
    wall[low] = _ground_floor(wall[low], (u[low], v[low], wu[low], wv[low]), bay[low], seed[low], is_front[low])
    return wall


def _pane(u: Array, period: Array, v: Array, storey: float, seed: Array) -> Array:
    """Glass, lighter towards the top, with curtains of its own in every window."""
    which = hash01(np.floor(u / period), np.floor(v / storey), seed)
    shine = 0.15 + 0.35 * smoothstep(v / storey % 1.0, 0.25, 0.9) + 0.25 * (which - 0.5)
    return mix(_GLASS, _GLEAM, np.clip(shine, 0, 1))


def _ground_floor(
    wall: Array, place: tuple[Array, Array, Array, Array], bay: Array, seed: Array, is_front: Array
) -> Array:
    """Shop windows below a coloured board, or a row of windows with a door."""
    u, v, wu, wv = place
    shop = is_front * (hash01(seed) < 0.55)
    board = np.array(AWNINGS)[(hash01(seed, 3) * len(AWNINGS)).astype(int)]
    window = stripes(u, 2 * bay, 0.12 * bay, 1.88 * bay, wu) * band(v, 0.55, 2.6, wv) * shop
    wall = mix(wall, board, band(v, 2.75, 3.3, wv) * shop)
    wall = mix(wall, mix(_GLASS * 0.8, _GLEAM * 0.8, 0.45 * smoothstep(v, 0.4, 2.8)), window)
    wall = mix(wall, board, stripes(u, 2 * bay, 0.95 * bay, 1.05 * bay, wu) * band(v, 0.3, 2.75, wv) * shop)
    home = is_front * (1 - shop)
    pane = stripes(u, bay, 0.28 * bay, 0.72 * bay, wu) * band(v, 1.0, 2.5, wv) * home
    which = hash01(np.floor(u / bay), seed, 7) < 0.25
    wall = mix(wall, _pane(u, bay, v - 0.5, STOREY, seed), pane * ~which)
    door = stripes(u, bay, 0.30 * bay, 0.70 * bay, wu) * band(v, 0.0, 2.35, wv) * home * which
    return mix(wall, board * 0.8, door)


def roof(p: Points) -> Array:
    """Rows of tiles."""
    u, v = p.uv[:, 0] * p.params[:, 0], p.uv[:, 1] * p.params[:, 1]
    rows = stripes(v, 0.34, 0.0, 0.08, p.width[:, 1])
    return p.colour * (1 - 0.35 * rows + 0.10 * noise2(u, v, 0.9, p.width[:, 1]))[:, None]


def gable(p: Points) -> Array:
    """Plaster with one small window."""
    u, v = (p.uv[:, 0] - 0.5) * p.params[:, 0], p.uv[:, 1] * p.params[:, 1]
    window = band(u, -0.4, 0.4, p.width[:, 0]) * band(v, 0.5, 1.5, p.width[:, 1])
    return mix(p.colour * (1 + 0.06 * noise2(u, v, 1.7, p.width[:, 0]))[:, None], _GLASS, window)


def leaves(p: Points) -> Array:
    """Light and dark tufts, darker low in the crown; params: -, height of the crown's middle, its radius."""
    width = p.width[:, 0]
    tuft = 0.34 * noise3(p.local + p.params[:, 3:], 0.42, width) + 0.26 * noise3(p.local + p.params[:, 3:], 0.15, width)
    return p.colour * np.clip(0.92 + tuft + 0.22 * p.normal[:, 1], 0.25, 1.6)[:, None]


def leaves_exist(local: Array, params: Array) -> Array:
    """Cutout of a clump of leaves: holes where params[0] > 0."""
    if params[0] == 0:
        return np.ones(len(local), bool)
    i, j, k = (local * (params[2] / _HOLE_CELL) + params[3]).astype(np.int32).T % _HOLE_TILE
    return _HOLES[i, j, k] > params[0]


def fence(p: Points) -> Array:
    """Weathered pales."""
    u = p.uv[:, 0] * p.params[:, 0]
    return p.colour * (0.95 + 0.12 * (hash01(np.floor(u / 0.15)) - 0.5))[:, None]


def car_side(p: Points) -> Array:
    """Doors, side windows, sill and wheels; params: length, height (m), body."""
    z, y = p.uv[:, 0] * p.params[:, 0], p.uv[:, 1] * p.params[:, 1]
    length = p.params[:, 0]
    top = np.zeros_like(z)
    for kind, body in enumerate(cars.BODIES):
        mine = p.params[:, 2] == kind
        top[mine] = body.top(z[mine])
    colour = p.colour * (0.86 + 0.14 * smoothstep(y, 0.3, 0.8))[:, None]
    glass = smoothstep(y, cars.BELT, cars.BELT + 0.03) * smoothstep(top - y, 0.07, 0.10)
    glass = glass * (1 - band(z, 0.47 * length, 0.49 * length, 0.03))
    doors = band(z, 0.475 * length, 0.485 * length, 0.03) + band(z, 0.70 * length, 0.71 * length, 0.03)
    colour = mix(colour, colour * 0.5, np.clip(doors, 0, 1) * (y < cars.BELT) * (y > 0.35))
    colour = mix(colour, mix(_GLASS * 0.45, _GLEAM * 0.5, smoothstep(y, 0.9, 1.5)), glass)
    colour = mix(colour, srgb(0.10, 0.10, 0.11), smoothstep(-y, -0.36, -0.32))
    hub = cars.wheel_distance(z, y, length)
    colour = mix(colour, srgb(0.05, 0.05, 0.055), smoothstep(-hub, -0.40, -0.36))
    return mix(colour, srgb(0.52, 0.53, 0.55), smoothstep(-hub, -0.21, -0.18))


def car_paint(p: Points) -> Array:
    """Bonnet and roof: the paint with a little of the sky in it."""
    return p.colour * 0.9 + _GLEAM * 0.10


def car_glass(p: Points) -> Array:
    """Windscreen and rear window in a frame of paint."""
    u, v = p.uv.T
    pane = band(u, 0.06, 0.94, 0.03) * band(v, 0.08, 0.95, 0.05)
    return mix(
        p.colour, mix(_GLASS * 0.45, _GLEAM * 0.75, smoothstep(p.normal[:, 1], 0.2, 0.9) * (0.35 + 0.5 * v)), pane
    )


def car_front(p: Points) -> Array:
    """Head lights, grille and number plate; v runs upwards."""
    colour = _bumper(p)
    u, v = p.uv.T
    across = np.abs(u - 0.5)
    colour = mix(colour, srgb(0.07, 0.07, 0.08), band(across, 0, 0.24, 0.03) * band(v, 0.55, 0.80, 0.05))
    colour = mix(colour, srgb(0.93, 0.93, 0.90), band(across, 0.30, 0.46, 0.03) * band(v, 0.66, 0.92, 0.05))
    return mix(colour, srgb(0.85, 0.85, 0.80), band(across, 0, 0.13, 0.02) * band(v, 0.30, 0.47, 0.05))


def car_rear(p: Points) -> Array:
    """Tail lights and number plate."""
    colour = _bumper(p)
    u, v = p.uv.T
    across = np.abs(u - 0.5)
    colour = mix(colour, srgb(0.68, 0.08, 0.07), band(across, 0.33, 0.47, 0.03) * band(v, 0.60, 0.92, 0.05))
    return mix(colour, srgb(0.85, 0.85, 0.80), band(across, 0, 0.14, 0.02) * band(v, 0.48, 0.66, 0.05))


def _bumper(p: Points) -> Array:
    return mix(p.colour, srgb(0.12, 0.12, 0.13), band(p.uv[:, 1], -1, 0.22, 0.06))


def sign(p: Points) -> Array:
    """Plates as drawn by `props.build_sign`; params: kind, size, is it the back."""
    u, v = 2 * p.uv[:, 0] - 1, 2 * p.uv[:, 1] - 1
    kind = p.params[:, 0]
    red, blue, white, black = (
        srgb(0.74, 0.11, 0.12),
        srgb(0.10, 0.25, 0.58),
        srgb(0.92, 0.92, 0.90),
        srgb(0.1, 0.1, 0.1),
    )
    reach = np.where(kind == 1, np.abs(u) + 0.5 * v + 0.5, np.abs(u) - 0.5 * v + 0.5)
    edge = np.where(kind == 0, np.hypot(u, v), np.where(kind == 2, np.maximum(np.abs(u), np.abs(v)) / 0.85, reach))
    edge = np.where((kind == 1) | (kind == 3), np.maximum(edge, np.where(kind == 1, -v, v)), edge)
    rim = smoothstep(edge, 0.66, 0.72)
    ink = band(np.abs(u), 0, np.where(kind == 0, 0.32, 0.10), 0.05) * band(v, -0.36, 0.30, 0.05) * (kind < 2)
    walker = smoothstep(-np.abs(u) - 0.5 * v, -0.45, -0.38) * (v > -0.6) * (kind == 2)
    face = mix(mix(np.broadcast_to(white, p.colour.shape), black, ink), red, rim * (kind != 2))
    face = mix(face, mix(np.broadcast_to(blue, p.colour.shape), white, walker), (kind == 2).astype(float))
    return np.where(p.params[:, 2:3] > 0, p.colour, face)


def traffic_light(p: Points) -> Array:
    """Three lamps, one of them lit; params: which, from below."""
    u, v = (p.uv[:, 0] - 0.5) * 0.36, p.uv[:, 1]
    lamps = np.array([srgb(0.15, 0.85, 0.45), srgb(0.95, 0.65, 0.15), srgb(0.95, 0.18, 0.14)])
    which = np.clip((v * 3).astype(int), 0, 2)
    inside = smoothstep(-np.hypot(u, (v * 3 % 1 - 0.5) / 3), -0.13, -0.11)
    lit = np.where(which == p.params[:, 0], 1.0, 0.12)
    return mix(p.colour, lamps[which] * lit[:, None], inside)
