"""Anti-aliased patterns and smooth noise as functions of surface coordinates.

All are filtered over `width`, the size of a pixel on the surface in the pattern's own units, so that a pattern fades
into its mean where it becomes finer than the picture and stays steady while the camera moves.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

_TILE = 256
_PLANE = np.random.default_rng(20180820).random((_TILE, _TILE), dtype=np.float32) * 2 - 1
_CUBE = np.random.default_rng(20180821).random((32, 32, 32), dtype=np.float32) * 2 - 1


def band(x: Array, low: Array | float, high: Array | float, width: Array | float) -> Array:
    """Share of the pixel at x that lies in [low, high], 0..1."""
    half = np.maximum(width, 1e-4) * 0.5
    return (np.clip(x + half, low, high) - np.clip(x - half, low, high)) / (2 * half)


def stripes(x: Array, period: Array | float, low: Array | float, high: Array | float, width: Array | float) -> Array:
    """Share of the pixel at x that lies in [low, high] modulo `period`, 0..1."""
    half = np.maximum(width, 1e-4) * 0.5

    def integral(value: Array) -> Array:
        turns = np.floor(value / period)
        return turns * (high - low) + np.clip(value - turns * period - low, 0, high - low)

    return (integral(x + half) - integral(x - half)) / (2 * half)


def smoothstep(x: Array, low: float, high: float) -> Array:
    """0 below `low`, 1 above `high`, smooth between."""
    t = np.clip((x - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def hash01(*keys: Array | float) -> Array:
    """A pseudo-random number in [0, 1) for whole-number keys."""
    mixed = np.zeros((), np.int64)
    for key in keys:
        mixed = (mixed + np.asarray(key).astype(np.int64)) * 0x2545F491 % 0x7FFFFFFF
        mixed = (mixed ^ (mixed >> 13)) * 0x5BD1E995 % 0x7FFFFFFF
    return ((mixed ^ (mixed >> 15)) % 65536).astype(np.float32) * np.float32(2**-16)


def noise2(u: Array, v: Array, wavelength: float, width: Array | float) -> Array:
    """Smooth noise on a plane, about -1..1, that fades out where `width` nears the wavelength (same units as u, v)."""
    a, b = u / wavelength, v / wavelength
    ia, ib = np.floor(a), np.floor(b)
    fa, fb = _ease(a - ia), _ease(b - ib)
    i0, j0 = ia.astype(np.int32) % _TILE, ib.astype(np.int32) % _TILE
    at0, at1, next_j = i0 * _TILE, (i0 + 1) % _TILE * _TILE, (j0 + 1) % _TILE
    corner = [_PLANE.ravel().take(index) for index in (at0 + j0, at0 + next_j, at1 + j0, at1 + next_j)]
    top = corner[0] + (corner[1] - corner[0]) * fb
    low = corner[2] + (corner[3] - corner[2]) * fb
    return (top + (low - top) * fa) * _fade(width, wavelength)


def noise3(p: Array, wavelength: float, width: Array | float) -> Array:
    """Smooth noise in space; p: (N, 3); as `noise2`."""
    scaled = p / wavelength
    whole = np.floor(scaled)
    f = _ease(scaled - whole)
    i = whole.astype(np.int64) % 32
    j = (i + 1) % 32
    value = np.zeros(len(p), p.dtype)
    for corner in range(8):
        picks = [corner >> axis & 1 for axis in range(3)]
        index = tuple(j[:, axis] if pick else i[:, axis] for axis, pick in enumerate(picks))
        weight = np.ones(len(p), p.dtype)
        for axis, pick in enumerate(picks):
            weight *= f[:, axis] if pick else 1 - f[:, axis]
        value += _CUBE[index] * weight
    return value * _fade(width, wavelength)


def _ease(t: Array) -> Array:
    return t * t * (3 - 2 * t)


def _fade(width: Array | float, wavelength: float) -> Array:
    return 1 - smoothstep(np.asarray(width, np.float32) / wavelength, 0.25, 0.9)
