"""How well the face of a sequence was found, in a few numbers for the report."""

from typing import Any

import numpy as np

from vid2vid_core.annotate.face_track import FaceTrack
from vid2vid_core.annotate.gaps import longest_run

_RIGHT_CORNER, _LEFT_CORNER = 36, 45
"""Outer corners of the eyes."""


def track_quality(sequence: str, track: FaceTrack) -> dict[str, Any]:
    """Plain numbers of one sequence.

    Returns:
        sequence; counts of frames: `frames`, `detected`, `filled`, `invalid`, `longest_gap` (without a detection);
        `jumps`: neighbouring valid frames between which the landmarks moved by more than the distance of the eyes, as
        when another face is taken; `interocular`: median distance of the outer eye corners, pixels, None without a
        face.
    """
    valid = track.valid
    moved = np.linalg.norm(np.diff(track.points, axis=0), axis=2).mean(axis=1)  # (T-1,)
    eyes = np.linalg.norm(track.points[:, _RIGHT_CORNER] - track.points[:, _LEFT_CORNER], axis=1)  # (T,)
    interocular = float(np.median(eyes[valid])) if valid.any() else None
    jumps = 0 if interocular is None else int((moved[valid[1:] & valid[:-1]] > interocular).sum())
    return {
        "sequence": sequence,
        "frames": len(valid),
        "detected": int(track.detected.sum()),
        "filled": int(track.filled.sum()),
        "invalid": int((~valid).sum()),
        "longest_gap": longest_run(~track.detected),
        "jumps": jumps,
        "interocular": interocular,
    }
