"""The built-in body-part map: a silhouette divided among the bones of a skeleton, in the channels of DensePose.

It knows no surface. U runs along each part and V across it, so that a point of the body keeps its colour while it
moves, which is what a generator needs; that U and V name one place of the skin, as in DensePose, cannot be had
from bones.
"""

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from vid2vid_core.annotate.pose.body_scale import body_scale
from vid2vid_core.annotate.pose.body_shape import HEAD, Bone, body_bones
from vid2vid_core.maps.densepose import Picture
from vid2vid_core.maps.person import Person

Silhouette = NDArray[np.bool_]
"""(h, w): where the person is seen."""
_REACH = 0.4
"""What a silhouette holds farther from every part than this is not the person's, in widths of the shoulders."""
_CORE = 0.6
"""A limb is drawn with this share of its thickness even where the silhouette has lost it."""
_TURN = np.linspace(0, 2 * np.pi, 16, endpoint=False)
_CIRCLE = np.column_stack([np.cos(_TURN), np.sin(_TURN)])


def draw_parts(person: Person, silhouette: Silhouette | None, size: tuple[int, int], front: bool) -> Picture:
    """Parts 1 to 24 with U and V of one person.

    Args:
        person: the skeleton; without a usable one the picture is black.
        silhouette: of the size of the frame; None: limbs as thick as they usually are.
        size: width and height of the frame.
        front: whether the person faces the camera.

    Returns:
        (h, w, 3): V, U, part.
    """
    picture = np.zeros((size[1], size[0], 3), np.uint8)
    bones = [bone for bone in body_bones(person, front) if silhouette is not None or not bone.assumed]
    reach = 0.0 if silhouette is None else _REACH * body_scale(person)
    window = _window(bones, reach, size)
    if window.empty:
        return picture
    owner = _paint(bones, window, 1.0)
    if silhouette is not None:
        core = _paint([None if bone.assumed else bone for bone in bones], window, _CORE)
        owner = _spread(owner, reach) * silhouette[window.rows, window.columns]
        owner = np.where(owner > 0, owner, core)
    picture[window.rows, window.columns] = _channels(bones, owner, window, front)
    return picture


class _Window(NamedTuple):
    """The part of the frame that is looked at."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def rows(self) -> slice:
        return slice(self.top, self.bottom)

    @property
    def columns(self) -> slice:
        return slice(self.left, self.right)

    @property
    def empty(self) -> bool:
        return self.right <= self.left or self.bottom <= self.top


def _window(bones: list[Bone], margin: float, size: tuple[int, int]) -> _Window:
    """What can belong to the person: the bones with a margin around them."""
    if not bones:
        return _Window(0, 0, 0, 0)
    circles = np.concatenate([bone.circles for bone in bones])
    reach = circles[:, 2:] + margin + 2
    low = np.floor((circles[:, :2] - reach).min(axis=0)).clip(0, size)
    high = np.ceil((circles[:, :2] + reach).max(axis=0)).clip(0, size)
    return _Window(int(low[0]), int(low[1]), int(high[0]), int(high[1]))


def _paint(bones: Sequence[Bone | None], window: _Window, share: float) -> NDArray[np.uint8]:
    """Number of the bone at each pixel of the window, from 1; 0: none. `share` scales their thickness."""
    canvas = np.zeros((window.bottom - window.top, window.right - window.left), np.uint8)
    for number, bone in enumerate(bones, start=1):
        if bone is not None:
            around = bone.circles[:, None, :2] + share * bone.circles[:, None, 2:] * _CIRCLE  # (N, 16, 2)
            corners = np.round(around.reshape(-1, 2) - (window.left, window.top)).astype(np.int32)
            cv2.fillConvexPoly(canvas, cv2.convexHull(corners[:, None]), (number,))
    return canvas


def _spread(painted: NDArray[np.uint8], reach: float) -> NDArray[np.uint8]:
    """What is painted, spread to every pixel no farther away than `reach`; outside the paint at half the resolution."""
    half = painted[::2, ::2]
    distance, label = cv2.distanceTransformWithLabels(
        (half == 0).astype(np.uint8), cv2.DIST_L2, 3, labelType=cv2.DIST_LABEL_PIXEL
    )
    seeds = half > 0
    owner_of = np.zeros(int(label.max()) + 1, np.uint8)
    owner_of[label[seeds]] = half[seeds]
    near = owner_of[label] * (distance <= reach / 2)
    spread = near.repeat(2, axis=0).repeat(2, axis=1)[: painted.shape[0], : painted.shape[1]]
    result = np.ascontiguousarray(spread)
    return np.asarray(cv2.copyTo(painted, painted, result))


def _channels(bones: list[Bone], owner: NDArray[np.uint8], window: _Window, front: bool) -> Picture:
    """V, U and part of every pixel, by the line of the bone that it belongs to."""
    channels = np.zeros((owner.size, 3), np.uint8)
    places = np.flatnonzero(owner)
    owners = owner.ravel()[places]
    rows, columns = np.divmod(places, owner.shape[1])
    along, across = _coordinates(bones, front).take(owners, axis=2)  # (3, P) each: factors of x, y and 1
    x, y = (columns + window.left).astype(np.float32), (rows + window.top).astype(np.float32)
    channels[places, 1] = (along[0] * x + along[1] * y + along[2]).clip(0, 255)
    part = np.array([0, *(bone.parts[front] for bone in bones)], np.uint8)[owners]
    v = across[0] * x + across[1] * y + across[2]
    for number, bone in enumerate(bones, start=1):
        if bone.parts == HEAD:
            head = owners == number
            beside = v[head] - 127.5
            part[head] = np.where((beside < 0), *HEAD)
            v[head] = np.abs(beside) * 2
    channels[places, 0] = v.clip(0, 255)
    channels[places, 2] = part
    return channels.reshape(*owner.shape, 3)


def _coordinates(bones: list[Bone], front: bool) -> NDArray[np.float32]:
    """U and V, 0 .. 255, as factors of x, y and 1, for each bone from number 1 on: (2, 3, 1 + bones)."""
    factors = np.zeros((2, 3, len(bones) + 1), np.float32)
    for number, bone in enumerate(bones, start=1):
        line = bone.end - bone.start
        length = max(float(np.hypot(*line)), 1.0)
        along = 255 * line / length**2
        left = np.array([line[1], -line[0]]) / length * (1 if front else -1)  # towards the person's left
        across = 127.5 * left / (bone.half_width + abs(bone.middle))
        factors[0, :, number] = *along, -np.dot(along, bone.start)
        factors[1, :, number] = *across, 127.5 - np.dot(across, bone.start + bone.middle * left)
    return factors
