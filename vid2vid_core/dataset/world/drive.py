"""One drive, frame by frame: picture, labels, instances and the exact flow to the next frame."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vid2vid_core.dataset.world.camera import Camera, Drive
from vid2vid_core.dataset.world.movers import Mover
from vid2vid_core.dataset.world.raster import GROUND, SKY, View, cast
from vid2vid_core.dataset.world.shade import CUTOUTS, ids, radiance
from vid2vid_core.dataset.world.surfaces import Surfaces, concatenate
from vid2vid_core.dataset.world.town import Town

Array = NDArray[Any]

_REACH = 240.0


@dataclass
class Frame:
    """What the world shows at one moment."""

    rgb: Array
    """(H, W, 3) uint8."""
    labels: Array
    """(H, W) uint8, Cityscapes ids."""
    instances: Array
    """(H, W) uint16, label*1000+n for cars and people, else the label."""
    flow: Array | None
    """(H, W, 2) float64, pixels: where the point seen here lies in the next frame; None for the last frame."""
    valid: Array | None
    """(H, W) bool: that point is still in view, and nothing hides it there."""


@dataclass
class _Scene:
    """The surfaces near the camera at one time."""

    surfaces: Surfaces
    """In world coordinates."""
    keys: Array
    """(N,) a number for each surface that is the same in every frame."""
    movers: list[Mover]
    """Whose parts are the last M rows of the surfaces, one mover after the other."""
    rotation: Array
    """(M, 3, 3) from each of those parts' own frame to the world."""
    shift: Array
    """(M, 3)."""


@dataclass
class _Look:
    """A scene, seen."""

    scene: _Scene
    camera: Camera
    view: View
    labels: Array
    """(h, w), as the view's grid."""
    instances: Array


class World:
    """A drive through a town, seen at W x H pixels."""

    def __init__(self, town: Town, drive: Drive, width: int, height: int) -> None:
        self._town, self._drive, self._width, self._height = town, drive, width, height
        sizes = [len(mover.parts) for mover in town.movers]
        self._first_key = len(town.standing) + np.concatenate([[0], np.cumsum(sizes)]).astype(int)

    def frames(self, count: int, fps: float) -> Iterator[Frame]:
        """`count` frames, `fps` a second; constant memory."""
        before = None
        for number in range(count):
            now = self._look(number / fps)
            if before is not None:
                yield self._frame(before, (number - 1) / fps, now, number / fps)
            before = now
        if before is not None:
            yield self._frame(before, (count - 1) / fps, None, 0.0)

    def motion(self, time: float, other: float) -> tuple[Array, Array]:
        """Exact flow from the view at one time to that at any other, earlier or later; times in seconds.

        Returns:
            flow (H, W, 2) float64, pixels: where the point seen at `time` lies at `other`; not finite for points behind
            the camera then. And (H, W) bool: that point is in view at `other`, and nothing hides it.
        """
        now, then = self._look(time), self._look(other)
        flow, depth = self._flow(now, then.camera, other)
        return flow, _visible(now, then, flow, depth)

    def _scene(self, time: float) -> _Scene:
        standing, s = self._town.standing, self._drive.distance(time)
        camera = self._drive.camera(time, self._width, self._height)
        ahead = (standing.origin - camera.position) @ camera.rotation[:, 2]
        rows = np.nonzero((ahead > -20) & (ahead < _REACH))[0]
        parts, keys, movers = [standing.take(rows)], [rows], []
        rotations, shifts = [np.zeros((0, 3, 3))], [np.zeros((0, 3))]
        for mover, first in zip(self._town.movers, self._first_key, strict=False):
            if -6 < mover.at(time)[0] - s < mover.reach:
                rotation, shift = mover.pose(self._town.road, time)
                parts.append(mover.parts.moved(rotation, shift))
                keys.append(first + np.arange(len(mover.parts)))
                movers.append(mover)
                rotations.append(rotation)
                shifts.append(shift)
        return _Scene(
            concatenate(parts), np.concatenate(keys), movers, np.concatenate(rotations), np.concatenate(shifts)
        )

    def _look(self, time: float) -> _Look:
        """See the scene on a grid of half pixels: pixel (i, j) has its centre at [2i+1, 2j+1], its edges beside it."""
        scene, camera = self._scene(time), self._drive.camera(time, self._width, self._height)
        x, y = (np.arange(2 * size + 1) / 2 - 0.5 for size in (self._width, self._height))
        view = cast(scene.surfaces, camera, x, y, CUTOUTS)
        return _Look(scene, camera, view, *ids(view, scene.surfaces, camera, self._town))

    def _frame(self, now: _Look, time: float, after: _Look | None, later: float) -> Frame:
        moving = [_shadow_caster(mover, self._town, time) for mover in now.scene.movers]
        casters = concatenate([now.scene.surfaces.take(np.arange(0)), *moving])
        light = radiance(now.view, now.scene.surfaces, now.camera, self._town, casters)
        labels, instances = now.labels[1::2, 1::2].astype(np.uint8), now.instances[1::2, 1::2].astype(np.uint16)
        flow = valid = None
        if after is not None:
            flow, depth = self._flow(now, after.camera, later)
            valid = _visible(now, after, flow, depth)
        return Frame(develop(light), labels, instances, flow, valid)

    def _flow(self, now: _Look, camera: Camera, later: float) -> tuple[Array, Array]:
        """Flow (H, W, 2) of the pixel centres to the view of `camera`, and the depth (H, W) there (inf: sky)."""
        rows = now.view.surface[1::2, 1::2]
        shape = rows.shape
        x, y = (np.broadcast_to(axis, shape) for axis in (now.view.x[None, 1::2], now.view.y[1::2, None]))
        direction = np.stack([x, y, np.ones(shape)], -1) @ now.camera.rotation.T
        inverse = now.view.inverse_depth[1::2, 1::2].astype(np.float64)
        sky = rows == SKY
        points = now.camera.position + direction / np.where(sky, 1.0, inverse)[..., None]
        points = self._moved(points, rows, now.scene, later)
        seen = np.where(sky[..., None], direction, points - camera.position) @ camera.rotation
        column, row, depth = camera.project(seen)
        here = np.meshgrid(np.arange(shape[1]), np.arange(shape[0]))
        flow = np.stack([column - here[0], row - here[1]], -1)
        return flow, np.where(sky, np.inf, depth)

    def _moved(self, points: Array, rows: Array, now: _Scene, later: float) -> Array:
        """World points on the surfaces `rows`, carried along with what they lie on."""
        first = len(now.surfaces) - len(now.rotation)
        here = np.nonzero(rows >= first)
        if not len(here[0]):
            return points
        part = rows[here] - first
        poses = [mover.pose(self._town.road, later) for mover in now.movers]
        rotation, shift = (np.concatenate(values) for values in zip(*poses, strict=True))
        own = np.einsum("nji,nj->ni", now.rotation[part], points[here] - now.shift[part])
        points = points.copy()
        points[here] = np.einsum("nij,nj->ni", rotation[part], own) + shift[part]
        return points


