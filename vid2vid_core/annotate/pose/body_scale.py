"""How large a person is in a picture, how far from another one, and whether they face the camera."""

import numpy as np
from numpy.typing import NDArray

from vid2vid_core.maps.person import BODY_SEEN, FACE_SEEN, Person

TRUNK_LENGTH = 1.4
"""From neck to hips, in widths of the shoulders."""
_NECK, _RIGHT_SHOULDER, _LEFT_SHOULDER, _MID_HIP = 1, 2, 5, 8
_PER_LENGTH = (
    (_RIGHT_SHOULDER, _LEFT_SHOULDER, 1.0), (_NECK, _MID_HIP, 1 / TRUNK_LENGTH), (17, 18, 1.9), (9, 10, 0.8),
    (12, 13, 0.8),
)  # fmt: skip
"""Two joints, and the width of the shoulders by the largest distance between them."""
_PER_FACE_HEIGHT = 2.0
_FEWEST_OF_FACE = 20
_TURNED = 0.15
"""From the side a person neither faces the camera nor turns their back; below this the last answer holds."""


def body_scale(person: Person) -> float:
    """Width of the shoulders, as it would be seen from the front, in pixels; 0 where nothing tells it.

    Every length is seen shortened unless it lies across the line of sight, so the largest estimate counts.
    """
    body, face = person.body, person.face[person.face[:, 2] > FACE_SEEN, :2]
    lengths = [
        share * float(np.linalg.norm(body[one, :2] - body[other, :2]))
        for one, other, share in _PER_LENGTH
        if min(body[one, 2], body[other, 2]) > BODY_SEEN
    ]
    if len(face) >= _FEWEST_OF_FACE:
        lengths.append(_PER_FACE_HEIGHT * float(np.ptp(face[:, 1])))
    return max(lengths, default=0.0)


class Facing:
    """Whether a person faces the camera, frame by frame; seen from the side, the last clear answer holds."""

    def __init__(self) -> None:
        self._front = True

    def update(self, person: Person) -> bool:
        """The answer for the next frame of the sequence: a person who faces us has their left on our right."""
        body, scale = person.body, body_scale(person)
        if scale > 0 and min(body[[_RIGHT_SHOULDER, _LEFT_SHOULDER], 2]) > BODY_SEEN:
            across = (body[_LEFT_SHOULDER, :2] - body[_RIGHT_SHOULDER, :2]) / scale
            down = np.array([0.0, 1.0])
            if body[_MID_HIP, 2] > BODY_SEEN:
                down = unit(body[_MID_HIP, :2] - body[_NECK, :2], down)
            turned = float(across[0] * down[1] - across[1] * down[0])
            if abs(turned) > _TURNED:
                self._front = turned > 0
        return self._front


def mean_distance(one: Person, other: Person) -> float | None:
    """Mean distance between the joints of the body that both have, pixels; None if there is none."""
    both = (one.body[:, 2] > BODY_SEEN) & (other.body[:, 2] > BODY_SEEN)
    distances = np.linalg.norm(one.body[both, :2] - other.body[both, :2], axis=1)
    return float(distances.mean()) if len(distances) else None


def unit(vector: NDArray[np.float64], otherwise: NDArray[np.float64]) -> NDArray[np.float64]:
    """(2,) of length 1 in the same direction; `otherwise` if it has none."""
    length = float(np.linalg.norm(vector))
    return vector / length if length > 1e-6 else otherwise
