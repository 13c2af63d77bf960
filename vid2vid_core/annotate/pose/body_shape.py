"""The shape of a body around its skeleton: which part lies along which bone, how thick it is, and what hides what.

Lengths are multiples of the width of the shoulders seen from the front, so that the shape keeps its proportions at any
size. Parts are numbered as DensePose does. Where it has two for one limb, the first is used of a person who turns their
back to the camera and the second of one who faces it; the halves of the head are 23 (their right) and 24.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vid2vid_core.annotate.pose.body_scale import TRUNK_LENGTH, body_scale, unit
from vid2vid_core.maps.person import BODY_SEEN, FACE_SEEN, Person

Place = NDArray[np.float64]
"""(2,): x and y, pixels."""
Joints = dict[int, Place]
"""The joints that are found, by their number in BODY_25."""
TORSO, HEAD = (1, 2), (23, 24)
_NOSE, _NECK, _RIGHT_SHOULDER, _LEFT_SHOULDER, _MID_HIP = 0, 1, 2, 5, 8
_DOWN = np.array([0.0, 1.0])


class _Limb(NamedTuple):
    parts: tuple[int, int]
    start: int
    end: int
    radii: tuple[float, float]


_LEGS = (
    _Limb((7, 9), 9, 10, (0.28, 0.2)), _Limb((8, 10), 12, 13, (0.28, 0.2)), _Limb((11, 13), 10, 11, (0.2, 0.12)),
    _Limb((12, 14), 13, 14, (0.2, 0.12)), _Limb((5, 5), 24, 22, (0.12, 0.1)), _Limb((6, 6), 21, 19, (0.12, 0.1)),
)  # fmt: skip
_ARMS = (
    _Limb((16, 18), 2, 3, (0.19, 0.15)), _Limb((15, 17), 5, 6, (0.19, 0.15)), _Limb((20, 22), 3, 4, (0.15, 0.11)),
    _Limb((19, 21), 6, 7, (0.15, 0.11)),
)  # fmt: skip
_HANDS = (((3, 3), 3, 4), ((4, 4), 6, 7))
"""Part, elbow and wrist."""
_THIGH_LENGTH, _HAND_LENGTH, _HALF_HEAD = 1.2, 0.4, 0.36
_HEAD_RADIUS, _TORSO_RADIUS, _HAND_RADIUS = 0.21, 0.18, 0.12
_HALF_TORSO = 0.62
_WIDER = 1.2
"""V spans this many radii to either side, for wide sleeves and trousers."""


@dataclass(frozen=True)
class Bone:
    """One part of the body."""

    parts: tuple[int, int]
    """Number seen from behind, and from the front; of the head, of its right and left half."""
    start: Place
    """Where U is 0."""
    end: Place
    """Where U is 1."""
    half_width: float
    """V spans this far to both sides of the line from start to end, pixels."""
    circles: NDArray[np.float64]
    """(N, 3): x, y, radius, pixels; the part covers their convex hull."""
    middle: float = 0.0
    """Of the head: how far beside the line, towards the person's left, its halves meet, pixels."""
    assumed: bool = False
    """Its end was not found; it is where such a part must be if the silhouette shows something there."""


def body_bones(person: Person, front: bool) -> list[Bone]:
    """The parts of a body that can be placed, in drawing order: later ones hide earlier ones.

    Args:
        person: points without confidence are not used.
        front: whether the person faces the camera; the arms of one who does not are behind the torso.
    """
    joints = {index: joint[:2] for index, joint in enumerate(person.body) if joint[2] > BODY_SEEN}
    scale = body_scale(person)
    if scale <= 0:
        return []
    trunk = _trunk(joints, scale)
    legs = [_bone(limb, joints, scale) or _assumed_thigh(limb, trunk, joints, scale) for limb in _LEGS]
    arms = [_bone(limb, joints, scale) for limb in _ARMS]
    hands = [
        _hand(parts, points[points[:, 2] > BODY_SEEN, :2], joints.get(elbow), joints.get(wrist), scale)
        for (parts, elbow, wrist), points in zip(_HANDS, (person.right_hand, person.left_hand), strict=True)
    ]
    head = _head(person, joints, scale, front)
    order = [trunk, *legs, head, *arms, *hands] if front else [*hands, *arms[::-1], trunk, *legs, head]
    return [bone for bone in order if bone is not None]


