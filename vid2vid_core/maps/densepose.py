"""The picture of the surface of bodies as DensePose stores it: V, U and number of the part, as red, green and blue.

Source: Güler et al., DensePose (2018); Wang et al., Video-to-Video Synthesis (2018) for the channels networks read.
"""

from collections.abc import Collection
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vid2vid_core.shards.access import open_stream

Picture = NDArray[np.uint8]
"""(h, w, 3): V and U, 0 .. 255, and part, 0 (none) .. 24."""
PARTS = 24
"""Parts of the body, numbered from 1."""
HEAD_PARTS = frozenset({23, 24})


def read_densepose(path: Path) -> Picture:
    """Such a picture, checked.

    Raises:
        ValueError: the file cannot be read, has no three channels, or the third one holds a part above 24; the message
            names the file.
    """
    try:
        with open_stream(path) as stream, Image.open(stream) as image:
            if image.mode != "RGB":
                raise ValueError(
                    f"{path}: {image.mode} picture, expected 8-bit RGB with V, U and the number of the body part"
                )
            picture = np.asarray(image)
    except (OSError, SyntaxError) as error:
        raise ValueError(f"{path}: not a readable picture ({error})") from error
    beyond = picture[..., 2] > PARTS
    if beyond.any():
        swapped = (picture[..., 0] <= PARTS).all()
        cause = "red and blue seem exchanged" if swapped else "this seems to be no DensePose picture"
        raise ValueError(
            f"{path}: part {int(picture[..., 2][beyond][0])} in the blue channel ({int(beyond.sum())} pixels), parts "
            f"are 0 .. {PARTS}; {cause}"
        )
    return picture


def clear_parts(picture: Picture, parts: Collection[int]) -> Picture:
    """The picture without some parts: their pixels become background, in all three channels."""
    if not parts:
        return picture
    kept = np.ones(256, np.uint8)
    kept[list(parts)] = 0
    return picture * kept[picture[..., 2]][..., None]


def densepose_channels(picture: Picture) -> NDArray[np.float32]:
    """What networks read: (3, h, w), -1 .. 1; part p becomes p/12 - 1, so that the head lies above 0.9."""
    channels = picture.transpose(2, 0, 1).astype(np.float32)
    channels[:2] /= 127.5
    channels[2] /= PARTS / 2
    return channels - 1


def openpose_channels(picture: Picture) -> NDArray[np.float32]:
    """What networks read of a drawn pose map (h, w, 3): (3, h, w), -1 .. 1; black is -1."""
    return picture.transpose(2, 0, 1).astype(np.float32) / 127.5 - 1
