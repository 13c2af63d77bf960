"""How steady a video is: two pictures in a row, compared along the motion of the real video.

Pictures are (H, W, 3) uint8 RGB; flows (H, W, 2) float32 in pixels, from the current frame back to the previous one.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from vid2vid_core.quality.fidelity import Picture, ssim

Flow = NDArray[np.float32]
Map = NDArray[np.float32]


def unexplained_change(current: Picture, previous: Picture, flow: Flow) -> Map:
    """What motion does not explain: the current picture minus the previous one moved along `flow`.

    Bilinear (OpenCV, coordinates to 1/32 pixel); samples outside take the border's colour.

    Returns:
        (H, W, 3), in units of the full range, so within [-1, 1].
    """
    height, width = flow.shape[:2]
    columns, rows = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    moved = cv2.remap(
        previous.astype(np.float32),
        columns + flow[..., 0],
        rows + flow[..., 1],
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray((current.astype(np.float32) - moved) / 255, dtype=np.float32)


def masked_mean(values: Map, mask: Map) -> float:
    """Mean of (H, W, C) values over pixels and channels, pixels weighted by a (H, W) mask; NaN if the mask is empty."""
    total = float(mask.sum(dtype=np.float64))
    if total == 0:
        return float("nan")
    return float((values.mean(axis=2) * mask).sum(dtype=np.float64)) / total


def change_ssim(change: Map, reference: Map, mask: Map) -> float:
    """How alike the unexplained changes of two videos are, -1..1: flicker and missing motion both lower it.

    The structural similarity of the two changes in 8-bit levels. An unmoving brightness that goes up and down is a mean
    change, which its luminance term sees; noise is a variance, which its structure term sees.

    Args:
        change: (H, W, 3), from `unexplained_change`.
        reference: (H, W, 3), likewise of the real video.
        mask: (H, W), 0..1: where motion is known; elsewhere both count as unchanged. NaN comes out if that is nowhere.
    """
    if not mask.any():
        return float("nan")
    weight = 255 * mask[..., None]
    return ssim(change * weight, reference * weight)


def end_point_error(flow: Flow, reference: Flow) -> float:
    """Mean length of the difference of two flows, in pixels."""
    return float(np.linalg.norm(flow - reference, axis=2).mean(dtype=np.float64))
