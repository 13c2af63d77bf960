"""What a discriminator's outputs mean as losses: adversarial loss and feature matching."""

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor
from torch.nn.functional import l1_loss, relu, softplus

from vid2vid_core.config import LossConfig
from vid2vid_core.ops import full_precision

GanMode = Literal["ls", "original", "hinge"]


def gan_loss(predictions: Sequence[Tensor], target_is_real: bool, mode: GanMode, *, for_discriminator: bool) -> Tensor:
    """Distance of unbounded predictions from 'real' or 'generated': mean over patches, sum over sizes.

    With p the prediction and t = 1 for real, 0 for generated: `ls` is (p - t)^2; `original` is the binary
    cross-entropy of sigmoid(p) and t; `hinge` is max(0, 1 - p) or max(0, 1 + p) for the discriminator, -p or p for the
    generator.

    Args:
        predictions: last layer of the discriminator at each size, (B, 1, h, w) each.
        target_is_real: what the predictions are wanted to say.
        mode: kind of loss.
        for_discriminator: whose loss it is; matters to `hinge` only.

    Returns:
        Scalar.

    Raises:
        ValueError: another mode, or no predictions.

    Source: Mao et al., LSGAN, 2017; Goodfellow et al., 2014; Lim and Ye, Geometric GAN, 2017.
    """
    if not predictions:
        raise ValueError("gan_loss needs the predictions of at least one size, got none")
    patches = [_patches(full_precision(p), target_is_real, mode, for_discriminator) for p in predictions]
    return torch.stack([each.mean() for each in patches]).sum()


def _patches(prediction: Tensor, target_is_real: bool, mode: GanMode, for_discriminator: bool) -> Tensor:
    towards = -prediction if target_is_real else prediction
    if mode == "ls":
        return (prediction - float(target_is_real)).square()
    if mode == "original":
        return softplus(towards)
    if mode == "hinge":
        return relu(1 + towards) if for_discriminator else towards
    raise ValueError(f"gan_mode must be ls, original or hinge, got {mode!r}")


def feature_matching(
    fake: Sequence[Sequence[Tensor]], real: Sequence[Sequence[Tensor]], config: LossConfig, n_layers_D: int, num_D: int
) -> Tensor:
    """Mean absolute difference of a discriminator's features, over all layers but the prediction, summed over sizes.

    Every difference counts `lambda_feat * 4 / (n_layers_D + 1) / num_D`.

    Args:
        fake: outputs of all layers per size, for the generated pictures.
        real: the same for the real pictures; no gradient reaches them.
        config: gives lambda_feat.
        n_layers_D: layers of stride 2 of the discriminator.
        num_D: number of its sizes.

    Returns:
        Scalar.

    Source: Wang et al., pix2pixHD, 2018, equation 4.
    """
    differences = [
        l1_loss(full_precision(fake_layer), full_precision(real_layer.detach()))
        for fake_layers, real_layers in zip(fake, real, strict=True)
        for fake_layer, real_layer in zip(fake_layers[:-1], real_layers[:-1], strict=True)
    ]
    return torch.stack(differences).sum() * (config.lambda_feat * 4 / (n_layers_D + 1) / num_D)
