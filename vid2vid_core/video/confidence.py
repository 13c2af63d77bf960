"""How far a flow can be trusted: it must explain the colours, and the way there and back must agree."""

import numpy as np
from numpy.typing import NDArray

from vid2vid_core.video.lookup import sample
from vid2vid_core.video.reference_flow import Flow, Picture

_RELATIVE_TOLERANCE = 0.05
"""Long vectors may disagree by this share of their length on top."""


def photometric(current: Picture, previous: Picture, flow: Flow, threshold: float) -> NDArray[np.bool_]:
    """Where `previous`, warped, has the colour of `current`.

    Args:
        current: (H, W, 3) RGB, 0..255.
        previous: (H, W, 3).
        flow: (H, W, 2) from current back to previous, pixels.
        threshold: Squared difference, summed over colours in [-1, 1], that must not be reached.

    Returns:
        (H, W).
    """
    difference = (current.astype(np.float32) - sample(previous.astype(np.float32), flow)) / 127.5
    return (difference**2).sum(axis=2) < threshold


def consistent(flow: Flow, opposite: Flow, tolerance: float) -> NDArray[np.bool_]:
    """Where following `flow` and then `opposite` leads back to the start, and does not leave the picture.

    Args:
        flow: (H, W, 2), pixels.
        opposite: (H, W, 2), the flow of the same pair the other way.
        tolerance: Distance allowed, in pixels, plus 5 % of the two lengths.

    Returns:
        (H, W).

    Source: Sundaram et al., Dense Point Trajectories by GPU-accelerated Large Displacement Optical Flow, ECCV 2010,
    equation 5 (here linear in the lengths).
    """
    height, width = flow.shape[:2]
    back = sample(opposite, flow)
    distance = np.linalg.norm(flow + back, axis=2)
    lengths = np.linalg.norm(flow, axis=2) + np.linalg.norm(back, axis=2)
    x = np.arange(width)[None, :] + flow[..., 0]
    y = np.arange(height)[:, None] + flow[..., 1]
    inside = (x >= -0.5) & (x <= width - 0.5) & (y >= -0.5) & (y <= height - 0.5)
    return inside & (distance <= tolerance + _RELATIVE_TOLERANCE * lengths)
