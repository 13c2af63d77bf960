"""What a stage is shown of each frame."""

from dataclasses import fields
from typing import Annotated, Literal

from pydantic import Field

from vid2vid_core.config.base import config_class

_SWITCHES = {
    "face": ("no_dist_map", "no_canny_edge", "random_scale_points"),
    "pose": (
        "densepose_only",
        "openpose_only",
        "basic_point_only",
        "remove_face_labels",
        "random_drop_prob",
        "drop_per_frame",
        "people",
        "crop",
        "crop_aspect",
    ),
}
KIND_OF = {key: kind for kind, keys in _SWITCHES.items() for key in keys}
"""The kind of controls that reads a key of `ControlConfig`."""


@config_class
class ControlConfig:
    """What the networks are shown of each frame."""

    kind: Literal["labels", "face", "pose"] = "labels"
    """labels: one channel per label id; face: edges of landmarks; pose: DensePose and OpenPose pictures."""
    no_dist_map: bool = False
    """face: only the drawn edges (1 channel), without their 14 distance maps."""
    no_canny_edge: bool = False
    """face: without the edges of the background, which need the real frame also when rendering."""
    upper_face: bool = True
    """face: close the outline above the eyes by mirroring the jaw."""
    random_scale_points: bool = False
    """face: draw rendered faces with other proportions than were found."""
    scale_points_seed: Annotated[int, Field(ge=0)] | None = None
    """face: draw those proportions anew for each sequence from this seed; null: the published ones."""
    densepose_only: bool = False
    """pose: only the DensePose picture (3 channels in place of 6)."""
    openpose_only: bool = False
    """pose: only the OpenPose picture (3 channels in place of 6)."""
    basic_point_only: bool = False
    """pose: draw limbs alone, without those of the head, hands and face."""
    remove_face_labels: bool = False
    """pose: clear the head in the DensePose picture, and in training shift the joints of the head at random."""
    random_drop_prob: Annotated[float, Field(ge=0, lt=1)] = 0.05
    """pose: how likely training leaves out a limb, a hand, the face or a part of the body; never when rendering."""
    drop_per_frame: bool = False
    """pose: draw anew for every frame what is left out, as published, not once for a clip."""
    people: Literal["largest", "all"] = "largest"
    """pose: who is drawn where there are several; the original drew all."""
    crop: Literal["follow", "central", "none"] = "follow"
    """pose: a box that follows the person, the middle half of the picture as published, or the whole frame."""
    crop_aspect: Annotated[float, Field(gt=0)] = 0.75
    """pose: width of the box that follows the person, by its height."""

    def __post_init__(self) -> None:
        defaults = {field.name: field.default for field in fields(self)}
        for key, kind in KIND_OF.items():
            if getattr(self, key) != defaults[key] and self.kind != kind:
                raise ValueError(f"{key} is for kind {kind}, kind is {self.kind}")
        if self.densepose_only and self.openpose_only:
            raise ValueError("densepose_only and openpose_only exclude each other; set one of them, or none for both")
