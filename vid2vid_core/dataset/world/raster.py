"""Which surface each ray sees: exact ray casting of parallelograms and ellipsoids, a bounding box of pixels at a time.

Inverse depth w = 1/depth serves as the depth buffer (larger is nearer, 0 is infinity); on a plane it is linear in the
pixel coordinates, so a flat surface costs three linear functions of its box.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vid2vid_core.dataset.world.camera import Camera
from vid2vid_core.dataset.world.surfaces import Surfaces

Array = NDArray[Any]

SKY = -2
GROUND = -1
_NEAR = 0.3
Cutout = Callable[[Array, Array], Array]
"""Takes surface coordinates (N, 3) and the surface's params (4,); returns which of the points exist, (N,) bool."""


@dataclass
class View:
    """What the rays through a grid of h x w points of the picture see."""

    x: Array
    """(w,) camera x per unit depth of the columns."""
    y: Array
    """(h,) camera y per unit depth of the rows."""
    inverse_depth: Array
    """(h, w) float32, 1/m; 0 = sky."""
    surface: Array
    """(h, w) int32: row of the surfaces, or GROUND or SKY."""
    local: Array
    """(h, w, 2) float32: u, v in 0..1 on a parallelogram; undefined elsewhere."""


def cast(surfaces: Surfaces, camera: Camera, x: Array, y: Array, cutouts: dict[int, Cutout]) -> View:
    """See the ground plane (world y = 0), the sky, and every surface in front of the camera.

    Args:
        surfaces: In world coordinates.
        camera: The view.
        x: (w,) pixel columns of the rays, fractions allowed.
        y: (h,) pixel rows.
        cutouts: Materials whose surfaces are not whole.
    """
    columns, rows = camera.rays_x(x), camera.rays_y(y)
    up = camera.rotation[1]
    slope = up[0] * columns[None, :] + up[1] * rows[:, None] + up[2]
    inverse_depth = np.maximum(-slope / camera.position[1], 0).astype(np.float32)
    surface = np.where(inverse_depth > 0, GROUND, SKY).astype(np.int32)
    view = View(columns, rows, inverse_depth, surface, np.zeros((*surface.shape, 2), np.float32))
    origin = (surfaces.origin - camera.position) @ camera.rotation
    axes = surfaces.axes @ camera.rotation
    found, boxes, nearest = _boxes(origin, axes, surfaces.round, view)
    for row, box, limit in zip(found, boxes, nearest, strict=True):
        if view.inverse_depth[box[2] : box[3], box[0] : box[1]].min() > limit:
            continue  # hidden
        draw = _draw_ellipsoid if surfaces.round[row] else _draw_quad
        cutout = cutouts.get(int(surfaces.material[row]))
        draw(view, int(row), box, origin[row], axes[row], cutout, surfaces.params[row])
    return view


