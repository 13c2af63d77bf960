"""The picture of the people of a frame: coloured limbs and fingers, white strokes of the face.

Source: Wang et al., Video-to-Video Synthesis (2018), its pose maps.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vid2vid_core.maps.face_crop import Box
from vid2vid_core.maps.person import ARRAYS, BODY_SEEN, FACE_SEEN, Person
from vid2vid_core.maps.pose_augment import AS_FOUND, Variation
from vid2vid_core.maps.pose_limbs import FACE_COLOUR, FACE_STROKES, FINE_HALF, FINGERS, HEAD_LIMBS, LIMB_HALF, LIMBS
from vid2vid_core.maps.pose_strokes import Strokes, paint


def draw_pose(
    people: Sequence[Person], box: Box, *, basic: bool = False, variation: Variation = AS_FOUND
) -> NDArray[np.uint8]:
    """Draw people, later ones over earlier ones; nobody gives a black picture.

    The confidence of a point alone says whether it is drawn, not where it lies.

    Args:
        people: in pixels of the frame.
        box: the part of the frame that is drawn; it may reach beyond the frame.
        basic: without limbs of the head, hands and face (`basic_point_only`).
        variation: what is left out, and how the head is moved.

    Returns:
        (h, w, 3) RGB of the box.
    """
    wanted = _wanted(basic, variation)
    return paint([_strokes(variation.moved(person), wanted) for person in people], box)


def _wanted(basic: bool, variation: Variation) -> NDArray[np.bool_]:
    """Which parts are drawn: every limb, left hand, right hand, face."""
    limbs = np.array(variation.limbs)
    limbs[:HEAD_LIMBS] &= not basic
    others = np.array([variation.left_hand, variation.right_hand, variation.face])
    return np.concatenate([limbs, others & (not basic)])


def _strokes(person: Person, wanted: NDArray[np.bool_]) -> Strokes:
    points = np.concatenate([person.body, person.left_hand, person.right_hand, person.face])
    seen = points[:, 2] > _LEAST
    drawn = wanted[_LINES.part] & seen[_LINES.needed].all(axis=1)
    return Strokes(points[_LINES.ends[drawn], :2], _LINES.half[drawn], _LINES.colour[drawn])


_LEFT_HAND, _RIGHT_HAND = ARRAYS.body, ARRAYS.body + ARRAYS.left_hand
_FACE = _RIGHT_HAND + ARRAYS.right_hand
"""First point of each array, where all are numbered in one row: body, left hand, right hand, face."""
_LEAST = np.repeat([BODY_SEEN, FACE_SEEN], [_FACE, ARRAYS.face])


class _Lines(NamedTuple):
    """All lines that a person can have, in drawing order."""

    ends: NDArray[np.intp]
    """(K, 2): point numbers."""
    needed: NDArray[np.intp]
    """(K, 7): points without which it is not drawn, some of them repeated."""
    part: NDArray[np.intp]
    """(K,): 0 to 23 a limb, 24 left hand, 25 right hand, 26 face."""
    half: NDArray[np.intp]
    colour: NDArray[np.uint8]


def _lines() -> _Lines:
    limbs = [((limb.start, limb.end), number, LIMB_HALF, limb.colour) for number, limb in enumerate(LIMBS)]
    hands = [
        (tuple(first + point for point in points), len(LIMBS) + hand, FINE_HALF, colour)
        for hand, first in enumerate((_LEFT_HAND, _RIGHT_HAND))
        for points, colour in FINGERS
    ]
    face = [(tuple(_FACE + point for point in row), len(LIMBS) + 2, FINE_HALF, FACE_COLOUR) for row in FACE_STROKES]
    pieces = [(row[at : at + 2], row, *more) for row, *more in (*limbs, *hands, *face) for at in range(len(row) - 1)]
    ends, rows, parts, halves, colours = zip(*pieces, strict=True)
    longest = max(len(row) for row in rows)
    needed = np.array([row + row[:1] * (longest - len(row)) for row in rows])
    return _Lines(np.array(ends), needed, np.array(parts), np.array(halves), np.array(colours, np.uint8))


_LINES = _lines()
