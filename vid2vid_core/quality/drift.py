"""What a roll-out loses as it feeds on its own pictures: colour and sharpness. Pictures are (H, W, 3) uint8 RGB."""

import cv2
import numpy as np
from numpy.typing import NDArray

from vid2vid_core.quality.fidelity import Picture


def colour_distance(picture: Picture, reference: Picture) -> float:
    """Euclidean distance between the mean RGB colours of two pictures, in 8-bit levels."""
    difference = picture.reshape(-1, 3).mean(axis=0) - reference.reshape(-1, 3).mean(axis=0)
    return float(np.linalg.norm(difference))


def sharpness(picture: Picture) -> float:
    """Standard deviation of the 3x3 Laplacian of the grey picture, in 8-bit levels."""
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32)
    return float(cv2.Laplacian(grey, cv2.CV_32F, ksize=1).std())


def slope(values: NDArray[np.float64]) -> float:
    """Slope of the least-squares line through values at 0, 1, 2, ...: change per frame. Needs two values or more."""
    time = np.arange(len(values)) - (len(values) - 1) / 2
    return float(time @ values / (time @ time))
