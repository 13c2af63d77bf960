"""Reading photographs, label maps and instance maps at a given geometry."""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from vid2vid_core.dataset.geometry import Geometry, to_tensor
from vid2vid_core.shards.access import open_stream

ID_MODES = ("L", "P", "1", "I", "I;16")
"""Pillow's names of single-channel pictures whose pixel can be an id; of palette pictures (P) the index is the id."""


def read_photograph(path: Path, geometry: Geometry) -> Tensor:
    """A photograph as (3, h, w) in [-1, 1].

    Raises:
        ValueError: if the file cannot be read.
    """
    try:
        with open_stream(path) as stream, Image.open(stream) as image:
            return to_tensor(geometry.picture(image.convert("RGB")))
    except (OSError, SyntaxError) as error:
        raise ValueError(f"{path}: not a readable picture ({error})") from error


def read_rgb(path: Path) -> NDArray[np.uint8]:
    """A photograph as it is, (H, W, 3) RGB.

    Raises:
        ValueError: if the file cannot be read.
    """
    try:
        with open_stream(path) as stream, Image.open(stream) as image:
            return np.asarray(image.convert("RGB"))
    except (OSError, SyntaxError) as error:
        raise ValueError(f"{path}: not a readable picture ({error})") from error


def read_labels(path: Path, geometry: Geometry, label_nc: int, ignore: tuple[int, ...]) -> Tensor:
    """A label map as (1, h, w) int64: ids 0 .. label_nc-1, -1 where the id is in `ignore`.

    Raises:
        ValueError: if the file cannot be read, has colour channels, or holds another id.
    """
    ids = geometry.ids(read_ids(path))
    ignored = np.isin(ids, ignore)
    wrong = ids[((ids < 0) | (ids >= label_nc)) & ~ignored]
    if wrong.size:
        also = f" and {', '.join(map(str, ignore))}" if ignore else ""
        raise ValueError(
            f"{path}: label id {int(wrong[0])}, allowed are 0 .. {label_nc - 1}{also}; raise label_nc, list the id "
            f"under 'ignore', or map the ids (annotate.id_map); `vid2vid check` lists all such files"
        )
    kept = ids.astype(np.int64)
    kept[ignored] = -1
    return torch.from_numpy(kept)[None]


def read_instances(path: Path, geometry: Geometry) -> Tensor:
    """An instance map as (1, h, w) int64.

    Raises:
        ValueError: if the file cannot be read or has colour channels.
    """
    return torch.from_numpy(geometry.ids(read_ids(path)).astype(np.int64))[None]


def read_ids(path: Path) -> NDArray[np.integer]:
    """A single-channel picture of ids as it is, (H, W) of an unsigned or signed integer type.

    Raises:
        ValueError: if the file cannot be read or has colour channels.
    """
    try:
        with open_stream(path) as stream, Image.open(stream) as image:
            if image.mode not in ID_MODES:
                raise ValueError(
                    f"{path}: {image.mode} picture where ids are expected; save one channel whose value is the id"
                )
            ids = np.asarray(image)
    except (OSError, SyntaxError) as error:
        raise ValueError(f"{path}: not a readable picture ({error})") from error
    return ids.astype(np.uint8) if ids.dtype == np.bool_ else ids


def picture_size(path: Path) -> tuple[int, int]:
    """Width and height of a picture.

    Raises:
        ValueError: if the file is no picture.
    """
    try:
        with open_stream(path) as stream, Image.open(stream) as image:
            return image.size
    except (OSError, SyntaxError) as error:
        raise ValueError(f"{path}: not a readable picture ({error})") from error
