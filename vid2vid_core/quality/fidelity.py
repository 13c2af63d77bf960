"""How close one picture is to another: PSNR and SSIM. Pictures are (H, W, 3) uint8 RGB."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

PSNR_CAP = 100.0
"""dB given to identical pictures, whose PSNR is infinite."""
_WINDOW, _SIGMA = 11, 1.5
_C1, _C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2

Picture = NDArray[np.uint8]


def psnr(picture: Picture, reference: Picture) -> float:
    """Peak signal-to-noise ratio over all pixels and channels, in dB, at most `PSNR_CAP`."""
    difference = picture.astype(np.float32) - reference.astype(np.float32)
    error = float(np.mean(difference * difference, dtype=np.float64))
    return PSNR_CAP if error == 0 else min(PSNR_CAP, 10 * float(np.log10(255**2 / error)))


def ssim(picture: NDArray[Any], reference: NDArray[Any]) -> float:
    """Structural similarity, -1..1: Gaussian window 11x11 with sigma 1.5, K1 0.01, K2 0.03, mean of the three channels.

    Only windows that lie inside the picture count, so both sides must be at least 11 pixels. Values are 8-bit levels,
    whatever their type.

    Raises:
        ValueError: If the pictures differ in size or are smaller than the window.

    Source: Wang et al., Image quality assessment: from error visibility to structural similarity, 2004.
    """
    if picture.shape != reference.shape or min(picture.shape[:2]) < _WINDOW:
        raise ValueError(
            f"SSIM needs two pictures of one size, {_WINDOW} pixels or more; got {picture.shape} and {reference.shape}"
        )
    x, y = picture.astype(np.float32), reference.astype(np.float32)
    mean_x, mean_y = _local_mean(x), _local_mean(y)
    variance_x = _local_mean(x * x) - mean_x * mean_x
    variance_y = _local_mean(y * y) - mean_y * mean_y
    covariance = _local_mean(x * y) - mean_x * mean_y
    above = (2 * mean_x * mean_y + _C1) * (2 * covariance + _C2)
    below = (mean_x * mean_x + mean_y * mean_y + _C1) * (variance_x + variance_y + _C2)
    margin = _WINDOW // 2
    return float((above / below)[margin:-margin, margin:-margin].mean(dtype=np.float64))


def _local_mean(values: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(cv2.GaussianBlur(values, (_WINDOW, _WINDOW), _SIGMA), dtype=np.float32)