def _bone(limb: _Limb, joints: Joints, scale: float) -> Bone | None:
    if limb.start not in joints or limb.end not in joints:
        return None
    return _along(limb, joints[limb.start], joints[limb.end], scale)


def _along(limb: _Limb, start: Place, end: Place, scale: float, assumed: bool = False) -> Bone:
    circles = _circles([start, end], [radius * scale for radius in limb.radii])
    return Bone(limb.parts, start, end, _WIDER * scale * max(limb.radii), circles, assumed=assumed)


def _assumed_thigh(limb: _Limb, trunk: Bone | None, joints: Joints, scale: float) -> Bone | None:
    """Below hips whose knees are out of the picture: straight on from the trunk."""
    if trunk is None or limb.start not in (9, 12) or limb.start not in joints:
        return None
    hip = joints[limb.start]
    return _along(limb, hip, hip + _THIGH_LENGTH * scale * unit(trunk.end - trunk.start, _DOWN), scale, assumed=True)


def _trunk(joints: Joints, scale: float) -> Bone | None:
    """From the neck down; without hips, as long as trunks are, across to the shoulders."""
    if not {_NECK, _RIGHT_SHOULDER, _LEFT_SHOULDER} <= joints.keys():
        return None
    neck, right, left = joints[_NECK], joints[_RIGHT_SHOULDER], joints[_LEFT_SHOULDER]
    if {_MID_HIP, 9, 12} <= joints.keys():
        hip, corners = joints[_MID_HIP], [joints[12], joints[9]]
    else:
        across = left - right
        down = unit(np.array([-across[1], across[0]]), _DOWN)
        above = next((joints[joint] for joint in (_NOSE, 17, 18) if joint in joints), neck - _DOWN)
        down = down if np.dot(down, neck - above) >= 0 else -down
        hip = neck + TRUNK_LENGTH * scale * down
        corners = [hip + across / 3, hip - across / 3]
    circles = _circles([right, left, *corners], [_TORSO_RADIUS * scale] * 4)
    return Bone(TORSO, neck, hip, _HALF_TORSO * scale, circles)


def _head(person: Person, joints: Joints, scale: float, front: bool) -> Bone | None:
    """From crown to chin; its halves meet below the nose, where that is seen."""
    ears = [joints[joint] for joint in (17, 18) if joint in joints]
    found = ears if len(ears) == 2 else [joints[joint] for joint in (_NOSE, 15, 16, 17, 18) if joint in joints]
    face = person.face[person.face[:, 2] > FACE_SEEN, :2]
    if not found and not len(face):
        return None
    centre = np.mean(found, axis=0) if found else face.mean(axis=0)
    down = unit(joints[_NECK] - centre if _NECK in joints else _DOWN, _DOWN)
    radius, half_width = _HEAD_RADIUS * scale, _WIDER * _HEAD_RADIUS * scale
    middle = 0.0
    if front and _NOSE in joints:
        beside = float(np.dot(joints[_NOSE] - centre, (down[1], -down[0])))
        middle = min(max(beside, -0.8 * half_width), 0.8 * half_width)
    half = _HALF_HEAD * scale * down
    core = half - radius * down
    circles = _circles([centre - core, centre + core], [radius] * 2)
    return Bone(HEAD, centre - half, centre + half, half_width, circles, middle)


def _hand(
    parts: tuple[int, int], points: NDArray[np.float64], elbow: Place | None, wrist: Place | None, scale: float
) -> Bone | None:
    """From the wrist to the finger tips; where its points are missing, on along the forearm."""
    radius = _HAND_RADIUS * scale
    if len(points) >= 3:
        start = points[0]
        tips = points[np.argsort(np.linalg.norm(points - start, axis=1))[-3:]]
        circles = _circles(points, [radius / 2] * len(points))
        return Bone(parts, start, tips.mean(axis=0), _WIDER * radius, circles)
    if elbow is None or wrist is None:
        return None
    end = wrist + _HAND_LENGTH * scale * unit(wrist - elbow, _DOWN)
    return Bone(parts, wrist, end, _WIDER * radius, _circles([wrist, end], [radius] * 2))


def _circles(centres: Sequence[Place] | NDArray[np.float64], radii: Sequence[float]) -> NDArray[np.float64]:
    return np.column_stack([np.asarray(centres), radii])
