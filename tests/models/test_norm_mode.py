"""Which statistics a generator normalises by."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from vid2vid_core.config import GeneratorConfig
from vid2vid_core.models import VideoGenerator
from vid2vid_core.ops import pyramid

CHANNELS = 4
TRAIN = GeneratorConfig(
    ngf=8, n_blocks=2, n_downsample_G=1, n_blocks_local=1, n_scales_spatial=2, n_frames_G=2, fg=True
)
EVAL = replace(TRAIN, norm_mode="eval")


def generator_of(config: GeneratorConfig) -> VideoGenerator:
    torch.manual_seed(0)
    generator = VideoGenerator(config, CHANNELS)
    for parameter in generator.parameters():
        parameter.data.mul_(4)  # large enough that pictures are not all grey
    return generator


def inputs(seed: int = 0) -> tuple[list[Tensor], list[Tensor], list[Tensor]]:
    draw = torch.Generator().manual_seed(seed)
    sizes = (CHANNELS * TRAIN.n_frames_G, 3, 1)
    controls, previous, mask = (pyramid(torch.rand(1, c, 32, 160, generator=draw), 2) for c in sizes)
    return controls, previous, mask


def changed_on_the_left() -> tuple[list[Tensor], list[Tensor], list[Tensor]]:
    controls, previous, mask = inputs()
    full = controls[-1].clone()
    full[..., :16] = 5.0
    return pyramid(full, 2), previous, mask


@torch.no_grad()
def test_rendering_by_running_statistics_leaves_far_pixels_alone() -> None:
    """With the statistics of the frame at hand, a change anywhere changes colours everywhere."""
    for config, moves in ((TRAIN, True), (EVAL, False)):
        generator = generator_of(config)
        for seed in range(20):
            generator.train()(*inputs(seed + 1))
        generator.eval()
        before, after = generator(*inputs()).image, generator(*changed_on_the_left()).image
        assert not torch.allclose(before[..., :16], after[..., :16])
        assert torch.equal(before[..., -16:], after[..., -16:]) != moves


def test_training_computes_the_same_in_both_modes() -> None:
    plain, running = generator_of(TRAIN).train(), generator_of(EVAL).train()
    a, b = plain(*inputs()), running(*inputs())
    assert torch.equal(a.image, b.image) and a.flow is not None and b.flow is not None and torch.equal(a.flow, b.flow)
    a.image.square().sum().backward()
    b.image.square().sum().backward()
    for mine, other in zip(plain.parameters(), running.parameters(), strict=True):
        assert (mine.grad is None) == (other.grad is None)
        assert mine.grad is None or (other.grad is not None and torch.equal(mine.grad, other.grad))


def test_only_running_statistics_are_stored() -> None:
    assert not list(generator_of(TRAIN).buffers())
    assert generator_of(TRAIN).state_dict().keys() < generator_of(EVAL).state_dict().keys()
    stored = generator_of(EVAL).state_dict().keys() - generator_of(TRAIN).state_dict().keys()
    assert {name.rsplit(".", 1)[1] for name in stored} == {"running_mean", "running_var", "num_batches_tracked"}


@torch.no_grad()
def test_running_statistics_approach_those_of_what_is_seen() -> None:
    config = replace(EVAL, no_flow=True, fg=False)  # flow would magnify small differences
    generator = generator_of(config).train()
    for _ in range(100):
        expected = generator(*inputs()).image
    found = generator.eval()(*inputs()).image
    assert_close(found, expected, rtol=0, atol=0.1)  # running variances are unbiased, the others are not
    fresh = generator_of(config).eval()(*inputs()).image
    assert (fresh - expected).abs().max() > 0.5


def test_instance_norm_has_no_running_statistics() -> None:
    with pytest.raises(ValueError, match="norm_mode eval needs norm batch, norm is instance"):
        GeneratorConfig(norm="instance", norm_mode="eval")
