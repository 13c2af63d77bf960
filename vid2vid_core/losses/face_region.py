"""Where the face is in a chunk of pose controls; the face discriminator looks there only."""

from typing import NamedTuple

import torch
from torch import Tensor

from vid2vid_core.config import ControlConfig

HEAD_PARTS = 0.9
"""Third DensePose channel: the parts of the head (23 and 24 of 24) lie above, in the range [-1, 1]."""
NOSE_NECK = (0.2, -1.0, -0.6)
"""Colour of the limb from nose to neck in an OpenPose picture, RGB in [-1, 1]."""
COLOUR_STEP = 0.01
"""Distance from that colour that still counts: a level of 8 bits up or down."""


class Region(NamedTuple):
    """A rectangle of pixels; bottom and right are not in it."""

    top: int
    bottom: int
    left: int
    right: int

    def crop(self, pictures: Tensor) -> Tensor:
        """(..., H, W) -> the part within the rectangle."""
        return pictures[..., self.top : self.bottom, self.left : self.right]


def face_side(fine_size: int) -> int:
    """Side of the square for a picture of that nominal size, pixels: about a quarter, a multiple of 8."""
    return fine_size // 32 * 8


def face_region(controls: Tensor, kind: ControlConfig, side: int) -> Region | None:
    """A square around the face, one for all frames of a chunk: its centre is that of all their face pixels together.

    Args:
        controls: (N, C, H, W), encoded pose controls, [-1, 1].
        kind: which pictures they are made of.
        side: of the square, pixels; where the picture is smaller, the region ends at its border.

    Returns:
        The region, or None where no frame shows a face.

    Source: Wang et al., Video-to-Video Synthesis, 2018 (published training of dancing).
    """
    places = _face_pixels(controls, kind).any(dim=0).nonzero()  # (pixels, 2), row and column
    if not len(places):
        return None
    low, high = places.amin(dim=0).tolist(), places.amax(dim=0).tolist()
    height, width = controls.shape[-2:]
    top, bottom = _span((low[0] + high[0]) // 2, side // 2, height)
    left, right = _span((low[1] + high[1]) // 2, side // 2, width)
    return Region(top, bottom, left, right)


def _face_pixels(controls: Tensor, kind: ControlConfig) -> Tensor:
    """(N, C, H, W) -> (N, H, W) bool."""
    if not kind.openpose_only:
        return controls[:, 2] > HEAD_PARTS
    red, green, blue = (controls[:, channel] for channel in range(3))
    return torch.stack(
        [
            (red - NOSE_NECK[0]).abs() < COLOUR_STEP,
            green - NOSE_NECK[1] < COLOUR_STEP,
            (blue - NOSE_NECK[2]).abs() < COLOUR_STEP,
        ]
    ).all(dim=0)


def _span(centre: int, half: int, size: int) -> tuple[int, int]:
    """First and last-but-one pixel of a stretch of two halves around a centre, moved so that it fits."""
    centre = max(half, min(size - 1 - half, centre))
    return centre - half, min(size, centre + half)
