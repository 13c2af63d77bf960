"""Looking pictures up along a flow, in NumPy; training does the same with tensors (`ops.warp`)."""

import cv2
import numpy as np
from numpy.typing import NDArray

from vid2vid_core.video.reference_flow import Flow


def sample(picture: NDArray[np.float32], flow: Flow) -> NDArray[np.float32]:
    """Backward warping of (H, W) or (H, W, C): bilinear, exact coordinates, border repeated."""
    height, width = flow.shape[:2]
    x = np.clip(np.arange(width, dtype=np.float32)[None, :] + flow[..., 0], 0, width - 1)
    y = np.clip(np.arange(height, dtype=np.float32)[:, None] + flow[..., 1], 0, height - 1)
    warped = cv2.remap(picture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return warped.astype(np.float32, copy=False)
