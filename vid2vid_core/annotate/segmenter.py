"""What a segmenter is: frames of one video in, one label map a frame out, in the same order."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from vid2vid_core.video.images import read_picture
from vid2vid_core.video.reference_flow import Picture

LabelMap = NDArray[np.uint8]
"""(H, W): pixel = label id."""
SegmentMap = NDArray[np.int32]
"""(H, W): pixel = number of its object within this frame, 1, 2, ...; 0 = no object."""


@dataclass(frozen=True, kw_only=True)
class Frame:
    """One valid row of a frame table."""

    sequence: str
    """Sequence it belongs to."""
    name: str
    """File stem; what annotations are paired by."""
    number: int
    """Number of the source frame, from 0."""
    image: Path
    """Picture file."""
    width: int
    """Pixels."""
    height: int
    """Pixels."""

    def read(self) -> Picture:
        """The picture. Raises ValueError if it cannot be decoded."""
        return read_picture(self.image)


@dataclass(frozen=True, kw_only=True)
class Segmentation:
    """What a segmenter found in one frame."""

    labels: LabelMap | None
    """(H, W) label ids at the size of the frame; None if there is no annotation."""
    segments: SegmentMap | None = None
    """(H, W) objects, from segmenters that tell objects of one label apart."""
    reason: str = ""
    """Why `labels` is None."""


class Segmenter(Protocol):
    """One backend."""

    def segment(self, frames: Iterable[Frame]) -> Iterator[Segmentation]:
        """Yield one segmentation per frame, in order, holding only a few frames in memory at a time.

        Raises:
            ValueError: an annotation that cannot be used, by its file, what was found and what is allowed.
        """
        ...
