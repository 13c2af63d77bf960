"""Adversarial losses and feature matching, against their formulas."""

import math

import pytest
import torch
from torch.testing import assert_close

from vid2vid_core.config import LossConfig
from vid2vid_core.losses import feature_matching, gan_loss

PREDICTIONS = [torch.tensor([[[[2.0, -1.0]]]]), torch.tensor([[[[0.5]]]])]


def cross_entropy(prediction: float, target: float) -> float:
    p = 1 / (1 + math.exp(-prediction))
    return -(target * math.log(p) + (1 - target) * math.log(1 - p))


@pytest.mark.parametrize(
    ("mode", "real", "own", "expected"),
    [
        ("ls", True, True, (1 + 4) / 2 + 0.25),
        ("ls", False, True, (4 + 1) / 2 + 0.25),
        ("ls", True, False, (1 + 4) / 2 + 0.25),
        ("hinge", True, True, (0 + 2) / 2 + 0.5),
        ("hinge", False, True, (3 + 0) / 2 + 1.5),
        ("hinge", True, False, -(2 - 1) / 2 - 0.5),
        ("original", True, True, (cross_entropy(2, 1) + cross_entropy(-1, 1)) / 2 + cross_entropy(0.5, 1)),
        ("original", False, True, (cross_entropy(2, 0) + cross_entropy(-1, 0)) / 2 + cross_entropy(0.5, 0)),
    ],
)
def test_mean_over_patches_and_sum_over_sizes(mode: str, real: bool, own: bool, expected: float) -> None:
    loss = gan_loss(PREDICTIONS, real, mode, for_discriminator=own)  # type: ignore[arg-type]
    assert_close(loss, torch.tensor(expected))


def test_extreme_predictions_stay_finite() -> None:
    assert torch.isfinite(gan_loss([torch.tensor([[[[-1e4]]]])], True, "original", for_discriminator=False))


def test_another_mode_or_no_prediction_is_refused() -> None:
    with pytest.raises(ValueError, match="ls, original or hinge, got 'lsgan'"):
        gan_loss(PREDICTIONS, True, "lsgan", for_discriminator=True)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="got none"):
        gan_loss([], True, "ls", for_discriminator=True)


def test_feature_matching_skips_the_prediction_and_the_real_gradient() -> None:
    fake = [[torch.full((1, 2, 3, 3), 1.0, requires_grad=True), torch.full((1, 1, 1, 1), 9.0)] for _ in range(2)]
    real = [[torch.full((1, 2, 3, 3), 0.25, requires_grad=True), torch.full((1, 1, 1, 1), -9.0)] for _ in range(2)]
    loss = feature_matching(fake, real, LossConfig(lambda_feat=6.0), n_layers_D=3, num_D=2)
    assert_close(loss, torch.tensor(2 * 0.75 * 4 / 4 / 2 * 6.0))
    loss.backward()
    assert fake[0][0].grad is not None and real[0][0].grad is None
