"""A picture as superpixels, each with a few numbers that tell materials apart."""

import cv2
import numpy as np
from numpy.typing import NDArray

from vid2vid_core.annotate.segmenter import Picture

WORKING_SIDE = 384
"""Longer side of the picture that is segmented, pixels: superpixels of a larger one cost seconds a frame."""
NUM_FEATURES = 8
_WEIGHTS = np.array([1.0, 1.0, 1.0, 0.4, 0.4, 0.4, 0.4, 0.5])
"""How much each standardised feature counts: three of colour, four of texture, one of height in the picture."""
HEIGHT_FEATURE = 7


def shrink(picture: Picture) -> Picture:
    """The picture at working size, never enlarged."""
    height, width = picture.shape[:2]
    factor = WORKING_SIDE / max(height, width)
    if factor >= 1:
        return picture
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA).astype(np.uint8)


def superpixels(picture: Picture, num: int) -> NDArray[np.int64]:
    """About `num` compact regions of one colour: (H, W), numbered 0 .. S-1 without gaps.

    Source: Achanta et al., SLIC superpixels compared to state-of-the-art superpixel methods, PAMI 2012 (scikit-image).
    """
    from skimage.segmentation import slic

    regions = slic(picture, n_segments=num, compactness=10.0, start_label=0, enforce_connectivity=True)
    return np.unique(regions, return_inverse=True)[1].reshape(regions.shape)


def describe(picture: Picture, regions: NDArray[np.int64]) -> NDArray[np.float64]:
    """Mean over each region of colour, texture (fine and coarse contrast, vertical and horizontal edges) and height.

    Args:
        picture: (H, W, 3) RGB, 0..255.
        regions: (H, W) from `superpixels`.

    Returns:
        (S, NUM_FEATURES); colour as Lab with L 0..100, contrasts as log(1 + levels of L), height from 0 (top)
        to 1 (bottom).
    """
    lab = cv2.cvtColor(picture.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    light = lab[..., 0]
    blurred = [cv2.GaussianBlur(light, (0, 0), sigma) for sigma in (1.0, 2.5)]
    edges = [np.abs(cv2.Sobel(blurred[0], cv2.CV_32F, dx, dy, scale=0.25)) for dx, dy in ((1, 0), (0, 1))]
    texture = [np.abs(light - blurred[0]), np.abs(blurred[0] - blurred[1]), *edges]
    height = np.broadcast_to((np.arange(light.shape[0])[:, None] + 0.5) / light.shape[0], light.shape)
    maps = [lab[..., 0], lab[..., 1], lab[..., 2], *texture, height]
    flat = regions.ravel()
    sizes = np.bincount(flat)
    means = np.stack([np.bincount(flat, weights=m.ravel()) / sizes for m in maps], axis=1)
    means[:, 3:7] = np.log1p(means[:, 3:7])
    return means


def weighted(
    features: NDArray[np.float64], mean: NDArray[np.float64], scale: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Standardise (S, NUM_FEATURES) by `mean` and `scale`, and weigh them for the distance between two of them."""
    return (features - mean) / scale * _WEIGHTS