def _boxes(origin: Array, axes: Array, is_round: Array, view: View) -> tuple[Array, Array, Array]:
    """Rows that may be seen, nearest first; their boxes of grid indices (left, right, top, bottom); their largest w."""
    corners = np.stack([origin, origin + axes[:, 0], origin + axes[:, 0] + axes[:, 1], origin + axes[:, 1]], 1)
    z = corners[..., 2]
    after = np.roll(corners, -1, axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        part = (_NEAR - z) / (after[..., 2] - z)
        cut = corners + part[..., None] * (after - corners)
    points = np.concatenate([corners, cut], 1)
    exists = np.concatenate([z >= _NEAR, (z < _NEAR) != (after[..., 2] < _NEAR)], 1)
    reach = np.linalg.norm(axes, axis=2).max(1)
    distance = np.where(is_round, origin[:, 2] - reach, np.where(exists, points[..., 2], np.inf).min(1))
    facing = is_round | (np.einsum("ni,ni->n", axes[:, 2], origin) < 0)
    slopes = points[..., :2] / np.maximum(points[..., 2:], _NEAR / 2)
    low = np.where(exists[..., None], slopes, np.inf).min(1)
    high = np.where(exists[..., None], slopes, -np.inf).max(1)
    ball_depth = np.maximum(origin[:, 2] - reach, _NEAR)[:, None]
    low = np.where(is_round[:, None], np.minimum(*_ball(origin, -reach[:, None], ball_depth)), low)
    high = np.where(is_round[:, None], np.maximum(*_ball(origin, reach[:, None], ball_depth)), high)
    left = np.searchsorted(view.x, low[:, 0])
    right = np.searchsorted(view.x, high[:, 0], side="right")
    top = np.searchsorted(-view.y, -high[:, 1])
    bottom = np.searchsorted(-view.y, -low[:, 1], side="right")
    seen = facing & (left < right) & (top < bottom) & np.where(is_round, distance > _NEAR, exists.any(1))
    rows = np.nonzero(seen)[0]
    rows = rows[np.argsort(distance[rows], kind="stable")]
    return rows, np.stack([left, right, top, bottom], 1)[rows], 1.0 / np.maximum(distance[rows], _NEAR)


def _ball(origin: Array, reach: Array, near: Array) -> tuple[Array, Array]:
    """The edge of a ball seen at its nearest and at its farthest depth."""
    edge = origin[:, :2] + reach
    return edge / near, edge / (near + 2 * np.abs(reach))


def _draw_quad(
    view: View, row: int, box: Array, origin: Array, axes: Array, cutout: Cutout | None, params: Array
) -> None:
    left, right, top, bottom = box
    solve = np.linalg.inv(np.stack([axes[0], axes[1], origin], 1))  # @ ray = (u, v, 1) / depth
    solve = solve.astype(np.float32)
    x, y = view.x[None, left:right].astype(np.float32), view.y[top:bottom, None].astype(np.float32)
    w = solve[2, 0] * x + (solve[2, 1] * y + solve[2, 2])
    p = solve[0, 0] * x + (solve[0, 1] * y + solve[0, 2])
    q = solve[1, 0] * x + (solve[1, 1] * y + solve[1, 2])
    hit = (w > view.inverse_depth[top:bottom, left:right]) & (p >= 0) & (q >= 0) & (p <= w) & (q <= w)
    i, j = np.nonzero(hit)
    if not len(i):
        return
    w = w[i, j]
    local = np.stack([p[i, j] / w, q[i, j] / w], 1)
    if cutout is not None:
        keep = cutout(local, params)
        i, j, w, local = i[keep], j[keep], w[keep], local[keep]
    view.inverse_depth[i + top, j + left] = w
    view.surface[i + top, j + left] = row
    view.local[i + top, j + left] = local


def _draw_ellipsoid(
    view: View, row: int, box: Array, origin: Array, axes: Array, cutout: Cutout | None, params: Array
) -> None:
    left, right, top, bottom = box
    to_ball = axes / (axes**2).sum(1, keepdims=True)
    x, y = view.x[None, left:right], view.y[top:bottom, None]
    d = [k[0] * x + (k[1] * y + k[2]) for k in to_ball]
    centre = to_ball @ origin
    spare = float(centre @ centre) - 1
    along = d[0] * centre[0] + d[1] * centre[1] + d[2] * centre[2]
    inside = along**2 - (d[0] ** 2 + d[1] ** 2 + d[2] ** 2) * spare
    w = (along + np.sqrt(np.maximum(inside, 0))) / spare
    i, j = np.nonzero((inside > 0) & (w > view.inverse_depth[top:bottom, left:right]))
    if not len(i):
        return
    w = w[i, j]
    if cutout is not None:
        local = np.stack([k[i, j] for k in d], 1) / w[:, None] - centre
        keep = cutout(local, params)
        i, j, w = i[keep], j[keep], w[keep]
    view.inverse_depth[i + top, j + left] = w
    view.surface[i + top, j + left] = row
