"""What a waiting person sees: one live line in a terminal, now and then a plain line where there is none."""

import logging
import sys
import time

from tqdm import tqdm

logger = logging.getLogger("vid2vid_core.train")

_SHORTEST_PAUSE = 10.0
"""Seconds between plain lines at the start; later they come after every hundredth of the time gone by."""


class Progress:
    """Frames generated so far out of all of a stage, with speed and time to go.

    In a terminal a live tqdm line; otherwise plain lines on stderr, at most every ten seconds. The log gets the plain
    lines in both cases.
    """

    def __init__(self, stage: str, total_frames: int, done_frames: int) -> None:
        """Start at `done_frames` of `total_frames` (a resumed stage has done some)."""
        self._stage, self._total, self._first, self._done = stage, total_frames, done_frames, done_frames
        self._bar = tqdm(
            total=total_frames, initial=done_frames, desc=f"stage {stage}", unit=" frames", disable=None, smoothing=0.05
        )
        self._start = self._last = time.monotonic()

    def advance(self, frames: int, place: str, losses: dict[str, float]) -> None:
        """Count frames; `place` says where training is, `losses` which values to show (possibly none yet)."""
        self._done += frames
        self._bar.set_postfix_str(" ".join([place, *(f"{k} {v:.3g}" for k, v in losses.items())]), refresh=False)
        self._bar.update(frames)
        now = time.monotonic()
        if now - self._last >= max(_SHORTEST_PAUSE, (now - self._start) / 100):
            self._last = now
            line = f"stage {self._stage}, {place}: {self._state(now)}"
            logger.info(line)
            if self._bar.disable:
                sys.stderr.write(line + "\n")

    def close(self) -> None:
        """End the live line."""
        self._bar.close()

    def _state(self, now: float) -> str:
        rate = (self._done - self._first) / max(now - self._start, 1e-9)
        left = max(0, self._total - self._done) / max(rate, 1e-9)
        share = 100 * self._done / self._total
        return f"{self._done} of {self._total} frames ({share:.0f} %), {rate:.1f} frames/s, {_clock(left)} to go"


def _clock(seconds: float) -> str:
    hours, minutes = divmod(round(seconds) // 60, 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {round(seconds) % 60:02d} s"
