"""What the networks are shown of the frames of a run: a part of each frame, and its controls."""

from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from vid2vid_core.dataset.geometry import Geometry, Size
from vid2vid_core.dataset.manifest import FrameRow
from vid2vid_core.maps.cut import cut_out
from vid2vid_core.maps.face_crop import Box
from vid2vid_core.video.reference_flow import Motion


class FrameView(Protocol):
    """How frames of one run are shown. Geometries start from `size`."""

    def size(self, row: FrameRow) -> Size:
        """Width and height of what is shown of a frame, before it is resized."""
        ...

    def box(self, row: FrameRow) -> Box | None:
        """What is cut out of a frame; None: all of it."""
        ...

    def geometry(self, drawn: Geometry) -> Geometry:
        """The geometry drawn for a clip, as far as this kind of controls allows it."""
        ...

    def photograph(self, row: FrameRow, geometry: Geometry) -> Tensor:
        """(3, h, w), [-1, 1]. Raises ValueError naming a file that cannot be read."""
        ...

    def controls(self, row: FrameRow, geometry: Geometry) -> Tensor:
        """As `types.Clip.controls`, one frame. Raises ValueError naming a file that cannot be used."""
        ...

    def parts(self, row: FrameRow, geometry: Geometry) -> Tensor:
        """(1, h, w) int64: what each pixel belongs to (label, part of the face or of the body), -1 where unknown."""
        ...


def shown_motion(
    view: FrameView, motion: Motion, before: FrameRow, row: FrameRow, geometry: Geometry
) -> tuple[Tensor, Tensor]:
    """Flow (1, 2, h, w), pixels, and confidence (1, 1, h, w) of what is shown; resized, not yet cropped.

    Outside the frame there is no confidence. Where the box moves, flow is relative to it.
    """
    flow, confidence = motion
    box, box_before = view.box(row), view.box(before)
    if box is not None and box_before is not None:
        moved = np.array([box.left - box_before.left, box.top - box_before.top], np.float32)
        flow = cut_out(flow, box) + moved
        confidence = cut_out(confidence, box, outside=0.0)
    planar = torch.from_numpy(flow).permute(2, 0, 1)[None]
    return geometry.scale_flow(planar), geometry.scale(torch.from_numpy(confidence)[None, None])
