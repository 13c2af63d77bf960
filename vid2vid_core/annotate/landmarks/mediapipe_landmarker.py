"""Backend mediapipe: a mesh over each face, of which 68 vertices stand for the landmarks."""

from typing import Any

import numpy as np
from mediapipe.calculators.util.association_calculator_pb2 import (  # type: ignore[import-untyped]
    AssociationCalculatorOptions,
)
from mediapipe.python.solutions.face_mesh import FaceMesh  # type: ignore[import-untyped]

from vid2vid_core.annotate.landmarks.face import Face
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
_SAME_FACE = 0.3
"""Overlap from which a detection is a face that is followed already. With the library's 0.5 a small face, which is
detected with little precision, was followed twice, and the better one lost to the worse one.
"""
_SETTLING = 4
"""How often a picture with a new face is shown again: the mesh, begun at the detection, finds its place by and by."""
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
            self._mesh = _Mesh(
                max_num_faces=_LARGEST_NUMBER,
                refine_landmarks=False,
                min_detection_confidence=_DETECTION,
                min_tracking_confidence=_PRESENCE if config.min_confidence is None else config.min_confidence,
            )
            self._mesh.process(_NOTHING)
        self._is_fresh, self._has_spoken, self._num_faces = True, False, 0

    def start(self) -> None:
        """See `FaceLandmarker`."""
        if not self._is_fresh:
            with quiet_stderr("mediapipe"):
                self._mesh.reset()
                self._mesh.process(_NOTHING)
            self._is_fresh, self._has_spoken, self._num_faces = True, False, 0

    def find(self, picture: Picture) -> list[Face]:
        """See `FaceLandmarker`; the library tells no confidence."""
        self._is_fresh = False
        meshes = self._process(picture)
        if len(meshes) > self._num_faces:
            for _ in range(_SETTLING):
                meshes = self._process(picture)
        self._num_faces = len(meshes)
        return [Face(_landmarks(mesh, picture), 1.0) for mesh in meshes]

    def _process(self, picture: Picture) -> list[Any]:
        if self._has_spoken:
            return self._mesh.process(picture).multi_face_landmarks or []
        with quiet_stderr("mediapipe"):  # one part of the graph speaks when it sees its first face
            meshes = self._mesh.process(picture).multi_face_landmarks or []
        self._has_spoken = bool(meshes)
        return meshes


class _Mesh(FaceMesh):
    """The library's solution, with `_SAME_FACE` in its graph, which its constructor cannot set."""

    def _initialize_graph_interface(self, *args: Any, **named: Any) -> Any:
        graph = super()._initialize_graph_interface(*args, **named)
        for node in graph.node:
            if node.calculator == "AssociationNormRectCalculator":
                node.options.Extensions[AssociationCalculatorOptions.ext].min_similarity_threshold = _SAME_FACE
        return graph


def _landmarks(mesh: Any, picture: Picture) -> np.ndarray:
    """(68, 2) pixels. Mediapipe counts from the corner of the first pixel, we from its middle."""
    vertices = mesh.landmark
    height, width = picture.shape[:2]
    shares = np.array([(vertices[v].x, vertices[v].y) for v in FACE_MESH[:LANDMARKS]])
    return shares * (width, height) - 0.5
