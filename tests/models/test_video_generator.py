"""The sequential generator over all scales."""

import dataclasses

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from vid2vid_core.config import GeneratorConfig
from vid2vid_core.models import CompositeGenerator, RefinementGenerator, VideoGenerator
from vid2vid_core.ops import pyramid, warp

CHANNELS = 5
SMALL = GeneratorConfig(ngf=8, n_blocks=3, n_downsample_G=1, n_blocks_local=1, n_scales_spatial=2, fg=True)


def inputs(
    config: GeneratorConfig, height: int = 16, width: int = 24
) -> tuple[list[Tensor], list[Tensor], list[Tensor]]:
    draw = torch.Generator().manual_seed(0)
    channels = (CHANNELS * config.n_frames_G, 3 * (config.n_frames_G - 1), 1)
    controls, previous, mask = (
        pyramid(torch.rand(1, c, height, width, generator=draw), config.n_scales_spatial) for c in channels
    )
    return controls, previous, mask


def small_generator(**changes: object) -> VideoGenerator:
    torch.manual_seed(0)
    return VideoGenerator(dataclasses.replace(SMALL, **changes), CHANNELS)  # type: ignore[arg-type]


def test_outputs_have_the_documented_shapes_and_ranges() -> None:
    generator = small_generator(n_scales_spatial=3)
    output = generator(*inputs(generator.config, 32, 48))
    assert output.image.shape == output.raw.shape == (1, 3, 32, 48)
    assert output.flow is not None and output.flow.shape == (1, 2, 32, 48)
    assert output.weight is not None and output.weight.shape == (1, 1, 32, 48)
    assert [image.shape[-2:] for image in output.images] == [(8, 12), (16, 24), (32, 48)]
    assert output.images[-1] is output.image
    assert output.image.abs().max() <= 1
    assert 0 < output.weight.min() and output.weight.max() < 1


def test_scales_halve_in_width_and_double_in_flow() -> None:
    generator = small_generator(n_scales_spatial=3)
    coarse, middle, fine = generator.scales
    assert isinstance(coarse, CompositeGenerator)
    assert isinstance(middle, RefinementGenerator) and isinstance(fine, RefinementGenerator)
    assert [net.image_head.in_channels for net in generator.scales] == [8, 4, 2]
    assert [net.flow_scale for net in generator.scales] == [20, 40, 80]


def test_residual_blocks_are_split_with_the_larger_half_in_the_encoder() -> None:
    network = small_generator(n_blocks=5).scales[0]
    assert len(network.label_encoder.blocks) == len(network.image_encoder.blocks) == 3
    assert len(network.image_decoder.blocks) == len(network.flow_decoder.blocks) == 2
    assert len(network.foreground_decoder.blocks) == 5 and len(network.foreground_encoder.blocks) == 0


@pytest.mark.parametrize(("downsamplings", "widths"), [(2, [8, 4]), (3, [4, 2])])
def test_the_foreground_branch_is_half_as_wide_beyond_two_downsamplings(downsamplings: int, widths: list[int]) -> None:
    generator = small_generator(n_downsample_G=downsamplings)
    assert [net.foreground_head.in_channels for net in generator.scales] == widths


def test_the_final_picture_blends_raw_and_warped_past_and_gets_the_foreground() -> None:
    generator = small_generator(n_scales_spatial=1, fg=False)
    controls, previous, _ = inputs(generator.config)
    output = generator(controls, previous)
    warped = warp(previous[0][:, -3:], output.flow)
    assert_close(output.image, output.weight * output.raw + (1 - output.weight) * warped)

    generator = small_generator(n_scales_spatial=1)
    mask = torch.zeros(1, 1, 16, 24)
    mask[..., :8, :] = 1
    output = generator(controls, previous, [mask])
    assert_close(output.image[..., :8, :], output.raw[..., :8, :])
    assert not torch.allclose(output.image[..., 8:, :], output.raw[..., 8:, :])


def test_raw_only_does_not_use_the_warped_past_but_still_gives_the_flow() -> None:
    generator = small_generator()
    output = generator(*inputs(SMALL), raw_only=True)
    assert output.image is output.raw
    assert output.flow is not None and output.weight is not None


