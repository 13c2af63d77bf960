"""Warping and composing flows."""

import pytest
import torch
from torch.testing import assert_close

from vid2vid_core.ops import compose_flow, warp


def ramps(height: int = 9, width: int = 13) -> torch.Tensor:
    """A picture whose two channels are the x and the y coordinate of each pixel."""
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    return torch.stack((x, y))[None].double()


def constant_flow(u: float, v: float, like: torch.Tensor) -> torch.Tensor:
    return torch.tensor([u, v], dtype=like.dtype)[None, :, None, None].expand(1, 2, *like.shape[-2:]).clone()


@pytest.mark.parametrize(("u", "v"), [(3.0, 0.0), (0.0, -2.0), (1.25, 0.5)])
def test_looks_up_at_p_plus_flow_and_clamps_to_the_border(u: float, v: float) -> None:
    image = ramps()
    expected = torch.stack(((image[0, 0] + u).clamp(0, 12), (image[0, 1] + v).clamp(0, 8)))[None]
    assert_close(warp(image, constant_flow(u, v, image)), expected)


def test_a_moved_picture_warps_back_exactly() -> None:
    current = torch.rand(1, 3, 10, 16, dtype=torch.float64)
    previous = current.roll((1, -2), dims=(2, 3))  # previous[y + 1, x - 2] is current[y, x]
    back = warp(previous, constant_flow(-2, 1, current))
    assert_close(back[..., :9, 2:], current[..., :9, 2:])


def test_a_clamped_coordinate_gives_the_flow_no_gradient() -> None:
    image = torch.rand(1, 1, 6, 8, dtype=torch.float64)
    flow = constant_flow(0.3, 0.3, image)
    flow[:, 0, 2] = 50.0
    flow.requires_grad_()
    warp(image, flow).square().sum().backward()
    assert flow.grad is not None
    assert (flow.grad[:, 0, 2] == 0).all()
    assert (flow.grad[:, :, 0, :-1] != 0).all()


def test_gradients_agree_with_finite_differences() -> None:
    image = torch.rand(1, 2, 4, 5, dtype=torch.float64, requires_grad=True)
    flow = (torch.rand(1, 2, 4, 5, dtype=torch.float64) * 0.6 + 0.2).requires_grad_()
    assert torch.autograd.gradcheck(warp, (image, flow))


def test_half_precision_keeps_pixel_accuracy_on_wide_pictures() -> None:
    image = torch.zeros(1, 1, 2, 2048)
    image[..., 1501] = 1.0
    warped = warp(image.half(), torch.zeros(1, 2, 2, 2048).half())
    assert warped.dtype == torch.float16
    assert_close(warped.float(), image, atol=1e-3, rtol=0)


def test_pictures_one_pixel_wide_or_high() -> None:
    image = torch.rand(1, 3, 1, 1)
    assert_close(warp(image, torch.full((1, 2, 1, 1), 7.0)), image)


@pytest.mark.parametrize("shape", [(1, 2, 8, 9), (2, 2, 8, 8), (1, 3, 8, 8)])
def test_a_flow_of_another_shape_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"flow must have shape \(1, 2, 8, 8\)"):
        warp(torch.zeros(1, 3, 8, 8), torch.zeros(shape))


def test_composed_flow_is_two_warps_in_one() -> None:
    image = ramps(16, 20)
    first = constant_flow(1.0, 2.0, image)
    second = 0.1 * image + 0.2  # linear, so bilinear lookups are exact
    twice = warp(warp(image, second), first)
    once = warp(image, compose_flow(first, second))
    assert_close(once[..., 2:8, 2:8], twice[..., 2:8, 2:8])
    assert_close(compose_flow(first, constant_flow(3.0, -1.0, image)), constant_flow(4.0, 1.0, image))
