"""The JSON file of a frame's people as OpenPose writes it (BODY_25, face, hands); COCO-WholeBody files are read too."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from vid2vid_core.maps.person import ARRAYS, BODY_SEEN, Person, Points, as_points, missing
from vid2vid_core.maps.wholebody import is_wholebody, wholebody_people
from vid2vid_core.shards.access import read_bytes

FIELDS = {
    "body": "pose_keypoints_2d",
    "face": "face_keypoints_2d",
    "left_hand": "hand_left_keypoints_2d",
    "right_hand": "hand_right_keypoints_2d",
}
"""Array of a person to its name in the file."""
LARGEST = 100_000
"""Coordinates beyond this are no pixels of any photograph."""


def read_openpose(path: Path) -> list[Person]:
    """The people of a frame; an empty list is a frame without any.

    A missing or empty array of the face or of a hand means that none of its points was found.

    Raises:
        ValueError: the file cannot be read, is of another kind, or an array has another length or holds what is no
            number; the message names file, person and field.
    """
    try:
        stored = json.loads(read_bytes(path).decode())
    except (OSError, ValueError, RecursionError) as error:
        raise ValueError(f"{path}: not readable as a JSON file of key points ({error})") from error
    if is_wholebody(stored):
        people = wholebody_people(stored, str(path))
    elif isinstance(stored, dict) and isinstance(stored.get("people"), list):
        people = [_person(one, f"{path}: person {number}") for number, one in enumerate(stored["people"])]
    else:
        raise ValueError(
            f"{path}: no 'people' list, as OpenPose writes it, and no COCO-WholeBody instances with 133 key points; "
            "a frame without anybody has an empty 'people' list"
        )
    for number, person in enumerate(people):
        _require_pixels(person, f"{path}: person {number}")
    return people


def write_openpose(path: Path, people: Sequence[Person]) -> None:
    """Write the people of a frame, coordinates to a thousandth of a pixel.

    Raises:
        ValueError: a number is not finite.
    """
    entries = [
        {"person_id": [-1]}
        | {field: np.round(getattr(person, name), 3).ravel().tolist() for name, field in FIELDS.items()}
        for person in people
    ]
    path.write_text(json.dumps({"version": 1.3, "people": entries}, allow_nan=False) + "\n", encoding="utf-8")


def _person(entry: Any, where: str) -> Person:
    if not isinstance(entry, dict):
        raise ValueError(f"{where}: found {type(entry).__name__}, expected an object with {FIELDS['body']}")
    arrays = {}
    for name, field in FIELDS.items():
        points = getattr(ARRAYS, name)
        if not entry.get(field) and name != "body":
            arrays[name] = missing(points)
        else:
            arrays[name] = _points(entry.get(field), points, f"{where}, {field}")
    return Person(**arrays)


def _points(numbers: Any, points: int, where: str) -> Points:
    """A flat list x, y, confidence, x, ... as (points, 3)."""
    if not isinstance(numbers, list):
        raise ValueError(f"{where}: missing, expected a list of {3 * points} numbers")
    if len(numbers) != 3 * points:
        hint = "; run OpenPose with --model_pose BODY_25" if points == ARRAYS.body else ""
        raise ValueError(
            f"{where}: {len(numbers)} numbers, expected {3 * points} (x, y and confidence of {points} points){hint}"
        )
    return as_points(numbers, where)


def _require_pixels(person: Person, where: str) -> None:
    seen = person.seen()
    if len(seen) and np.abs(seen).max() > LARGEST:
        raise ValueError(f"{where}: a coordinate of {np.abs(seen).max():g} pixels; expected pixels of the photograph")
    joints = person.body[person.body[:, 2] > BODY_SEEN, :2]
    if len(joints) > 2 and np.abs(joints).max() <= 1:
        raise ValueError(
            f"{where}: all coordinates lie between -1 and 1, so they are shares of the picture; expected pixels "
            "(OpenPose: --keypoint_scale 0)"
        )
