"""From mediapipe's landmarks to OpenPose's: 33 of the body to BODY_25, a face mesh to 70, hands as they are.

mediapipe always returns all its points and makes up those that it does not see, or that lie outside the picture. Such
points are missing here; otherwise a picture of the upper body would get legs.
"""

import numpy as np
from numpy.typing import NDArray

from vid2vid_core.maps.person import ARRAYS, Points, missing

Landmarks = NDArray[np.float64]
"""(N, 2) or (N, 3): x and y in shares of the picture, and of the body also the visibility, 0 .. 1."""
_NECK, _MID_HIP = 1, 8
_BODY = {
    0: 0, 2: 12, 3: 14, 4: 16, 5: 11, 6: 13, 7: 15, 9: 24, 10: 26, 11: 28, 12: 23, 13: 25, 14: 27, 15: 5, 16: 2, 17: 8,
    18: 7, 19: 31, 21: 29, 22: 32, 24: 30,
}  # fmt: skip
"""Joint of BODY_25 to landmark. Neck and mid hip lie between two; small toes (20, 23) are not found."""
_SHOULDERS, _HIPS = (11, 12), (23, 24)
FACE_MESH = (
    127, 234, 93, 58, 172, 136, 149, 176, 152, 400, 378, 365, 397, 288, 323, 454, 356,
    46, 63, 105, 66, 55,
    285, 296, 334, 293, 276,
    168, 197, 5, 4,
    75, 97, 2, 326, 305,
    33, 160, 158, 133, 153, 144,
    362, 385, 387, 263, 373, 380,
    61, 39, 37, 0, 267, 269, 291, 405, 314, 17, 84, 181,
    78, 82, 13, 312, 308, 317, 14, 87,
    468, 473,
)  # fmt: skip
"""Vertex of the mesh to each point of the face: 68 in iBUG order, then right and left pupil (refined mesh)."""


def body_points(landmarks: Landmarks, size: tuple[int, int], min_visibility: float) -> Points:
    """BODY_25 from the 33 landmarks of mediapipe's pose.

    Args:
        landmarks: (33, 3).
        size: width and height of the picture.
        min_visibility: less visible points are missing.

    Returns:
        (25, 3); confidence is visibility, of a point between two that of the less visible one.
    """
    found = np.column_stack([_pixels(landmarks, size), landmarks[:, 2].clip(0, 1)])
    body = missing(ARRAYS.body)
    body[list(_BODY)] = found[list(_BODY.values())]
    for joint, pair in ((_NECK, _SHOULDERS), (_MID_HIP, _HIPS)):
        ends = found[list(pair)]
        body[joint] = [*ends[:, :2].mean(axis=0), ends[:, 2].min()]
    return without(body, (body[:, 2] < min_visibility) | _outside(body, size))


def fine_points(landmarks: Landmarks, size: tuple[int, int]) -> Points:
    """Points of a hand, or of a face picked from its mesh; mediapipe gives them no confidence, so it is 1.

    Args:
        landmarks: (N, 2) or more columns.
        size: width and height of the picture.

    Returns:
        (N, 3); points outside the picture are missing.
    """
    points = np.column_stack([_pixels(landmarks, size), np.ones(len(landmarks))])
    return without(points, _outside(points, size))


def face_points(mesh: Landmarks, size: tuple[int, int]) -> Points:
    """The 70 points of a face.

    Args:
        mesh: (468 or more, 2); pupils need all 478.
        size: width and height of the picture.
    """
    known = [vertex for vertex in FACE_MESH if vertex < len(mesh)]
    return np.concatenate([fine_points(mesh[known], size), missing(ARRAYS.face - len(known))])


def without(points: Points, dropped: NDArray[np.bool_]) -> Points:
    """The points, of which some are missing."""
    return np.where(dropped[:, None], 0, points)


def _pixels(landmarks: Landmarks, size: tuple[int, int]) -> NDArray[np.float64]:
    """Landmarks in pixels: mediapipe counts from the corner of the first pixel, we from its middle."""
    return landmarks[:, :2] * size - 0.5


def _outside(points: Points, size: tuple[int, int]) -> NDArray[np.bool_]:
    last = np.array(size) - 0.5
    return ((points[:, :2] < -0.5) | (points[:, :2] > last)).any(axis=1)
