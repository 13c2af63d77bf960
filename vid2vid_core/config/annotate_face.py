"""How the frames of a face dataset get their 68 landmarks."""

from dataclasses import fields
from typing import Annotated, Literal

from pydantic import Field

from vid2vid_core.config.base import config_class
from vid2vid_core.config.subject import GapPolicy, SmoothingConfig

_READ_BY = {
    "upsample": ("dlib",),
    "min_confidence": ("dlib", "mediapipe"),
    "min_size": ("dlib", "mediapipe"),
    "min_frames": ("dlib", "mediapipe"),
}
"""Keys that only some backends read."""


@config_class
class FaceAnnotateConfig:
    """One face per sequence: who finds its landmarks, and what is done where they are lost."""

    backend: Literal["dlib", "mediapipe", "given"] = "dlib"
    """dlib: as published, frontal faces; mediapipe: faster, also turned faces; given: text files named in `videos`."""
    upsample: Annotated[int, Field(ge=0, le=3)] = 0
    """dlib: double the picture so many times first, to find faces below 80 pixels; each costs four times the time."""
    min_confidence: float | None = None
    """Faces below are not seen. dlib: score of its detector, null is 0; mediapipe: that of its mesh, null is 0.9."""
    min_size: Annotated[int, Field(ge=1)] = 16
    """Faces whose landmarks span a smaller square than this are not seen, pixels."""
    min_frames: Annotated[int, Field(ge=1)] = 3
    """A face seen in fewer frames in a row (but for gaps that are filled) is a false alarm."""
    gaps: GapPolicy = "interpolate"
    """Frames without the face: interpolate up to `max_gap` of them, cut the sequence there, or fail."""
    max_gap: Annotated[int, Field(ge=1)] = 5
    """interpolate: longest gap that is filled, frames; a longer one cuts the sequence."""
    smoothing: SmoothingConfig | None = None
    """Filter against trembling landmarks; null: none. Its own defaults: `smoothing: {}`."""

    def __post_init__(self) -> None:
        defaults = {field.name: field.default for field in fields(self)}
        for key, backends in _READ_BY.items():
            if getattr(self, key) != defaults[key] and self.backend not in backends:
                raise ValueError(f"{key} is for backend {' and '.join(backends)}, backend is {self.backend}")
        if self.max_gap != defaults["max_gap"] and self.gaps != "interpolate":
            raise ValueError(f"max_gap is for gaps interpolate, gaps is {self.gaps}")
        if self.backend == "mediapipe" and not 0 <= (self.min_confidence or 0) <= 1:
            raise ValueError(f"min_confidence must be 0..1 for backend mediapipe, got {self.min_confidence}")
