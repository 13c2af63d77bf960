"""What a finder of face landmarks is: a picture in, all faces in it out."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from vid2vid_core.annotate.subject import Boxes, surrounding_box
from vid2vid_core.config import FaceAnnotateConfig
from vid2vid_core.video.reference_flow import Picture


@dataclass(frozen=True)
class Face:
    """One face in one frame."""

    points: NDArray[np.float64]
    """(68, 2) x and y in iBUG order, pixels; may lie beyond the frame."""
    confidence: float
    """On the scale of the backend; 1 where it has none."""

    @property
    def box(self) -> Boxes:
        """(4,) left, top, right, bottom of its landmarks, which means the same for every backend."""
        return surrounding_box(self.points)


class FaceLandmarker(Protocol):
    """One backend. The same frames give the same faces."""

    def start(self) -> None:
        """A sequence begins: nothing is known of the frames before it."""
        ...

    def find(self, picture: Picture) -> list[Face]:
        """All faces of the next frame of the sequence, (H, W, 3) RGB, 0..255; in no particular order."""
        ...


def open_landmarker(config: FaceAnnotateConfig) -> FaceLandmarker:
    """The configured backend.

    Raises:
        ValueError: its model is not here, or `given`, which finds nothing.
    """
    if config.backend == "dlib":
        from vid2vid_core.annotate.landmarks.dlib_landmarker import DlibLandmarker

        return DlibLandmarker(config)
    if config.backend == "mediapipe":
        from vid2vid_core.annotate.landmarks.mediapipe_landmarker import MediapipeLandmarker

        return MediapipeLandmarker(config)
    raise ValueError(f"annotate.face.backend '{config.backend}' finds no landmarks; use dlib or mediapipe")
