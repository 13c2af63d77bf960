"""Halving and pyramids."""

import pytest
import torch
from torch.testing import assert_close

from vid2vid_core.ops import halve, pyramid


def test_halving_averages_three_by_three_and_leaves_the_outside_out() -> None:
    x = torch.rand(1, 1, 6, 8)
    halved = halve(x)
    assert halved.shape == (1, 1, 3, 4)
    assert_close(halved[0, 0, 0, 0], x[0, 0, :2, :2].mean())
    assert_close(halved[0, 0, 0, 2], x[0, 0, :2, 3:6].mean())
    assert_close(halved[0, 0, 1, 2], x[0, 0, 1:4, 3:6].mean())


def test_odd_sizes_round_up_and_a_constant_stays_constant() -> None:
    assert_close(halve(torch.full((2, 3, 5, 7), 0.25)), torch.full((2, 3, 3, 4), 0.25))


def test_time_is_folded_and_channels_stay_apart() -> None:
    x = torch.rand(2, 3, 4, 8, 6)
    assert_close(halve(x)[1, 2, 3], halve(x[1, 2, 3][None, None])[0, 0])


def test_pyramid_goes_from_coarse_to_fine_and_ends_with_the_input() -> None:
    x = torch.rand(2, 3, 4, 16, 24)
    levels = pyramid(x, 3)
    assert [level.shape[-2:] for level in levels] == [(4, 6), (8, 12), (16, 24)]
    assert levels[-1] is x
    assert_close(levels[0], halve(halve(x)))
    assert len(pyramid(x, 1)) == 1


@pytest.mark.parametrize(("shape", "name", "size"), [((1, 1, 10, 16), "height", 10), ((1, 1, 16, 18), "width", 18)])
def test_sizes_that_cannot_be_halved_exactly_are_refused(shape: tuple[int, ...], name: str, size: int) -> None:
    with pytest.raises(ValueError, match=f"{name} must be a multiple of 4 for 3 spatial scales, got {size}"):
        pyramid(torch.zeros(shape), 3)
