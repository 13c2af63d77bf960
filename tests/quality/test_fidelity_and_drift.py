"""PSNR, SSIM, colour distance, sharpness and slopes against formulas and known pictures."""

import cv2
import numpy as np
import pytest

from vid2vid_core.quality.drift import colour_distance, sharpness, slope
from vid2vid_core.quality.fidelity import PSNR_CAP, psnr, ssim


def noise(seed: int, height: int = 40, width: int = 56) -> np.ndarray:
    rough = np.random.default_rng(seed).integers(0, 256, (height // 4, width // 4, 3)).astype(np.uint8)
    return cv2.resize(rough, (width, height), interpolation=cv2.INTER_CUBIC)


def test_psnr_of_a_known_error() -> None:
    picture = np.full((8, 8, 3), 100, np.uint8)
    assert psnr(picture, picture + np.uint8(10)) == pytest.approx(20 * np.log10(255 / 10))
    assert psnr(picture, picture - np.uint8(10)) == psnr(picture, picture + np.uint8(10))  # no wrap-around of 8 bits


def test_psnr_of_equal_pictures_is_the_cap_and_nothing_exceeds_it() -> None:
    picture = noise(0)
    nearly = picture.copy()
    nearly[0, 0, 0] ^= 1
    assert psnr(picture, picture) == PSNR_CAP == 100
    assert psnr(picture, nearly) < PSNR_CAP


def test_ssim_is_that_of_scikit_image() -> None:
    from skimage.metrics import structural_similarity

    for first, second in ((noise(0), noise(1)), (noise(2), cv2.GaussianBlur(noise(2), (5, 5), 2))):
        expected = structural_similarity(
            first,
            second,
            gaussian_weights=True,
            sigma=1.5,
            use_sample_covariance=False,
            data_range=255,
            channel_axis=-1,
        )
        assert ssim(first, second) == pytest.approx(expected, abs=1e-5)
    assert ssim(noise(0), noise(0)) == pytest.approx(1)


def test_ssim_needs_pictures_of_one_size_that_hold_a_window() -> None:
    with pytest.raises(ValueError, match=r"11 pixels or more; got \(8, 56, 3\)"):
        ssim(noise(0, 8), noise(1, 8))
    with pytest.raises(ValueError, match="one size"):
        ssim(noise(0, 40), noise(1, 44))


def test_colour_distance_is_that_of_the_mean_colours() -> None:
    picture = np.full((4, 6, 3), (100, 50, 20), np.uint8)
    assert colour_distance(picture + np.array([3, 0, 4], np.uint8), picture) == pytest.approx(5)
    assert colour_distance(picture[::-1], picture) == 0


def test_blur_lowers_sharpness() -> None:
    picture = noise(3)
    assert sharpness(cv2.GaussianBlur(picture, (5, 5), 2)) < 0.6 * sharpness(picture)
    assert sharpness(np.full((20, 20, 3), 9, np.uint8)) == 0


def test_slope_of_a_line() -> None:
    assert slope(5 - 0.25 * np.arange(9)) == pytest.approx(-0.25)
    assert slope(np.array([1.0, 3.0, 1.0])) == pytest.approx(0)
