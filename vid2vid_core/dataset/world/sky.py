"""Sky, clouds and the wooded hills behind the town, all so far away that only the camera's rotation moves them."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vid2vid_core.dataset.world.light import Light
from vid2vid_core.dataset.world.paint import mix
from vid2vid_core.dataset.world.surfaces import srgb
from vid2vid_core.dataset.world.texture import noise2, smoothstep

Array = NDArray[Any]

SKY, VEGETATION = 23, 21


def is_hill(direction: Array) -> Array:
    """(N,) bool: directions (N, 3) in the world that meet the hills."""
    azimuth = np.arctan2(direction[:, 0], direction[:, 2])
    ridge = 0.026 + 0.009 * noise2(azimuth, np.zeros_like(azimuth), 0.13, 0.0)
    ridge += 0.003 * noise2(azimuth, np.ones_like(azimuth), 0.021, 0.0)
    return direction[:, 1] < ridge * np.hypot(direction[:, 0], direction[:, 2])


def paint_sky(direction: Array, light: Light) -> Array:
    """Radiance (N, 3) from directions (N, 3) in the world."""
    unit = direction / np.linalg.norm(direction, axis=1, keepdims=True)
    up = np.maximum(unit[:, 1], 0)
    colour = mix(np.broadcast_to(light.haze, unit.shape), light.zenith, smoothstep(np.sqrt(up), 0.05, 0.95))
    u, v = unit[:, 0] / (up + 0.10), unit[:, 2] / (up + 0.10)
    u, v = u + light.clouds[0], v + light.clouds[1]
    cloud = noise2(u + 3, v, 1.30, 0.0) + 0.5 * noise2(u, v + 9, 0.57, 0.0) + 0.25 * noise2(u, v, 0.23, 0.0)
    cover = smoothstep(cloud, -0.05, 0.75) * smoothstep(up, 0.02, 0.16) * 0.85
    colour = mix(colour, np.array([0.93, 0.94, 0.96], np.float32), cover)
    woods = mix(np.broadcast_to(srgb(0.40, 0.48, 0.36), unit.shape), light.haze, np.full(len(unit), 0.62, np.float32))
    return np.where(is_hill(direction)[:, None], woods, colour)
