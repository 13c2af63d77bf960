"""People in the order of COCO-WholeBody (133 points), as several estimators write them, translated to ours.

Three forms are read: 133 triples in `keypoints`; 133 pairs in `keypoints` and as many `keypoint_scores`; and the form
of the published annotations, with `foot_kpts`, `face_kpts`, `lefthand_kpts` and `righthand_kpts` beside 17 `keypoints`.
Source: Jin et al., Whole-Body Human Pose Estimation in the Wild (2020).
"""

from typing import Any

import numpy as np

from vid2vid_core.maps.person import ARRAYS, Person, Points, as_points, missing

COUNT = 133
"""Points of a person: 17 of the body, 6 of the feet, 68 of the face, 21 of each hand."""
_PARTS = {"keypoints": 17, "foot_kpts": 6, "face_kpts": 68, "lefthand_kpts": 21, "righthand_kpts": 21}
_LISTS = ("annotations", "instances", "instance_info")
_NECK, _MID_HIP = 1, 8
_TO_BODY = {
    0: 0, 2: 6, 3: 8, 4: 10, 5: 5, 6: 7, 7: 9, 9: 12, 10: 14, 11: 16, 12: 11, 13: 13, 14: 15, 15: 2, 16: 1, 17: 4,
    18: 3, 19: 17, 20: 18, 21: 19, 22: 20, 23: 21, 24: 22,
}  # fmt: skip
"""Joint of BODY_25 to point of COCO-WholeBody; neck and mid hip lie between the shoulders and between the hips."""
_SHOULDERS, _HIPS = (5, 6), (11, 12)
_FACE, _LEFT_HAND, _RIGHT_HAND = slice(23, 91), slice(91, 112), slice(112, 133)


def is_wholebody(stored: Any) -> bool:
    """Whether what a JSON file holds is of one of these forms."""
    entries = _entries(stored)
    return entries is not None and all(isinstance(entry, dict) and "keypoints" in entry for entry in entries)


def wholebody_people(stored: Any, where: str) -> list[Person]:
    """The people of a frame.

    Args:
        stored: what a JSON file holds; `is_wholebody` says yes to it.
        where: the file, for messages.

    Raises:
        ValueError: an array has another length or holds what is no finite number.
    """
    return [_person(entry, f"{where}: person {number}") for number, entry in enumerate(_entries(stored) or [])]


def _entries(stored: Any) -> list[Any] | None:
    """The list of people, by itself or under one of its names; in a list of frames, of the only frame."""
    if isinstance(stored, dict):
        stored = next((stored[key] for key in _LISTS if isinstance(stored.get(key), list)), None)
    if isinstance(stored, list) and len(stored) == 1 and isinstance(stored[0], dict) and "instances" in stored[0]:
        return _entries(stored[0])
    return stored if isinstance(stored, list) else None


def _person(entry: dict[str, Any], where: str) -> Person:
    points = _points(entry, where)
    body = missing(ARRAYS.body)
    body[list(_TO_BODY)] = points[list(_TO_BODY.values())]
    body[_NECK], body[_MID_HIP] = _between(points[list(_SHOULDERS)]), _between(points[list(_HIPS)])
    face = np.concatenate([points[_FACE], missing(2)])  # it has no pupils
    return Person(body, face, points[_LEFT_HAND], points[_RIGHT_HAND])


def _between(pair: Points) -> Points:
    """The middle of two points, as sure as the less sure one; missing if one is missing."""
    confidence = pair[:, 2].min()
    return np.array([*pair[:, :2].mean(axis=0), confidence]) if confidence > 0 else np.zeros(3)


def _points(entry: dict[str, Any], where: str) -> Points:
    """(133, 3), confidences at most 1."""
    if "face_kpts" in entry:
        parts = {field: _array(entry, field, 3 * count, where) for field, count in _PARTS.items()}
        points = np.concatenate([as_points(numbers, f"{where}, {field}") for field, numbers in parts.items()])
        points[:23, 2] /= 2  # body and feet: 1 is hidden, 2 is seen
    elif "keypoint_scores" in entry:
        places, scores = _array(entry, "keypoints", COUNT, where), _array(entry, "keypoint_scores", COUNT, where)
        flat = [number for place, score in zip(places, scores, strict=True) for number in (*_pair(place, where), score)]
        points = as_points(flat, f"{where}, keypoints")
    else:
        points = as_points(_array(entry, "keypoints", 3 * COUNT, where), f"{where}, keypoints")
    points[:, 2] = points[:, 2].clip(0, 1)
    return points


def _array(entry: dict[str, Any], field: str, length: int, where: str) -> list[Any]:
    found = entry.get(field)
    if not isinstance(found, list) or len(found) != length:
        have = f"{len(found)} entries" if isinstance(found, list) else "missing"
        raise ValueError(f"{where}, {field}: {have}, expected a list of {length} (COCO-WholeBody, {COUNT} points)")
    return found


def _pair(place: Any, where: str) -> list[Any]:
    if not isinstance(place, list) or len(place) != 2:
        raise ValueError(f"{where}, keypoints: {place!r}, expected a pair x, y")
    return place
