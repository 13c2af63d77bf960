"""The annotation table of a pose video."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from vid2vid_core.annotate.pose.track import PoseTrack
from vid2vid_core.maps.person import Person

_COLUMNS: dict[str, Any] = {
    "openpose": "str", "densepose": "str", "valid": "bool", "reason": "str", "confidence": "float64", "box": "object",
    "filled": "bool",
}  # fmt: skip
Paths = tuple[str, str, str]
"""Of a frame: file of key points, file of body parts ("" without), and why it cannot be used, or empty."""


def pose_table(rows: pd.DataFrame, tracks: Sequence[PoseTrack], paths: Sequence[Paths]) -> pd.DataFrame:
    """A row a frame.

    Args:
        rows: of the frame table.
        tracks: of its sequences, in order.
        paths: of each frame. Where a frame cannot be used, neither file is named.
    """
    result = rows[["video", "sequence", "frame"]].copy()
    usable = [not reason for _, _, reason in paths]
    for column, name in enumerate(("openpose", "densepose")):
        result[name] = [found[column] if ok else "" for found, ok in zip(paths, usable, strict=True)]
    result["valid"] = usable
    result["reason"] = [reason for _, _, reason in paths]
    people = [person for track in tracks for person in track.people]
    result["confidence"] = [value for track in tracks for value in track.confidence]
    boxes = [_box(person if ok else None) for person, ok in zip(people, usable, strict=True)]
    result["box"] = pd.Series(boxes, index=result.index, dtype="object")
    filled = np.concatenate([track.filled for track in tracks]) if tracks else np.zeros(0, np.bool_)
    result["filled"] = filled & np.array(usable, np.bool_)
    return result.astype(_COLUMNS)


def _box(person: Person | None) -> NDArray[np.float64]:
    """Left, top, right and bottom of all points; empty without any."""
    extent = None if person is None else person.extent()
    return np.array([] if extent is None else extent, np.float64)
