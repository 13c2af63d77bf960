"""Optical flow files: steps of 1/64 pixel, confidence in 8 bits, compressed without further loss.

A file is `vfl1`, then width and height as unsigned 32-bit numbers, one zstd frame, and the CRC-32 of all before it; all
numbers are little-endian. Unpacked, the frame is five planes of width * height bytes: low bytes of x, low bytes of y,
high bytes of x, high bytes of y, confidence. x and y are 16-bit steps, differenced along rows and then along columns
(modulo 2^16), and folded (0, -1, 1, -2, ... become 0, 1, 2, 3, ...), so that smooth flow has empty high bytes.

Half the size of the KITTI benchmark's 16-bit PNG at the same step, and faster to read: numbers in docs/decisions.md.
"""

import struct
import zlib
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from vid2vid_core.shards.access import read_view
from vid2vid_core.video.reference_flow import Confidence, Flow, Motion

ENDING = ".flow"
STEP = 1 / 64
"""Pixels; the stored flow is off by at most half of it along each axis."""
LARGEST = 32767 * STEP
"""Largest displacement that can be stored, in pixels (about 512)."""
CONFIDENCE_STEP = 1 / 255
_MAGIC = b"vfl1"
_HEADER = struct.Struct("<4sII")
_CHECKSUM = struct.Struct("<I")
_ZSTD_LEVEL = 3


def write_flow(path: Path, flow: Flow, confidence: Confidence) -> int:
    """Write one flow field; plainly, since the caller writes to a temporary name.

    Args:
        path: File to write.
        flow: (H, W, 2), pixels. Stored with an error of at most 1/128 pixel. A vector longer than `LARGEST` along an
            axis is clipped there, and its confidence stored as 0: nothing trusts it.
        confidence: (H, W), 0..1. Stored with an error of at most 1/510.

    Returns:
        How many vectors were clipped.

    Raises:
        ValueError: For another shape, values that are not finite, or a confidence outside 0..1.
        OSError: If the file cannot be written.
    """
    if flow.ndim != 3 or flow.shape[2] != 2 or confidence.shape != flow.shape[:2]:
        raise ValueError(
            f"{path}: flow must be (H, W, 2) and confidence (H, W), got {flow.shape} and {confidence.shape}"
        )
    if not (np.isfinite(flow).all() and np.isfinite(confidence).all()):
        raise ValueError(f"{path}: flow or confidence holds values that are not finite")
    if confidence.size and (confidence.min() < 0 or confidence.max() > 1):
        raise ValueError(f"{path}: confidence must lie in 0..1, got {confidence.min()}..{confidence.max()}")
    outside = (np.abs(flow) > LARGEST).any(axis=2)  # (H, W)
    steps = np.rint(np.clip(flow, -LARGEST, LARGEST) / STEP).astype("<i2")  # (H, W, 2)
    graded = np.rint(np.where(outside, 0, confidence) / CONFIDENCE_STEP).astype(np.uint8)  # (H, W)
    height, width = confidence.shape
    packed = pa.Codec("zstd", _ZSTD_LEVEL).compress(_fold(steps).tobytes() + graded.tobytes(), asbytes=True)
    content = _HEADER.pack(_MAGIC, width, height) + packed
    path.write_bytes(content + _CHECKSUM.pack(zlib.crc32(content)))
    return int(outside.sum())


def read_flow(path: Path) -> Motion:
    """Read what `write_flow` wrote: flow (H, W, 2) in pixels and confidence (H, W) in 0..1, both float32.

    In memory the two components of the flow lie one behind the other.

    Raises:
        ValueError: If the file is no flow file, or damaged.
        OSError: If it cannot be read.
    """
    data = read_view(path)
    if data[: len(_MAGIC)] != _MAGIC:
        found = "an empty file" if not data else f"one that begins with {bytes(data[:4])!r}"
        raise ValueError(f"{path}: a flow file begins with {_MAGIC!r}, found {found}; run `snakemake flow` again")
    content, checksum = data[: -_CHECKSUM.size], data[-_CHECKSUM.size :]
    if len(content) < _HEADER.size or _CHECKSUM.pack(zlib.crc32(content)) != checksum:
        raise ValueError(f"{path}: damaged flow file (wrong checksum); delete it and run `snakemake flow` again")
    _, width, height = _HEADER.unpack(content[: _HEADER.size])
    pixels = width * height
    raw = pa.Codec("zstd").decompress(content[_HEADER.size :], 5 * pixels, asbytes=True)
    planes = np.frombuffer(raw, np.uint8)
    steps = _unfold(planes[: 4 * pixels].reshape(2, 2, height, width))
    confidence = np.multiply(planes[4 * pixels :].reshape(height, width), CONFIDENCE_STEP, dtype=np.float32)
    return np.moveaxis(np.multiply(steps, STEP, dtype=np.float32), 0, 2), confidence


def _fold(steps: npt.NDArray[np.int16]) -> npt.NDArray[np.uint8]:
    """Steps (H, W, 2) to byte planes (2, 2, H, W): low and high bytes, each of x and y."""
    planar = np.ascontiguousarray(np.moveaxis(steps, 2, 0))
    zero = np.zeros((), planar.dtype)
    change = np.diff(np.diff(planar, axis=2, prepend=zero), axis=1, prepend=zero)
    folded = ((change << 1) ^ (change >> 15)).astype("<i2")
    by_byte = folded.view(np.uint8).reshape(*folded.shape, 2)
    return np.ascontiguousarray(np.moveaxis(by_byte, 3, 0))


def _unfold(planes: npt.NDArray[np.uint8]) -> npt.NDArray[np.int16]:
    """The inverse of `_fold`, but for the order of axes: (2, H, W)."""
    folded = np.stack((planes[0], planes[1]), axis=-1).view("<u2")[..., 0]
    change = ((folded >> 1) ^ -(folded & 1)).view(np.int16)
    for row in range(1, change.shape[1]):  # whole rows at once, which NumPy's cumsum does not do: half the time
        change[:, row] += change[:, row - 1]
    return np.cumsum(change, axis=2, dtype=np.int16)
