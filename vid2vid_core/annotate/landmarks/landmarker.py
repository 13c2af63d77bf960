"""What a finder of face landmarks is: a picture in, all faces in it out."""

from typing import Protocol

from vid2vid_core.annotate.landmarks.face import Face
from vid2vid_core.config import FaceAnnotateConfig
from vid2vid_core.video.reference_flow import Picture


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
