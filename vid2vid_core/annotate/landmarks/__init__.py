"""Finders of face landmarks: one protocol, two libraries."""

from vid2vid_core.annotate.landmarks.face import Face
from vid2vid_core.annotate.landmarks.landmarker import FaceLandmarker, open_landmarker

__all__ = ["Face", "FaceLandmarker", "open_landmarker"]
