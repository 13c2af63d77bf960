"""Frames with real faces, made from the photograph of a person that ships inside scikit-image."""

import cv2
import numpy as np
from skimage.data import astronaut

WIDTH, HEIGHT = 320, 240
HEAD = (slice(0, 250), slice(120, 330))
"""The part of the photograph that is pasted; the face in it is about 100 pixels wide."""
FACE_CENTRE = (100, 125)
"""x and y of the middle of the face in that part."""


def background() -> np.ndarray:
    """(HEIGHT, WIDTH, 3) a soft pattern in which nobody sees a face."""
    coarse = np.random.default_rng(0).integers(90, 160, (4, 6, 3), dtype=np.uint8)
    return cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)


def frame(*faces: tuple[float, float, float], other: int | None = None) -> np.ndarray:
    """A frame with faces at x, y and scale, later ones in front; face number `other` is mirrored."""
    picture = background()
    for number, (x, y, scale) in enumerate(faces):
        head, middle = astronaut()[HEAD], FACE_CENTRE[0]
        if number == other:
            head, middle = head[:, ::-1], head.shape[1] - 1 - middle
        move = np.array([[scale, 0, x - scale * middle], [0, scale, y - scale * FACE_CENTRE[1]]], float)
        head = cv2.GaussianBlur(np.ascontiguousarray(head), (0, 0), 0.4 / scale) if scale < 1 else head
        cv2.warpAffine(
            np.ascontiguousarray(head), move, (WIDTH, HEIGHT), dst=picture, flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_TRANSPARENT,
        )  # fmt: skip
    return picture
