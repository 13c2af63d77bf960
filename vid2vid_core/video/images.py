"""One image: read as it is, or brought from a folder and written as one frame."""

import errno
import os
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from vid2vid_core.config.dataset import FramesConfig
from vid2vid_core.shards.access import read_bytes, read_view
from vid2vid_core.shards.shard import DamagedShardError
from vid2vid_core.video.reference_flow import Picture

_ENDINGS = {"png": (".png",), "jpg": (".jpg", ".jpeg")}
Outcome = tuple[tuple[int, int], str]
"""Width and height of an image, (0, 0) if it cannot be read; and why it cannot be used, or empty."""


def read_picture(path: Path) -> Picture:
    """A frame as (H, W, 3) RGB, 0..255. Raises ValueError if it cannot be read."""
    try:
        data = np.frombuffer(read_view(path), np.uint8)
    except OSError as error:
        raise ValueError(f"{path}: missing or not a readable image ({error.strerror})") from error
    image = cv2.imdecode(data, cv2.IMREAD_COLOR_RGB) if data.size else None
    if image is None:
        raise ValueError(f"{path}: not a readable image")
    return np.asarray(image, np.uint8)


def measure_image(image: Path) -> Outcome:
    """Size of an image, found by reading all of it, so that damage shows."""
    return _load(image)[1]


def bring_image(image: Path, target: Path, config: FramesConfig) -> Outcome:
    """Write one image as a frame of 8-bit RGB: hard-linked if nothing changes, else cropped, scaled and encoded anew.

    The size returned is that of the image. Raises OSError if the frame cannot be written.
    """
    picture, (size, problem) = _load(image)
    if picture is None:
        return size, problem
    if config.crop is not None and not _fits(config.crop, size):
        return size, f"frames.crop {list(config.crop)} does not fit into its {size[0]}x{size[1]} pixels"
    untouched = config.crop is None and config.scale is None and image.suffix.lower() in _ENDINGS[config.image_format]
    if untouched and _is_plain(image, picture):
        _link(image, target)
    else:
        _write(_resized(picture, config), target, config)
    return size, ""


def _load(image: Path) -> tuple[npt.NDArray[Any] | None, Outcome]:
    """(H, W, 3) uint8 BGR, upright, or None."""
    try:
        data = np.frombuffer(read_view(image), np.uint8)
    except OSError as error:
        return None, ((0, 0), f"{image.name} cannot be read ({error.strerror})")
    except DamagedShardError as error:
        return None, ((0, 0), str(error))
    picture = cv2.imdecode(data, cv2.IMREAD_COLOR) if data.size else None
    if picture is None:
        return None, ((0, 0), f"{image.name} is empty, damaged or no image")
    return picture, ((picture.shape[1], picture.shape[0]), "")


def _fits(crop: tuple[int, int, int, int], size: tuple[int, int]) -> bool:
    return crop[0] + crop[2] <= size[0] and crop[1] + crop[3] <= size[1]


def _is_plain(image: Path, picture: npt.NDArray[Any]) -> bool:
    """Whether the file holds exactly this picture, and not a grey, 16-bit, transparent or rotated form of it."""
    stored = cv2.imdecode(np.frombuffer(read_view(image), np.uint8), cv2.IMREAD_UNCHANGED)
    return stored is not None and np.array_equal(stored, picture)


def _link(image: Path, target: Path) -> None:
    """A hard link, or a copy where the file systems do not allow it or the image lies in a shard."""
    try:
        os.link(image.resolve(), target)
    except OSError as error:
        if error.errno not in (errno.EXDEV, errno.EPERM, errno.EMLINK, errno.EOPNOTSUPP, errno.ENOTDIR):
            raise
        target.write_bytes(read_bytes(image))


def _resized(picture: npt.NDArray[Any], config: FramesConfig) -> npt.NDArray[Any]:
    if config.crop is not None:
        x, y, width, height = config.crop
        picture = picture[y : y + height, x : x + width]
    if config.scale is not None:
        shrinks = config.scale[0] <= picture.shape[1] and config.scale[1] <= picture.shape[0]
        picture = cv2.resize(picture, config.scale, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC)
    return picture


def _write(picture: npt.NDArray[Any], target: Path, config: FramesConfig) -> None:
    if config.image_format == "png":
        options = [cv2.IMWRITE_PNG_COMPRESSION, 1]
    else:
        options = [cv2.IMWRITE_JPEG_QUALITY, 100 - 3 * (config.jpeg_quality - 1)]  # ffmpeg's scale: 2 -> 97, 31 -> 10
    target.write_bytes(cv2.imencode(f".{config.image_format}", picture, options)[1].tobytes())
