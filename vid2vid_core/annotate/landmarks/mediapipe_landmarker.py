"""Backend mediapipe: a mesh over each face, of which 68 vertices stand for the landmarks."""

import numpy as np
from mediapipe.python.solutions.face_mesh import FaceMesh  # type: ignore[import-untyped]

from vid2vid_core.annotate.landmarks.landmarker import Face
from vid2vid_core.annotate.pose.mediapipe_points import FACE_MESH
from vid2vid_core.annotate.quiet import quiet_stderr
from vid2vid_core.config import FaceAnnotateConfig
from vid2vid_core.maps.face_points import LANDMARKS
from vid2vid_core.video.reference_flow import Picture

_LARGEST_NUMBER = 4
"""Faces looked for; each that is there costs about a third of a frame's time."""
_DETECTION, _PRESENCE = 0.3, 0.9
"""What may be a face, and what the mesh must say of it. With 0.5 for both, the library's default, faces of 40 pixels
between the eyes were lost in a fifth of some clips, and shadows were taken for faces; so, none was lost and one was.
"""
_NOTHING = np.zeros((16, 16, 3), np.uint8)
"""A first picture, by whose end the graph has started and said what it has to say."""


class MediapipeLandmarker:
    """A `FaceLandmarker`; a face is followed from frame to frame, so it is also found when it turns away.

    Source: Kartynnik et al., Real-time Facial Surface Geometry from Monocular Video on Mobile GPUs, 2019.
    """

    def __init__(self, config: FaceAnnotateConfig) -> None:
        # Without refined lips and irises: these are not among the 68, and that model loses faces of 40 pixels between
        # the eyes, which the plain one follows.
        with quiet_stderr("mediapipe"):
            self._mesh = FaceMesh(
                max_num_faces=_LARGEST_NUMBER,
                refine_landmarks=False,
                min_detection_confidence=_DETECTION,
                min_tracking_confidence=_PRESENCE if config.min_confidence is None else config.min_confidence,
            )
            self._mesh.process(_NOTHING)
        self._is_fresh, self._has_spoken = True, False

    def start(self) -> None:
        """See `FaceLandmarker`."""
        if not self._is_fresh:
            with quiet_stderr("mediapipe"):
                self._mesh.reset()
                self._mesh.process(_NOTHING)
            self._is_fresh, self._has_spoken = True, False

    def find(self, picture: Picture) -> list[Face]:
        """See `FaceLandmarker`; the library tells no confidence."""
        self._is_fresh = False
        if self._has_spoken:
            meshes = self._mesh.process(picture).multi_face_landmarks
        else:  # one part of the graph speaks when it sees its first face
            with quiet_stderr("mediapipe"):
                meshes = self._mesh.process(picture).multi_face_landmarks
            self._has_spoken = meshes is not None
        return [Face(_landmarks(mesh, picture), 1.0) for mesh in meshes or ()]


def _landmarks(mesh: object, picture: Picture) -> np.ndarray:
    """(68, 2) pixels. Mediapipe counts from the corner of the first pixel, we from its middle."""
    vertices = mesh.landmark  # type: ignore[attr-defined]
    height, width = picture.shape[:2]
    shares = np.array([(vertices[v].x, vertices[v].y) for v in FACE_MESH[:LANDMARKS]])
    return shares * (width, height) - 0.5
