"""A standing person of plain shapes, as key points: for tests, benchmarks and pictures in the docs."""

import numpy as np
from numpy.typing import NDArray

from vid2vid_core.maps.drawn_face import drawn_landmarks
from vid2vid_core.maps.person import Person

_TRUNK = {
    0: (0, 0.07), 1: (0, 0.17), 2: (-0.1, 0.18), 5: (0.1, 0.18), 8: (0.005, 0.5), 9: (-0.06, 0.5), 12: (0.06, 0.505),
    10: (-0.07, 0.72), 13: (0.075, 0.72), 11: (-0.08, 0.93), 14: (0.09, 0.93), 15: (-0.02, 0.055), 16: (0.02, 0.055),
    17: (-0.045, 0.065), 18: (0.045, 0.066), 24: (-0.07, 0.95), 22: (-0.1, 0.98), 23: (-0.12, 0.97), 21: (0.08, 0.95),
    19: (0.11, 0.98), 20: (0.13, 0.97),
}  # fmt: skip
"""Joint to place, in heights of the person from the middle of the top of its head; facing the camera."""
_UPPER_ARM, _FOREARM, _FACE_WIDTH = 0.16, 0.14, 0.085


def drawn_person(x: float, y: float, height: float, raised: float = 0.3) -> Person:
    """A person with face and hands, every point found with confidence 1.

    Args:
        x: middle of its head, pixels.
        y: top of its head, pixels.
        height: pixels.
        raised: how far its arms are raised, 0 (hanging) to 1 (up).
    """
    body = np.zeros((25, 2))
    body[list(_TRUNK)] = list(_TRUNK.values())
    hands = []
    for side, (shoulder, elbow, wrist) in ((-1, (2, 3, 4)), (1, (5, 6, 7))):
        body[elbow] = body[shoulder] + _UPPER_ARM * _direction(side, 0.7 * raised)
        body[wrist] = body[elbow] + _FOREARM * _direction(side, raised)
        hands.append(_hand(body[wrist], side, raised))
    face = drawn_landmarks(0, 0.055, _FACE_WIDTH)
    pupils = [face[36:42].mean(axis=0), face[42:48].mean(axis=0)]
    arrays = (body, np.concatenate([face, pupils]), hands[1], hands[0])
    return Person(*(_placed(points, x, y, height) for points in arrays))


def _direction(side: int, raised: float) -> NDArray[np.float64]:
    """Down at 0, outwards at 0.5, up at 1."""
    return np.array([side * np.sin(np.pi * raised), np.cos(np.pi * raised)])


def _hand(wrist: NDArray[np.float64], side: int, raised: float) -> NDArray[np.float64]:
    points = [wrist]
    for finger, length in enumerate((0.03, 0.045, 0.05, 0.045, 0.035)):
        along = _direction(side, raised + 0.12 * (finger - 2))
        points += [wrist + length * (0.4 + 0.2 * joint) * along for joint in range(4)]
    return np.array(points)


def _placed(points: NDArray[np.float64], x: float, y: float, height: float) -> NDArray[np.float64]:
    return np.concatenate([points * height + (x, y), np.ones((len(points), 1))], axis=1)
