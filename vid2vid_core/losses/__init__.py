"""Adversarial, feature matching, perceptual, flow and warping losses."""

from vid2vid_core.losses.adversarial import feature_matching, gan_loss
from vid2vid_core.losses.assembly import (
    face_terms,
    flow_terms,
    image_terms,
    likeness_terms,
    picture_likeness,
    picture_terms,
    temporal_terms,
    total,
)
from vid2vid_core.losses.face_region import Region, face_region, face_side
from vid2vid_core.losses.masked import masked_l1
from vid2vid_core.losses.perceptual import perceptual_loss, perceptual_taps

__all__ = [
    "Region",
    "face_region",
    "face_side",
    "face_terms",
    "feature_matching",
    "flow_terms",
    "gan_loss",
    "image_terms",
    "likeness_terms",
    "masked_l1",
    "perceptual_loss",
    "perceptual_taps",
    "picture_likeness",
    "picture_terms",
    "temporal_terms",
    "total",
]
