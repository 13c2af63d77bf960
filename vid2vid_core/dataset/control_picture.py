"""Controls as people look at them."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vid2vid_core.dataset.palette import colourise

_BOTH_PICTURES = 6
"""Channels of pose controls: a DensePose picture, then an OpenPose picture."""


def control_picture(controls: Tensor, label_nc: int) -> NDArray[np.uint8]:
    """A picture (H, W, 3) RGB of the controls of one frame.

    Args:
        controls: (1, H, W) label ids, -1 where there is none: a colour each. Or drawn maps: of a face (15 or 1
            channels, 8-bit or 0 .. 1) the edges; of a pose (6 or 3 channels, -1 .. 1) key points over body surface.
        label_nc: number of labels; 0 for drawn maps.
    """
    if label_nc > 0:
        return colourise(controls[0].cpu().numpy(), label_nc)
    if controls.shape[0] in (3, _BOTH_PICTURES):
        levels = ((controls.float() + 1) * 127.5).round().to(torch.uint8).cpu().numpy().transpose(1, 2, 0)
        surface, drawn = levels[..., :3], levels[..., -3:]
        return np.where(drawn.any(axis=2, keepdims=True), drawn, surface)
    edges = controls[0] if controls.dtype == torch.uint8 else (controls[0].float() * 255).round().to(torch.uint8)
    return np.repeat(edges.cpu().numpy()[..., None], 3, axis=2)
