"""The cost volume against a plain loop, by hand-worked numbers, in gradients and in half precision."""

import itertools

import pytest
import torch
from torch import Tensor

from vid2vid_core.models.flownet2.correlation import correlation


def plain_loop(
    first: Tensor, second: Tensor, padding: int, kernel_size: int, max_displacement: int, stride: int, step: int
) -> Tensor:
    """The definition, one output value after the other."""
    border = [padding] * 4
    a, b = (torch.nn.functional.pad(x, border) for x in (first, second))
    radius, half = max_displacement // step, kernel_size // 2
    rows, columns = (range(0, size - 2 * (max_displacement + half), stride) for size in a.shape[-2:])
    displacements = [k * step for k in range(-radius, radius + 1)]
    window = range(-half, half + 1)
    result = first.new_zeros(len(first), len(displacements) ** 2, len(rows), len(columns))
    for channel, (j, i) in enumerate(itertools.product(displacements, displacements)):
        for (m, y), (n, x) in itertools.product(enumerate(rows), enumerate(columns)):
            for q, p in itertools.product(window, window):
                top, left = y + max_displacement + q, x + max_displacement + p
                result[:, channel, m, n] += (a[..., top, left] * b[..., top + j, left + i]).mean(1) / kernel_size**2
    return result


@pytest.mark.parametrize("size", [(6, 8), (7, 9), (1, 5), (4, 1)])
@pytest.mark.parametrize(("max_displacement", "step"), [(4, 2), (3, 2), (2, 1), (6, 3), (0, 1)])
def test_settings_of_flownet_agree_with_the_definition(size: tuple[int, int], max_displacement: int, step: int) -> None:
    first, second = torch.randn(2, 2, 5, *size, dtype=torch.float64).unbind()
    options = {"padding": max_displacement, "max_displacement": max_displacement, "displacement_step": step}
    expected = plain_loop(first, second, max_displacement, 1, max_displacement, 1, step)
    torch.testing.assert_close(correlation(first, second, **options), expected)


@pytest.mark.parametrize(
    ("padding", "kernel_size", "max_displacement", "stride", "step"),
    [(2, 1, 4, 1, 2), (6, 1, 4, 1, 2), (4, 1, 4, 2, 2), (5, 3, 5, 1, 2), (5, 3, 5, 2, 4), (3, 3, 1, 3, 2)],
)
def test_any_other_setting_agrees_with_the_definition(
    padding: int, kernel_size: int, max_displacement: int, stride: int, step: int
) -> None:
    first, second = torch.randn(2, 1, 3, 11, 12, dtype=torch.float64).unbind()
    options = {"padding": padding, "kernel_size": kernel_size, "max_displacement": max_displacement}
    got = correlation(first, second, **options, stride=stride, displacement_step=step)
    expected = plain_loop(first, second, padding, kernel_size, max_displacement, stride, step)
    torch.testing.assert_close(got, expected)


def test_numbers_worked_out_by_hand() -> None:
    first, second = torch.tensor([1.0, 2, 3]).view(1, 1, 1, 3), torch.tensor([10.0, 20, 30]).view(1, 1, 1, 3)
    costs = correlation(first, second, padding=1, max_displacement=1, displacement_step=1)[0, :, 0]
    expected = torch.zeros(9, 3)
    expected[3:6] = torch.tensor([[0.0, 20, 60], [10, 40, 90], [20, 60, 0]])
    torch.testing.assert_close(costs, expected)
    upright = correlation(
        first.transpose(2, 3), second.transpose(2, 3), padding=1, max_displacement=1, displacement_step=1
    )[0, :, :, 0]
    torch.testing.assert_close(upright[[1, 4, 7]], expected[3:6])  # vertical displacement is the slow index
    pixel = correlation(torch.tensor([1.0, 2]).view(1, 2, 1, 1), torch.tensor([3.0, 4]).view(1, 2, 1, 1))
    assert pixel.shape == (1, 441, 1, 1) and pixel[0, 220].item() == 5.5 and pixel.count_nonzero() == 1


def test_channels_last_maps_give_the_same() -> None:
    first, second = torch.randn(2, 2, 8, 10, 12).unbind()
    expected = correlation(first, second)
    swapped = [x.contiguous(memory_format=torch.channels_last) for x in (first, second)]
    torch.testing.assert_close(correlation(*swapped), expected)


@pytest.mark.parametrize("padding", [2, 3], ids=["band", "windows"])
def test_gradients(padding: int) -> None:
    maps = [torch.randn(1, 2, 3, 5, dtype=torch.float64, requires_grad=True) for _ in range(2)]
    assert torch.autograd.gradcheck(lambda a, b: correlation(a, b, padding=padding, max_displacement=2), maps)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_sums_in_float32(dtype: torch.dtype) -> None:
    first = torch.full((1, 256, 4, 6), 30.0, dtype=dtype)  # the sum, 230400, is more than float16 can hold
    costs = correlation(first, first)
    assert costs.dtype == dtype and costs[0, 220, 0, 0] == 900
    alternating = first * torch.tensor([1, -1], dtype=dtype).repeat(128).view(1, -1, 1, 1)
    assert correlation(first, alternating).abs().max() == 0


def test_small_times_large_keeps_its_digits_in_float16() -> None:
    first, second = torch.randn(2, 1, 256, 4, 6).unbind()
    first, second = (1e-3 * first).half(), (1e3 * second).half()  # divided by 256, the first would be subnormal
    expected = correlation(first.double(), second.double())
    torch.testing.assert_close(correlation(first, second).double(), expected, rtol=1e-3, atol=1e-5)


def test_autocast_does_not_lower_the_precision() -> None:
    first, second = torch.randn(2, 1, 64, 6, 8).unbind()
    with torch.autocast("cpu", torch.bfloat16):
        inside = correlation(first, second)
    expected = correlation(first.double(), second.double())
    torch.testing.assert_close(inside.double(), expected, rtol=1e-5, atol=1e-6)


def test_impossible_settings_are_named() -> None:
    x = torch.zeros(1, 2, 8, 8)
    with pytest.raises(ValueError, match=r"equal shape.*\(1, 2, 8, 8\) and \(1, 2, 8, 9\)"):
        correlation(x, torch.zeros(1, 2, 8, 9))
    with pytest.raises(ValueError, match="odd kernel_size.*got kernel_size 2"):
        correlation(x, x, kernel_size=2)
    with pytest.raises(ValueError, match="displacement_step 0"):
        correlation(x, x, displacement_step=0)
    with pytest.raises(ValueError, match="outside the padded maps"):
        correlation(x, x, kernel_size=3)
    with pytest.raises(ValueError, match="8x8 are too small for max_displacement 20"):
        correlation(x, x, padding=0)
