"""Which source frames are taken. ffmpeg drops the others; this module says which ones it was."""

from dataclasses import dataclass
from fractions import Fraction

from vid2vid_core.config.sources import Source

_SLACK = 1e-6
"""Seconds. Also keeps the roundings of ffmpeg and of Python from deciding differently."""


@dataclass(frozen=True, slots=True)
class Selection:
    """A part of a video: the frames from `start_frame` on that are shown from `start` on and before `end`.

    Of these the first `max_frames`. All count in the source: frames before any resampling, seconds from its beginning.
    A frame less than a microsecond before `start` or `end` counts as being there, so that 0.333333 means 1/3.
    """

    start: float | None
    end: float | None
    start_frame: int
    max_frames: int | None

    @classmethod
    def of(cls, source: Source) -> "Selection":
        """The part of its video that a source asks for."""
        return cls(source.start, source.end, source.start_frame, source.max_frames)

    def expression(self) -> str:
        """The same choice, but for `max_frames`, as ffmpeg's filter `select` takes it; empty if nothing is dropped."""
        terms = [f"gte(n,{self.start_frame})"] if self.start_frame else []
        terms += [] if self.start is None else [f"gte(t,{self.start - _SLACK!r})"]
        terms += [] if self.end is None else [f"lt(t,{self.end - _SLACK!r})"]
        return "*".join(terms)

    def positions(self, times: list[float]) -> list[int]:
        """Which frames of a video with these times are taken, in order."""
        chosen = [
            index
            for index, time in enumerate(times)
            if index >= self.start_frame
            and (self.start is None or time >= self.start - _SLACK)
            and (self.end is None or time < self.end - _SLACK)
        ]
        return chosen[: self.max_frames]


def resample(ticks: list[Fraction], num_points: int) -> tuple[list[int], list[int]]:
    """Points of a regular grid, and which frame each shows: the last whose time, rounded to the grid, is not later.

    Args:
        ticks: Times of the frames in units of the grid, not descending.
        num_points: How many points; the first is the rounded time of the first frame.

    Returns:
        The points, and for each of them an index into `ticks`.

    Source: ffmpeg's filter `fps` with round=near.
    """
    rounded = [_nearest(tick) for tick in ticks]
    points = list(range(rounded[0], rounded[0] + num_points))
    shown, index = [], 0
    for point in points:
        while index + 1 < len(rounded) and rounded[index + 1] <= point:
            index += 1
        shown.append(index)
    return points, shown


def _nearest(tick: Fraction) -> int:
    """Round to the nearest integer, halves away from zero."""
    size = int(abs(tick) + Fraction(1, 2))
    return size if tick >= 0 else -size
