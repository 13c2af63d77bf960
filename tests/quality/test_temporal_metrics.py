"""Change along the motion: zero for a video that moves as the flow says, the flicker where one flickers."""

import cv2
import numpy as np
import pytest

from vid2vid_core.quality.temporal import change_ssim, end_point_error, masked_mean, unexplained_change


def texture(height: int = 24, width: int = 40) -> np.ndarray:
    rough = np.random.default_rng(0).integers(0, 256, (height // 4, width // 4 + 4, 3)).astype(np.uint8)
    return cv2.resize(rough, (width + 16, height), interpolation=cv2.INTER_LINEAR)


def uniform_flow(x: float, y: float, height: int = 24, width: int = 40) -> np.ndarray:
    return np.dstack([np.full((height, width), x), np.full((height, width), y)]).astype(np.float32)


def test_motion_explains_a_shift_and_only_with_its_own_sign() -> None:
    wide = texture()
    previous, current = wide[:, 5:45], wide[:, 8:48]  # contents move 3 pixels to the left
    inside = np.ones((24, 40), np.float32)
    inside[:, -4:] = 0  # newly seen at the right
    right = masked_mean(abs(unexplained_change(current, previous, uniform_flow(3, 0))), inside)
    wrong = masked_mean(abs(unexplained_change(current, previous, uniform_flow(-3, 0))), inside)
    swapped = masked_mean(abs(unexplained_change(current, previous, uniform_flow(0, 3))), inside)
    assert right == pytest.approx(0, abs=1e-6)
    assert wrong > 0.05 and swapped > 0.05


def test_motion_along_y_is_the_second_channel() -> None:
    wide = texture(48)
    previous, current = wide[5:29, :40], wide[8:32, :40]  # contents move 3 pixels up
    inside = np.ones((24, 40), np.float32)
    inside[-4:] = 0
    assert masked_mean(abs(unexplained_change(current, previous, uniform_flow(0, 3))), inside) == pytest.approx(
        0, abs=1e-6
    )
    assert masked_mean(abs(unexplained_change(current, previous, uniform_flow(0, -3))), inside) > 0.05


def test_flicker_is_measured_in_units_of_the_full_range() -> None:
    picture = np.full((24, 40, 3), 100, np.uint8)
    change = unexplained_change(picture + np.uint8(51), picture, uniform_flow(1.5, -2))
    assert change == pytest.approx(0.2)


def test_mask_weighs_pixels_and_an_empty_one_tells_nothing() -> None:
    values = np.zeros((2, 2, 3), np.float32)
    values[0] = 1
    assert masked_mean(values, np.array([[1, 1], [0, 0]], np.float32)) == 1
    assert masked_mean(values, np.array([[0.5, 0], [0.5, 1]], np.float32)) == pytest.approx(0.25)
    assert np.isnan(masked_mean(values, np.zeros((2, 2), np.float32)))


def test_end_point_error_is_a_length_in_pixels() -> None:
    assert end_point_error(uniform_flow(3, 4), uniform_flow(0, 0)) == pytest.approx(5)


def test_change_like_the_real_one_is_perfect_and_flicker_and_stillness_are_not() -> None:
    rng = np.random.default_rng(0)
    everywhere = np.ones((24, 40), np.float32)
    real = rng.normal(0, 0.05, (24, 40, 3)).astype(np.float32)
    still = np.zeros_like(real)
    assert change_ssim(real, real, everywhere) == pytest.approx(1)
    assert change_ssim(still, real, everywhere) < 0.5
    assert change_ssim(still + 0.04, still, everywhere) < 0.2  # the whole picture goes up by 10 levels
    noise = [rng.normal(0, size, real.shape).astype(np.float32) for size in (0.02, 0.1)]
    flicker = [change_ssim(change, still, everywhere) for change in noise]
    assert 1 > flicker[0] > flicker[1]


def test_change_where_motion_is_unknown_does_not_count() -> None:
    still, jump = np.zeros((2, 24, 40, 3), np.float32)
    mask = np.ones((24, 40), np.float32)
    jump[:, 30:], mask[:, 30:] = 0.5, 0
    assert change_ssim(jump, still, mask) == pytest.approx(1)
    assert np.isnan(change_ssim(jump, still, np.zeros_like(mask)))
