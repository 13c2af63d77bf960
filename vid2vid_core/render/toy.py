"""Rendering from toy weights: that what a trial of a recipe has written can be read and makes pictures."""

from pathlib import Path

import torch
from torch import Tensor

from vid2vid_core.models.image_weights import load_image_model
from vid2vid_core.models.weights import load_generator
from vid2vid_core.ops import encode_controls
from vid2vid_core.render.rollout import Rollout
from vid2vid_core.types import Clip


@torch.inference_mode()
def render_toy(weights: Path, single: Path | None, clip: Clip, parts: Tensor) -> Tensor:
    """Make the first frame of a drawn clip.

    Args:
        weights: of the last stage.
        single: of the image stage, which then makes the pictures before that frame; None: they are the clip's.
        clip: controls and pictures, at least n_frames_G frames.
        parts: (B, T, 1, H, W) ids of labels or parts, for an image stage with features.

    Returns:
        (B, 3, H, W) in [-1, 1].

    Raises:
        ValueError: The weights cannot be used, or the frame holds NaN or infinity.
    """
    generator, info = load_generator(weights)
    config = generator.config
    past = config.n_frames_G - 1
    first: Tensor | None = clip.images[:, :past]
    if config.no_first_img:
        first = None
    elif single is not None:
        model, _ = load_image_model(single)
        controls = encode_controls(clip.controls[:, :past], None, info.label_nc)
        pictures = [model.picture(controls[:, t], parts[:, t], clip.images[:, t]) for t in range(past)]
        first = torch.stack(pictures, dim=1)
    rollout = Rollout(generator)
    rollout.reset(first)
    window = slice(0, config.n_frames_G)
    instances = None if clip.instances is None else clip.instances[:, window]
    image = rollout.step(encode_controls(clip.controls[:, window], instances, info.label_nc)).image
    if not bool(image.isfinite().all()):
        raise ValueError(f"{weights}: the frame rendered with it holds NaN or infinity")
    return image
