"""Frames in which the subject was not found: filled in, left out, or refused."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Flags = NDArray[np.bool_]
"""(T,) one a frame."""


def runs(flags: Flags) -> list[slice]:
    """The stretches of frames that are flagged, in order."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]])))
    return [slice(int(first), int(end)) for first, end in edges.reshape(-1, 2)]


def longest_run(flags: Flags) -> int:
    """Length of the longest stretch that is flagged, frames; 0 if none is."""
    return max((run.stop - run.start for run in runs(flags)), default=0)


def fill_gaps(
    values: NDArray[np.float64], present: Flags, times: NDArray[np.float64], max_gap: int
) -> tuple[NDArray[np.float64], Flags]:
    """Interpolate gaps of at most `max_gap` frames, linearly in time.

    Longer gaps stay, and so do those at the beginning and the end, which have nothing on one side.

    Args:
        values: (T, K); what stands in frames that are not present is not read. A value that is NaN on one side of a
            gap (such as a joint that is out of sight) is NaN in it.
        present: (T,) frames with values.
        times: (T,) seconds, increasing.
        max_gap: frames.

    Returns:
        Values (T, K), and which frames were filled (T,).
    """
    result, filled = values.copy(), np.zeros_like(present)
    for gap in runs(~present):
        before, after = gap.start - 1, gap.stop
        if before < 0 or after == len(present) or gap.stop - gap.start > max_gap:
            continue
        share = ((times[gap] - times[before]) / (times[after] - times[before]))[:, None]
        result[gap] = (1 - share) * values[before] + share * values[after]
        filled[gap] = True
    return result, filled


def refuse_gaps(missing: Flags, names: Sequence[str], video: str, sequence: str, subject: str) -> None:
    """For policy `fail`.

    Args:
        missing: (T,) frames in which the subject should have been found.
        names: T frame names.
        video: for the message.
        sequence: for the message.
        subject: what was looked for, such as "face".

    Raises:
        ValueError: frames are missing; says which.
    """
    if not missing.any():
        return
    listed = [_span(names, run) for run in runs(missing)]
    more = f" and {len(listed) - 4} more stretches" if len(listed) > 4 else ""
    raise ValueError(
        f"video '{video}', sequence '{sequence}': no {subject} in {int(missing.sum())} of {len(names)} frames: "
        f"{', '.join(listed[:4])}{more}. Take these frames out, or set gaps to interpolate (short gaps are filled) "
        "or cut (the sequence ends there)"
    )


def _span(names: Sequence[str], run: slice) -> str:
    first, last = names[run.start], names[run.stop - 1]
    return first if first == last else f"{first} to {last}"
