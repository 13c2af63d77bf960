"""Distance between pictures as a fixed classification network sees them."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, l1_loss

from vid2vid_core.ops import full_precision

TAP_WEIGHTS = (1 / 32, 1 / 16, 1 / 8, 1 / 4, 1.0)
"""Of the five feature maps, shallow to deep."""
MAX_WIDTH = 1024


def perceptual_taps(vgg: nn.Module, pictures: Tensor) -> list[Tensor]:
    """Feature maps for `perceptual_loss`; pictures wider than 1024 pixels are halved until they are not.

    Args:
        vgg: `models.Vgg19Features`.
        pictures: (B, 3, H, W), [-1, 1], without ImageNet normalisation.

    Returns:
        Five maps, shallow to deep.
    """
    while pictures.shape[-1] > MAX_WIDTH:
        pictures = avg_pool2d(pictures, 2)
    taps: list[Tensor] = vgg(pictures)
    return taps


def perceptual_loss(taps: Sequence[Tensor], real_taps: Sequence[Tensor]) -> Tensor:
    """Weighted sum over the five maps of their mean absolute difference; no gradient reaches `real_taps`.

    Args:
        taps: of the generated pictures.
        real_taps: of the real ones.

    Returns:
        Scalar.

    Source: Johnson et al., Perceptual Losses, 2016; weights of Wang et al., pix2pixHD, 2018.
    """
    pairs = zip(TAP_WEIGHTS, map(full_precision, taps), map(full_precision, real_taps), strict=True)
    parts = [weight * l1_loss(tap, real.detach()) for weight, tap, real in pairs]
    return torch.stack(parts).sum()
