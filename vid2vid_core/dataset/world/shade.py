"""From what the rays see to light: paint, daylight, shadow, haze; and to label and instance ids."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vid2vid_core.dataset.world import cars, houses, paint, props
from vid2vid_core.dataset.world.camera import Camera
from vid2vid_core.dataset.world.ground import ground_labels, paint_ground
from vid2vid_core.dataset.world.light import moving_shadow
from vid2vid_core.dataset.world.paint import Points, mix
from vid2vid_core.dataset.world.raster import GROUND, SKY, Cutout, View
from vid2vid_core.dataset.world.sky import SKY as SKY_LABEL
from vid2vid_core.dataset.world.sky import VEGETATION, is_hill, paint_sky
from vid2vid_core.dataset.world.surfaces import Material, Surfaces
from vid2vid_core.dataset.world.texture import smoothstep
from vid2vid_core.dataset.world.town import Town

Array = NDArray[Any]

CUTOUTS: dict[int, Cutout] = {
    Material.GABLE: houses.gable_exists,
    Material.LEAVES: paint.leaves_exist,
    Material.CAR_SIDE: cars.side_exists,
    Material.SIGN: props.sign_exists,
    Material.FENCE: props.fence_exists,
}
_PAINTS: dict[int, Callable[[Points], Array]] = {
    Material.PLAIN: paint.plain,
    Material.FACADE: paint.facade,
    Material.ROOF: paint.roof,
    Material.GABLE: paint.gable,
    Material.LEAVES: paint.leaves,
    Material.CAR_SIDE: paint.car_side,
    Material.CAR_PAINT: paint.car_paint,
    Material.CAR_GLASS: paint.car_glass,
    Material.CAR_FRONT: paint.car_front,
    Material.CAR_REAR: paint.car_rear,
    Material.SIGN: paint.sign,
    Material.TRAFFIC_LIGHT: paint.traffic_light,
    Material.FENCE: paint.fence,
}
_HOUSE = (Material.FACADE, Material.ROOF, Material.GABLE)
_PIXEL = 0.7
"""Patterns are filtered over this share of a pixel; the picture itself is filtered again."""


def radiance(view: View, surfaces: Surfaces, camera: Camera, town: Town, moving: Surfaces) -> Array:
    """(h, w, 3) float32 linear RGB of every ray; `moving`: one ellipsoid round each moving thing, for its shadow."""
    height, width = view.surface.shape
    surface, inverse_depth, local = view.surface.ravel(), view.inverse_depth.ravel(), view.local.reshape(-1, 2)
    material = np.append(surfaces.material, [Material.SKY, Material.GROUND]).astype(np.uint8)[surface]
    order = np.argsort(material, kind="stable")
    ends = np.cumsum(np.bincount(material, minlength=len(Material)))
    picture = np.zeros((height * width, 3), np.float32)
    for kind, here in enumerate(np.split(order, ends[:-1])):
        if not len(here):
            continue
        direction = _directions(view.x[here % width], view.y[here // width], camera)
        if kind == Material.SKY:
            picture[here] = paint_sky(direction, town.light)
            continue
        depth = 1 / inverse_depth[here]
        points = camera.position.astype(np.float32) + direction * depth[:, None]
        if kind == Material.GROUND:
            colour = _ground(points, depth, camera, town, moving)
        else:
            colour = _solid(kind, surface[here], local[here], points, direction, depth, surfaces, camera, town)
        distance = depth * np.linalg.norm(direction, axis=1)
        picture[here] = mix(colour, town.light.haze, 1 - np.exp(-distance / town.light.haze_length))
    return picture.reshape(height, width, 3)


def ids(view: View, surfaces: Surfaces, camera: Camera, town: Town) -> tuple[Array, Array]:
    """Label and instance ids of every ray, (h, w) each, int64."""
    shape = view.surface.shape
    x, y = np.broadcast_to(view.x[None, :], shape), np.broadcast_to(view.y[:, None], shape)
    label = np.append(surfaces.label, [0, 0])[view.surface]
    instance = np.append(surfaces.instance, [0, 0])[view.surface]
    sky = view.surface == SKY
    far = np.where(is_hill(_directions(x[sky], y[sky], camera)), VEGETATION, SKY_LABEL)
    ground = view.surface == GROUND
    points = camera.position + _directions(x[ground], y[ground], camera) / view.inverse_depth[ground][:, None]
    near = ground_labels(town.road, *town.road.locate(points[:, 0], points[:, 2]))
    label[sky], label[ground] = far, near
    instance[sky], instance[ground] = far, near
    return label, instance


def _directions(x: Array, y: Array, camera: Camera) -> Array:
    """(N, 3) world directions whose depth is 1."""
    rotation = camera.rotation.astype(np.float32)
    rays = np.stack([x, y, np.ones_like(x)], 1).astype(np.float32)
    return rays @ rotation.T


def _ground(points: Array, depth: Array, camera: Camera, town: Town, moving: Surfaces) -> Array:
    s, d = (axis.astype(np.float32) for axis in town.road.locate(points[:, 0], points[:, 2]))
    across = depth * np.float32(_PIXEL / camera.focal)
    along = np.maximum(across * depth / camera.position[1].astype(np.float32), across)
    sunlit, open_sky = town.shadows.ground(s, d)
    shade = moving_shadow(moving, town.light, camera.position, points[:, 0], points[:, 2])
    up = np.broadcast_to(np.array([0.0, 1.0, 0.0], np.float32), points.shape)
    light = town.light.surface(up, sunlit * shade)
    darkness = (0.15 + 0.85 * open_sky) * (0.35 + 0.65 * shade)
    return paint_ground(town.road, s, d, along, across) * light * darkness[:, None]


def _solid(
    kind: int,
    rows: Array,
    uv: Array,
    points: Array,
    direction: Array,
    depth: Array,
    surfaces: Surfaces,
    camera: Camera,
    town: Town,
) -> Array:
    axes, is_round = surfaces.axes[rows].astype(np.float32), surfaces.round[rows]
    from_origin: Array = points - surfaces.origin[rows].astype(np.float32)
    size = (axes**2).sum(2)
    on_ball = np.einsum("nki,ni->nk", axes, from_origin) / size
    bulge = np.einsum("nk,nki->ni", on_ball / size, axes)
    normal = np.where(is_round[:, None], bulge, axes[:, 2])
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    facing = np.abs((normal * direction).sum(1)) / np.linalg.norm(direction, axis=1)
    across = depth * np.float32(_PIXEL / camera.focal)
    width = np.stack([across / np.maximum(facing, 0.05), across], 1)
    local = on_ball * np.sqrt(size)
    colour, params = surfaces.colour[rows].astype(np.float32), surfaces.params[rows].astype(np.float32)
    albedo = _PAINTS[kind](Points(uv, local, normal, colour, params, width))
    sunlit: Array | float = 1.0 if kind in _HOUSE else town.shadows.standing(points)
    reach = 3.0 if kind in _HOUSE else 0.6
    near_ground = 0.68 + 0.32 * smoothstep(points[:, 1], -0.1, reach)
    return albedo * town.light.surface(normal, sunlit) * near_ground[:, None]
