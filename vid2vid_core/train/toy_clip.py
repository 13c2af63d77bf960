"""A clip drawn at random, of the kind a stage reads: stands for a dataset where only the run matters."""

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from vid2vid_core.config import StageConfig, control_channels
from vid2vid_core.losses.face_region import NOSE_NECK
from vid2vid_core.types import Clip

_LABELS = 35
_PARTS = 7
_SQUARE = 8
"""Label maps are drawn in squares of so many pixels."""


def toy_labels(stage: StageConfig) -> int:
    """Number of labels a stage is tried with: 0 for drawn controls."""
    if stage.controls.kind != "labels":
        return 0
    return max(_LABELS, 1 + max(stage.generator.fg_labels)) if stage.generator.fg else _LABELS


def toy_clip(stage: StageConfig, frames: int, height: int, width: int, seed: int) -> Clip:
    """Draw pictures, controls and flow.

    Args:
        stage: kind of controls, batch size.
        frames: of the clip, those that only start the recursion included.
        height: pixels, a multiple of 8.
        width: likewise.
        seed: same seed, same clip.
    """
    random = torch.Generator().manual_seed(seed)
    shape = (stage.data.batchSize, frames, 1, height, width)

    def uniform(low: float, high: float, count: int, channels: int) -> Tensor:
        return low + (high - low) * torch.rand(shape[0], count, channels, height, width, generator=random)

    if stage.controls.kind == "labels":
        controls = _squares(toy_labels(stage), shape, random)
    else:
        low = 0.0 if stage.controls.kind == "face" else -1.0
        controls = uniform(low, 1.0, frames, control_channels(stage, 0))
        if stage.controls.openpose_only:  # the limb by which a face is found
            controls[..., :_SQUARE, :_SQUARE] = torch.tensor(NOSE_NECK)[:, None, None]
    return Clip(
        images=uniform(-1.0, 1.0, frames, 3),
        controls=controls,
        instances=_squares(5, shape, random) if stage.data.use_instance else None,
        flow=uniform(-2.0, 2.0, frames - 1, 2),
        confidence=uniform(0.0, 1.0, frames - 1, 1).round(),
    )


def toy_parts(stage: StageConfig, clip: Clip) -> Tensor:
    """(B, T, 1, H, W) ids that features belong to: the labels, or parts drawn where controls are drawn."""
    if stage.controls.kind == "labels":
        return clip.controls
    batch, frames, _, height, width = clip.images.shape
    return _squares(_PARTS, (batch, frames, 1, height, width), torch.Generator().manual_seed(0))


def _squares(count: int, shape: tuple[int, int, int, int, int], random: torch.Generator) -> Tensor:
    """Squares of random integers below `count`."""
    batch, frames, _, height, width = shape
    small = torch.randint(count, (batch, frames, height // _SQUARE, width // _SQUARE), generator=random)
    return interpolate(small.float(), scale_factor=_SQUARE).long()[:, :, None]
