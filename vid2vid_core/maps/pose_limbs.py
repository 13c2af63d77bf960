"""What is drawn of a person, in which order and colour: limbs, fingers, strokes of the face.

Source: Wang et al., Video-to-Video Synthesis (2018), its pose maps; the numbers of the points are OpenPose's.
"""

from typing import NamedTuple


class Limb(NamedTuple):
    """A line between two joints."""

    start: int
    end: int
    colour: tuple[int, int, int]


LIMBS = (
    Limb(17, 15, (153, 0, 153)),
    Limb(15, 0, (153, 0, 102)),
    Limb(0, 16, (102, 0, 153)),
    Limb(16, 18, (51, 0, 153)),
    Limb(0, 1, (153, 0, 51)),
    Limb(1, 8, (153, 0, 0)),
    Limb(1, 2, (153, 51, 0)),
    Limb(2, 3, (153, 102, 0)),
    Limb(3, 4, (153, 153, 0)),
    Limb(1, 5, (102, 153, 0)),
    Limb(5, 6, (51, 153, 0)),
    Limb(6, 7, (0, 153, 0)),
    Limb(8, 9, (0, 153, 51)),
    Limb(9, 10, (0, 153, 102)),
    Limb(10, 11, (0, 153, 153)),
    Limb(11, 24, (0, 153, 153)),
    Limb(11, 22, (0, 153, 153)),
    Limb(22, 23, (0, 153, 153)),
    Limb(8, 12, (0, 102, 153)),
    Limb(12, 13, (0, 51, 153)),
    Limb(13, 14, (0, 0, 153)),
    Limb(14, 21, (0, 0, 153)),
    Limb(14, 19, (0, 0, 153)),
    Limb(19, 20, (0, 0, 153)),
)
"""Of the body, in drawing order. The colour from nose to neck (0, 1) is what `losses.face_region` looks for."""
HEAD_LIMBS = 4
"""The first limbs, which `basic_point_only` leaves out."""
HEAD_JOINTS = (0, 15, 16, 17, 18)
"""Nose, eyes and ears."""
FINGERS = (
    ((0, 1, 2, 3, 4), (204, 0, 0)),
    ((0, 5, 6, 7, 8), (163, 204, 0)),
    ((0, 9, 10, 11, 12), (0, 204, 82)),
    ((0, 13, 14, 15, 16), (0, 82, 204)),
    ((0, 17, 18, 19, 20), (163, 0, 204)),
)
"""Points along each finger from the wrist, and its colour; the same for both hands."""
FACE_STROKES = (
    tuple(range(17, 22)),
    tuple(range(22, 27)),
    tuple(range(27, 31)),
    tuple(range(31, 36)),
    (36, 37, 38, 39),
    (39, 40, 41, 36),
    (42, 43, 44, 45),
    (45, 46, 47, 42),
    tuple(range(48, 55)),
    (*range(54, 60), 48),
)
"""Points along each stroke of the face: brows, nose, eyes, outer lips. Each is drawn whole or not at all."""
FACE_COLOUR = (255, 255, 255)
LIMB_HALF, FINE_HALF = 3, 1
"""Half widths in pixels of limbs, and of the strokes of hands and face."""
