"""How well the person of a sequence was found, in a few numbers for the report."""

from itertools import pairwise
from typing import Any

import numpy as np

from vid2vid_core.annotate.gaps import longest_run
from vid2vid_core.annotate.pose.body_scale import body_scale, mean_distance
from vid2vid_core.annotate.pose.track import PoseTrack
from vid2vid_core.maps.person import Person


def track_quality(sequence: str, track: PoseTrack) -> dict[str, Any]:
    """Plain numbers of one sequence.

    Returns:
        sequence; counts of frames: `frames`, `detected`, `filled`, `invalid`, `longest_gap` (without a detection);
        `jumps`: neighbouring valid frames between which the joints moved by more than the width of the shoulders,
        which points to another person; `shoulders`: median of that width, pixels, None without a person; `left_hand`,
        `right_hand`, `face`: shares of the valid frames that have them.
    """
    people = [person for person in track.people if person is not None]
    shoulders = float(np.median([body_scale(person) for person in people])) if people else None
    moves = [
        mean_distance(one, other) or 0.0
        for one, other in pairwise(track.people)
        if one is not None and other is not None
    ]
    return {
        "sequence": sequence,
        "frames": len(track.people),
        "detected": int(track.detected.sum()),
        "filled": int(track.filled.sum()),
        "invalid": int((~track.valid).sum()),
        "longest_gap": longest_run(~track.detected),
        "jumps": 0 if shoulders is None else sum(move > shoulders for move in moves),
        "shoulders": shoulders,
        **{name: _share(people, name) for name in ("left_hand", "right_hand", "face")},
    }


def _share(people: list[Person], array: str) -> float | None:
    """Share of the people who have some point of an array; None without people."""
    return float(np.mean([bool(getattr(person, array)[:, 2].any()) for person in people])) if people else None
