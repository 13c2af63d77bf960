"""Masked L1 and the perceptual loss, against their formulas."""

import torch
from torch import Tensor, nn
from torch.testing import assert_close

from vid2vid_core.losses import masked_l1, perceptual_loss, perceptual_taps


def test_masked_pixels_count_as_a_match_but_stay_in_the_mean() -> None:
    a, b = torch.zeros(1, 3, 2, 2), torch.ones(1, 3, 2, 2)
    confidence = torch.tensor([[1.0, 0.5], [0.0, 0.0]])[None, None]
    assert_close(masked_l1(a, b, confidence), torch.tensor(1.5 / 4))


def test_masked_pixels_get_no_gradient() -> None:
    a = torch.ones(1, 1, 1, 2, requires_grad=True)
    masked_l1(a, torch.zeros(1, 1, 1, 2), torch.tensor([[[[1.0, 0.0]]]])).backward()
    assert a.grad is not None
    assert a.grad.flatten().tolist() == [0.5, 0.0]


def test_deep_maps_weigh_more() -> None:
    real = [torch.zeros(1, 1, 2, 2, requires_grad=True) for _ in range(5)]
    weights = []
    for deep in range(5):
        taps = [torch.full((1, 1, 2, 2), float(i == deep)) for i in range(5)]
        weights.append(perceptual_loss(taps, real))
    assert_close(torch.stack(weights), torch.tensor([1 / 32, 1 / 16, 1 / 8, 1 / 4, 1.0]))
    assert not weights[0].requires_grad


class Recorder(nn.Module):
    def forward(self, x: Tensor) -> list[Tensor]:
        return [x]


def test_only_wide_pictures_are_halved() -> None:
    x = torch.rand(1, 3, 8, 1032)
    seen = perceptual_taps(Recorder(), x)[0]
    assert seen.shape == (1, 3, 4, 516)
    assert_close(seen[0, 0, 0, 0], x[0, 0, :2, :2].mean())
    assert perceptual_taps(Recorder(), x[..., :1024])[0].shape == (1, 3, 8, 1024)
    assert perceptual_taps(Recorder(), torch.rand(1, 3, 8, 4096))[0].shape == (1, 3, 2, 1024)
