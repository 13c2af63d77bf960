"""The perceptual network and its weights file."""

from pathlib import Path

import pytest
import torch
from torch import Tensor

from vid2vid_core.models import Vgg19Features
from vid2vid_core.models.vgg import _PLAN


@pytest.fixture(scope="module")
def weights() -> dict[str, Tensor]:
    """Random weights under torchvision's keys, classifier included."""
    state, channels, number = {"classifier.0.weight": torch.zeros(2, 2)}, 3, 0
    for width in _PLAN:
        if width:
            state[f"features.{number}.weight"] = torch.randn(width, channels, 3, 3) / (9 * channels) ** 0.5
            state[f"features.{number}.bias"] = torch.full((width,), 0.1)
            channels = width
        number += 2 if width else 1
    return state


def test_five_taps_after_a_relu_at_halving_sizes(weights: dict[str, Tensor], tmp_path: Path) -> None:
    torch.save(weights, tmp_path / "vgg19.pth")
    vgg = Vgg19Features(tmp_path / "vgg19.pth")
    x = torch.rand(1, 3, 32, 48) * 2 - 1
    taps = vgg(x)
    shapes = [(64, 32, 48), (128, 16, 24), (256, 8, 12), (512, 4, 6), (512, 2, 3)]
    assert [tuple(tap.shape[1:]) for tap in taps] == shapes
    assert all(tap.min() >= 0 for tap in taps)
    first = torch.nn.functional.conv2d(x, weights["features.0.weight"], weights["features.0.bias"], padding=1).relu()
    torch.testing.assert_close(taps[0], first)  # no normalisation before, nothing written over it after
    torch.testing.assert_close(taps[-1], vgg.features(x))  # the deepest tap is the end of the list
    assert not any(parameter.requires_grad for parameter in vgg.parameters())


def test_other_files_are_refused_by_name(weights: dict[str, Tensor], tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"absent\.pth: cannot be read"):
        Vgg19Features(tmp_path / "absent.pth")
    (tmp_path / "text.safetensors").write_text("not weights")
    with pytest.raises(ValueError, match=r"text\.safetensors: cannot be read"):
        Vgg19Features(tmp_path / "text.safetensors")
    torch.save({**weights, "features.5.weight": torch.zeros(3)}, tmp_path / "other.pth")
    with pytest.raises(ValueError, match=r"other\.pth: not torchvision's VGG-19.*features\.5\.weight"):
        Vgg19Features(tmp_path / "other.pth")
