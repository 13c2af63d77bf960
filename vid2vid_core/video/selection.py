"""Which source frames are taken. ffmpeg drops the others; this module says which ones it was."""

from dataclasses import dataclass
from fractions import Fraction

from vid2vid_core.config.sources import Source


@dataclass(frozen=True, slots=True)
class Selection:
    """A part of a video: the frames from `start_frame` on that are shown from `start` on and before `end`.

    Of these the first `max_frames`. All count in the source: frames before any resampling, seconds from its beginning.
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
        terms += [] if self.start is None else [f"gte(t,{self.start!r})"]
        terms += [] if self.end is None else [f"lt(t,{self.end!r})"]
        return "*".join(terms)

    def positions(self, times: list[float]) -> list[int]:
        """Which frames of a video with these times are taken, in order."""
        chosen = [
            index
            for index, time in enumerate(times)
            if index >= self.start_frame
            and (self.start is None or time >= self.start)
            and (self.end is None or time < self.end)
        ]
        return chosen[: self.max_frames]


def shown_at(ticks: list[Fraction], grid: list[int]) -> list[int]:
    """Which frame each point of a regular grid shows: the last one whose time, rounded to the grid, is not later.

    Args:
        ticks: Times of the frames in units of the grid, not descending.
        grid: Points of the grid, ascending.

    Returns:
        For each point an index into `ticks`.

    Source: ffmpeg's filter `fps` with round=near.
    """
    rounded = [_nearest(tick) for tick in ticks]
    shown, index = [], 0
    for point in grid:
        while index + 1 < len(rounded) and rounded[index + 1] <= point:
            index += 1
        shown.append(index)
    return shown


def _nearest(tick: Fraction) -> int:
    """Round to the nearest integer, halves away from zero."""
    size = int(abs(tick) + Fraction(1, 2))
    return size if tick >= 0 else -size
