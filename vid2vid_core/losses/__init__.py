"""Adversarial, feature matching, perceptual, flow and warping losses."""

from vid2vid_core.losses.adversarial import feature_matching, gan_loss
from vid2vid_core.losses.assembly import flow_terms, image_terms, picture_terms, temporal_terms, total
from vid2vid_core.losses.masked import masked_l1
from vid2vid_core.losses.perceptual import perceptual_loss, perceptual_taps

__all__ = [
    "feature_matching",
    "flow_terms",
    "gan_loss",
    "image_terms",
    "masked_l1",
    "perceptual_loss",
    "perceptual_taps",
    "picture_terms",
    "temporal_terms",
    "total",
]
