"""The view that a kind of controls needs."""

from collections.abc import Sequence

import numpy as np

from vid2vid_core.config import ControlConfig
from vid2vid_core.dataset.face_view import FaceView
from vid2vid_core.dataset.label_view import LabelView
from vid2vid_core.dataset.manifest import FrameRow, Manifest
from vid2vid_core.dataset.pose_view import PoseView
from vid2vid_core.dataset.view import FrameView
from vid2vid_core.maps.retarget import Placement


def open_view(
    manifest: Manifest,
    controls: ControlConfig,
    rows: Sequence[FrameRow],
    rng: np.random.Generator | None = None,
    placement: Placement | None = None,
) -> FrameView:
    """The view of neighbouring frames.

    Args:
        manifest: they are from.
        controls: what is shown.
        rows: all that will be asked for; what is cut out of them is decided together.
        rng: draws what training draws once a clip; None when rendering.
        placement: poses: moves the person to stand in for another one.

    Raises:
        ValueError: a file that is needed for it cannot be used, or the dataset is of another kind.
    """
    if controls.kind == "face":
        return FaceView(manifest, controls, rows, training=rng is not None)
    if controls.kind == "pose":
        return PoseView(manifest, controls, rows, rng, placement)
    return LabelView(manifest)
