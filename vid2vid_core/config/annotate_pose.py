"""How the frames of a pose dataset get key points and body parts."""

from dataclasses import fields
from typing import Annotated, Literal

from pydantic import Field

from vid2vid_core.config.base import config_class
from vid2vid_core.config.subject import GapPolicy, SmoothingConfig

_ESTIMATING = ("model_complexity", "min_confidence", "min_visibility", "min_frames")
"""Keys that only the estimating backend reads."""


@config_class
class PoseAnnotateConfig:
    """One person per sequence: who finds their key points and body parts, and what is done where they are lost."""

    backend: Literal["mediapipe", "given"] = "mediapipe"
    """mediapipe: Holistic, body, hands and face; given: OpenPose or COCO-WholeBody JSON files of `videos`."""
    model_complexity: Literal[0, 1, 2] = 1
    """mediapipe: size of its body model; only 1 comes with the package."""
    min_confidence: Annotated[float, Field(ge=0, le=1)] = 0.5
    """mediapipe: people below are not seen."""
    min_visibility: Annotated[float, Field(ge=0, le=1)] = 0.5
    """mediapipe: joints below are missing; it makes up those that it does not see."""
    densepose: Literal["builtin", "given", "model", "none"] = "builtin"
    """Body parts. builtin: drawn from silhouette and skeleton; given: DensePose pictures of `videos`; model: a file."""
    densepose_model: str | None = None
    """densepose model: TorchScript file; (1, 3, H, W) RGB, 0..1, to (1, 3, h, w) part 0..24, U and V, 0..1."""
    min_frames: Annotated[int, Field(ge=1)] = 3
    """mediapipe: a person seen in fewer frames of their sequence is a false alarm."""
    gaps: GapPolicy = "interpolate"
    """Frames without the person: interpolate up to `max_gap` of them, cut the sequence there, or fail."""
    max_gap: Annotated[int, Field(ge=1)] = 5
    """interpolate: longest gap that is filled, frames; a longer one cuts the sequence."""
    smoothing: SmoothingConfig | None = None
    """Filter against trembling key points; null: none. Its own defaults: `smoothing: {}`."""

    def __post_init__(self) -> None:
        defaults = {field.name: field.default for field in fields(self)}
        for key in _ESTIMATING:
            if getattr(self, key) != defaults[key] and self.backend == "given":
                raise ValueError(f"{key} is for backend mediapipe, backend is given")
        if self.max_gap != defaults["max_gap"] and self.gaps != "interpolate":
            raise ValueError(f"max_gap is for gaps interpolate, gaps is {self.gaps}")
        if (self.densepose == "model") != (self.densepose_model is not None):
            raise ValueError("densepose model and densepose_model, the path of a TorchScript file, go together")
