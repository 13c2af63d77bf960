"""Activation checkpointing: the same to the bit, with less kept."""

from typing import Any

import pytest
import torch
from torch import Tensor

from vid2vid_core.config import GeneratorConfig
from vid2vid_core.models import VideoGenerator
from vid2vid_core.ops import pyramid

CHANNELS = 4


def two_frames(recompute: Any, norm_mode: Any, *, detach_coarse: bool = False) -> tuple[VideoGenerator, int]:
    """A generator after two frames, the second made from the first, and a backward pass.

    Also gives the bytes that its layers kept for that pass, beside the inputs of what is computed again.
    """
    torch.manual_seed(0)
    config = GeneratorConfig(
        ngf=8, n_blocks=2, n_downsample_G=1, n_blocks_local=1, n_scales_spatial=2, fg=True, fg_labels=(1,),
        norm_mode=norm_mode,
    )  # fmt: skip
    generator = VideoGenerator(config, CHANNELS)
    generator.recompute = recompute
    controls = pyramid(torch.rand(1, 3 * CHANNELS, 16, 32), 2)
    previous = pyramid(torch.rand(1, 6, 16, 32), 2)
    kept = 0

    def keep(x: Tensor) -> Tensor:
        nonlocal kept
        kept += x.numel() * x.element_size()
        return x

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda x: x):
        masks = [level[:, :1] for level in controls]
        first = generator(controls, previous, masks, detach_coarse=detach_coarse)
        past = [torch.cat((old[:, 3:], new), dim=1) for old, new in zip(previous, first.images, strict=True)]
        second = generator(controls, past, masks, detach_coarse=detach_coarse)
    assert second.flow is not None
    (second.image.square().mean() + second.raw.mean() + second.flow.abs().mean()).backward()
    return generator, kept


@pytest.mark.parametrize("detach_coarse", [False, True])
@pytest.mark.parametrize("norm_mode", ["train", "eval"])
@pytest.mark.parametrize("recompute", ["scale", "frame"])
def test_gradients_and_running_statistics_are_those_of_a_plain_pass(
    recompute: str, norm_mode: str, detach_coarse: bool
) -> None:
    plain, _ = two_frames("none", norm_mode, detach_coarse=detach_coarse)
    found, _ = two_frames(recompute, norm_mode, detach_coarse=detach_coarse)
    gradients = 0
    for (name, a), b in zip(plain.named_parameters(), found.parameters(), strict=True):
        assert (a.grad is None) == (b.grad is None), name
        if a.grad is not None and b.grad is not None:
            assert torch.equal(a.grad, b.grad), name
            gradients += 1
    assert gradients > 10
    for (name, before), after in zip(plain.named_buffers(), found.buffers(), strict=True):
        assert torch.equal(before, after), name
    assert bool(list(plain.buffers())) == (norm_mode == "eval")


def test_layers_keep_nothing() -> None:
    kept = {recompute: two_frames(recompute, "train")[1] for recompute in ("none", "scale", "frame")}
    assert kept["none"] > 1_000_000
    assert kept["scale"] == kept["frame"] == 0


def test_nothing_is_recorded_without_gradients() -> None:
    generator = VideoGenerator(GeneratorConfig(ngf=4, n_blocks=1, n_downsample_G=1), CHANNELS)
    generator.recompute = "frame"
    with torch.no_grad():
        assert not generator([torch.rand(1, 12, 8, 8)], [torch.rand(1, 6, 8, 8)]).image.requires_grad