def test_without_flow_there_is_one_picture_and_no_flow_network() -> None:
    generator = small_generator(no_flow=True)
    output = generator(*inputs(SMALL))
    assert output.image is output.raw
    assert output.flow is None and output.weight is None
    assert not any("flow" in name or "mask_head" in name for name, _ in generator.named_parameters())


def test_training_and_evaluation_mode_compute_the_same() -> None:
    generator = small_generator()
    arguments = inputs(SMALL)
    trained = generator.train()(*arguments)
    assert_close(generator.eval()(*arguments).image, trained.image)
    assert not list(generator.buffers())


def test_every_parameter_learns_unless_coarse_scales_are_frozen() -> None:
    generator = small_generator()
    output = generator(*inputs(SMALL))
    (output.image.sum() + output.images[0].sum() + output.raw.sum()).backward()
    assert all(p.grad is not None for p in generator.parameters())

    generator.zero_grad()
    output = generator(*inputs(SMALL), detach_coarse=True)
    assert not output.images[0].requires_grad
    output.image.sum().backward()
    assert all(p.grad is None for p in generator.scales[0].parameters())
    assert all(p.grad is not None for p in generator.scales[1].parameters())


def test_freezing_changes_no_value() -> None:
    generator = small_generator()
    arguments = inputs(SMALL)
    assert_close(generator(*arguments, detach_coarse=True).image, generator(*arguments).image)


def test_initial_weights_are_small_and_normal() -> None:
    generator = small_generator(ngf=32, n_blocks=2)
    convolutions = [m.weight for m in generator.modules() if isinstance(m, torch.nn.Conv2d | torch.nn.ConvTranspose2d)]
    drawn = torch.cat([w.flatten() for w in convolutions])
    assert abs(drawn.std() - 0.02) < 5e-4 and abs(drawn.mean()) < 5e-4
    norms = [m for m in generator.modules() if isinstance(m, torch.nn.BatchNorm2d)]
    scales = torch.cat([m.weight for m in norms])
    assert abs(scales.mean() - 1) < 5e-3 and abs(scales.std() - 0.02) < 5e-3
    assert all((m.bias == 0).all() for m in norms)


def test_instance_norm_has_no_parameters() -> None:
    names = [name for name, _ in small_generator(norm="instance").named_parameters()]
    assert not any("norm" in name for name in names)


@pytest.mark.parametrize(
    ("height", "width", "message"),
    [
        (18, 24, r"height must be a multiple of 4, at least 8 .*2 scales and n_downsample_G 1.*got 18"),
        (16, 22, r"width must be a multiple of 4.*got 22"),
        (4, 24, r"height must be a multiple of 4, at least 8.*got 4"),
    ],
)
def test_sizes_that_do_not_fit_are_named(height: int, width: int, message: str) -> None:
    generator = small_generator()
    with pytest.raises(ValueError, match=message):
        generator(*inputs(SMALL, height, width))


def test_the_smallest_size_that_is_allowed_works() -> None:
    assert small_generator()(*inputs(SMALL, 8, 8)).image.shape == (1, 3, 8, 8)


def test_inputs_of_another_model_are_refused() -> None:
    generator = small_generator()
    controls, previous, mask = inputs(SMALL)
    with pytest.raises(ValueError, match=r"controls must have 15 channels .* got 18"):
        generator([torch.cat((c, c[:, :3]), dim=1) for c in controls], previous, mask)
    with pytest.raises(ValueError, match=r"previous must have 2 entries.*got 1"):
        generator(controls, previous[:1], mask)
    with pytest.raises(ValueError, match=r"foreground must have 2 entries.*got 0"):
        generator(controls, previous)


def test_a_frame_can_be_learnt() -> None:
    generator = small_generator()
    controls, previous, mask = inputs(SMALL)
    target = torch.rand(1, 3, 16, 24) * 2 - 1
    optimizer = torch.optim.Adam(generator.parameters(), lr=2e-3)
    losses = []
    for _ in range(30):
        loss = (generator(controls, previous, mask).image - target).abs().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.8 * losses[0]
