"""Optical flow as a 16-bit PNG, in the manner of the KITTI benchmark but with a graded confidence."""

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

UNITS_PER_PIXEL = 64
ZERO = 32768
LARGEST = (65535 - ZERO) / UNITS_PER_PIXEL
"""Largest displacement that can be stored, in pixels (about 512)."""
_FULL = 65535
_COMPRESSION = 1
"""zlib level: level 6 makes flow files 8 % smaller and takes 4 times as long."""


def write_flow(path: Path, flow: npt.NDArray[np.float32], confidence: npt.NDArray[np.float32]) -> None:
    """Write one flow field; plainly, since the caller fills a folder inside `storage.atomic_directory`.

    Args:
        path: A file that ends in .png.
        flow: (H, W, 2), pixels; channel 0 = x (right), 1 = y (down). Stored with an error of at most 1/128 pixel.
            Where a vector is longer than `LARGEST` along an axis it is clipped, and its confidence stored as 0.
        confidence: (H, W), 0..1.

    Raises:
        ValueError: For another shape, values that are not finite, or a confidence outside 0..1.
        OSError: If the file cannot be written.

    Source: channel order and scale as in the KITTI 2015 benchmark (Menze and Geiger, CVPR 2015).
    """
    if flow.ndim != 3 or flow.shape[2] != 2 or confidence.shape != flow.shape[:2]:
        raise ValueError(
            f"{path}: flow must be (H, W, 2) and confidence (H, W), got {flow.shape} and {confidence.shape}"
        )
    if not (np.isfinite(flow).all() and np.isfinite(confidence).all()):
        raise ValueError(f"{path}: flow or confidence holds values that are not finite")
    if confidence.size and (confidence.min() < 0 or confidence.max() > 1):
        raise ValueError(f"{path}: confidence must lie in 0..1, got {confidence.min()}..{confidence.max()}")
    inside = (np.abs(flow) <= LARGEST).all(axis=2)
    units = np.rint(np.clip(flow, -LARGEST, LARGEST) * UNITS_PER_PIXEL) + ZERO  # (H, W, 2)
    graded = np.rint(np.where(inside, confidence, 0) * _FULL)  # (H, W)
    blue_green_red = np.dstack([graded, units[..., 1], units[..., 0]]).astype(
        np.uint16
    )  # red = x, as OpenCV orders channels
    encoded = cv2.imencode(".png", blue_green_red, [cv2.IMWRITE_PNG_COMPRESSION, _COMPRESSION])[1]
    path.write_bytes(encoded.tobytes())


def read_flow(path: Path) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Read what `write_flow` wrote: flow (H, W, 2) in pixels and confidence (H, W) in 0..1, both float32.

    Raises:
        ValueError: If the file is no 16-bit picture of three channels.
        OSError: If it cannot be read.
    """
    data = np.frombuffer(path.read_bytes(), np.uint8)
    stored = cv2.imdecode(data, cv2.IMREAD_UNCHANGED) if data.size else None
    if stored is None or stored.dtype != np.uint16 or stored.ndim != 3 or stored.shape[2] != 3:
        found = "no readable picture" if stored is None else f"{stored.dtype} {stored.shape}"
        raise ValueError(f"{path}: a flow file is a 16-bit PNG of three channels, found {found}; make it anew")
    flow = (stored[..., :0:-1].astype(np.float32) - ZERO) / UNITS_PER_PIXEL  # (H, W, 2): red, green = x, y
    return flow, stored[..., 0].astype(np.float32) / _FULL
