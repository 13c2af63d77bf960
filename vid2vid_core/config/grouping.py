"""Which videos of a dataset one job takes together."""

import math
from collections.abc import Iterable
from typing import Literal

from vid2vid_core.config.sources import Source

_ALONE_UP_TO = 1000
"""Videos of a dataset up to which each is a job of its own: so far Snakemake plans a run within half a minute."""
_JOBS = 200
"""Jobs a stage above that: enough for a cluster to be busy, few enough for any scheduler."""


def form_groups(sources: Iterable[Source], videos_per_job: int | Literal["auto"]) -> dict[str, tuple[Source, ...]]:
    """Sources by the name of their group, in order; all of a group belong to one split.

    A group of one video has the name of the video, others are `group_0001`, ...: no video can be called that. Where a
    group begins depends on what comes before it; that costs little, since a video that is done stays done in
    whichever group it is (`vid2vid_core.jobs.groups`).
    """
    by_split: dict[str, list[Source]] = {}
    for source in sources:
        by_split.setdefault(source.split, []).append(source)
    size = _automatic(sum(map(len, by_split.values()))) if videos_per_job == "auto" else videos_per_job
    parts = [found[start : start + size] for found in by_split.values() for start in range(0, len(found), size)]
    if size == 1:
        return {part[0].id: (part[0],) for part in parts}
    return {f"group_{number:04d}": tuple(part) for number, part in enumerate(parts, 1)}


def _automatic(videos: int) -> int:
    return 1 if videos <= _ALONE_UP_TO else math.ceil(videos / _JOBS)