def develop(light: Array) -> Array:
    """A picture (H, W, 3) uint8 from light on the grid of half pixels: tent filter, soft shoulder, gamma."""
    across = light[:, 0:-2:2] + 2 * light[:, 1:-1:2] + light[:, 2::2]
    mean = (across[0:-2:2] + 2 * across[1:-1:2] + across[2::2]) / 16
    exposed = 1 - np.exp(-1.55 * mean)
    return np.round(255 * np.clip(exposed, 0, 1) ** (1 / 2.2)).astype(np.uint8)


def _visible(now: _Look, after: _Look, flow: Array, depth: Array) -> Array:
    """(H, W) bool: what a pixel shows now is in the next view and nothing stands before it, to a quarter of a pixel."""
    height, width = depth.shape
    with np.errstate(invalid="ignore"):
        column, row = flow[..., 0] + np.arange(width), flow[..., 1] + np.arange(height)[:, None]
        inside = (depth > 0) & (column >= 0) & (column <= width - 1) & (row >= 0) & (row <= height - 1)
    j = np.round(2 * np.where(inside, column, 0)).astype(int) + 1
    i = np.round(2 * np.where(inside, row, 0)).astype(int) + 1
    keys_now = np.append(now.scene.keys, [SKY, GROUND])[now.view.surface[1::2, 1::2]]
    keys_after = np.append(after.scene.keys, [SKY, GROUND])[after.view.surface[i, j]]
    close = np.abs(after.view.inverse_depth[i, j] * np.where(np.isinf(depth), 1, depth) - 1) < 0.02
    same_thing = now.instances[1::2, 1::2] == after.instances[i, j]
    return inside & ((keys_now == keys_after) | (same_thing & close))


def _shadow_caster(mover: Mover, town: Town, time: float) -> Surfaces:
    """An ellipsoid as large as a mover, where it is."""
    whole = mover.parts.take(np.arange(1))
    rotation, shift = mover.stand(town.road, time)
    half_width, height, half_length = mover.shadow
    whole.round = np.array([True])
    whole.origin = np.array([[0.0, height, 0.0]])
    whole.axes = np.diag([half_width, height, half_length])[None]
    return whole.moved(rotation[None], shift[None])
