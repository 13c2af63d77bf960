"""What a waiting person sees: one live line in a terminal, now and then a plain line where there is none."""

import logging
import shutil
import sys
import time
from collections import deque

import torch
from tqdm import tqdm

logger = logging.getLogger("vid2vid_core.train")

_SHORTEST_PAUSE = 10.0
"""Seconds between plain lines at the start; later they come after every hundredth of the time gone by."""
_WIDEST = 120
"""Columns of the live line at most."""
_SHORTEST_WINDOW = 60.0
"""Seconds over which speed is measured at the start; later it is the last tenth of the time gone by."""


_RESOLUTION = 0.5
"""Seconds between what is remembered of speed."""


class Progress:
    """Frames generated so far out of all of a stage, with speed and time to go.

    In a terminal a live tqdm line; otherwise plain lines on stderr, at most every ten seconds. The log gets the plain
    lines in both cases.
    """

    def __init__(self, name: str, total_frames: int, done_frames: int) -> None:
        """Start at `done_frames` of `total_frames` (a resumed stage has done some)."""
        self._name, self._total, self._done = name, total_frames, done_frames
        self._losses: dict[str, float] = {}
        self._speed = Speed()
        width = min(_WIDEST, shutil.get_terminal_size().columns)
        form = "|{bar:6}| {desc} {percentage:.0f} %{postfix}"
        rows = 20  # of the screen, for tqdm, which shows nothing where a terminal says that it has none
        self._bar = tqdm(
            total=total_frames, initial=done_frames, desc=name, bar_format=form, ncols=width, nrows=rows, disable=None
        )
        self._start = self._last = time.monotonic()

    def advance(self, frames: int, place: tuple[int, int], clip: int | None, losses: dict[str, float]) -> None:
        """Count frames.

        Args:
            frames: generated since the last call.
            place: epoch under way, and number of epochs.
            clip: length of the clip under way, new frames; None for single pictures.
            losses: which values to show; empty shows the last ones again.
        """
        self._done += frames
        now = time.monotonic()
        self._speed.add(now, self._done)
        self._losses = losses or self._losses
        rest = [*self._pace(), *([" ".join(f"{k} {v:.3g}" for k, v in self._losses.items())] if self._losses else [])]
        rest += _gpu_memory()
        clips = [] if clip is None else [f"clips of {clip}"]
        self._bar.set_postfix_str(", ".join([f"epoch {place[0]}/{place[1]}", *clips, *rest]), refresh=False)
        self._bar.update(frames)
        if now - self._last >= max(_SHORTEST_PAUSE, (now - self._start) / 100):
            self._last = now
            share = f"{self._done} of {self._total} frames ({100 * self._done / self._total:.0f} %)"
            where = ", ".join([f"{self._name}, epoch {place[0]} of {place[1]}", *clips])
            line = f"{where}: {', '.join([share, *rest])}"
            logger.info(line, extra={"shown": True})  # for log files; on the screen it is told from here
            if self._bar.disable:
                sys.stderr.write(line + "\n")

    def close(self) -> None:
        """End the live line."""
        self._bar.close()

    def _pace(self) -> list[str]:
        """Speed and time to go, once they are known."""
        rate = self._speed.rate()
        if rate is None:
            return []
        left = max(0, self._total - self._done) / rate
        return [f"{rate:.{1 if rate >= 1 else 2}f} frames/s", f"{_clock(left)} left"]


class Speed:
    """Frames a second of late: of this process alone, without its first step, which waits for the first clip.

    It follows when clips grow, or another program takes the device, and does not jump with every step.
    """

    def __init__(self) -> None:
        self._marks: deque[tuple[float, int]] = deque()
        self._start = 0.0

    def add(self, now: float, done: int) -> None:
        """So many frames are done at a time in seconds."""
        self._start = self._start or now
        if len(self._marks) > 2 and now - self._marks[-2][0] < _RESOLUTION:
            self._marks.pop()
        self._marks.append((now, done))
        window = max(_SHORTEST_WINDOW, (now - self._start) / 10)
        while len(self._marks) > 2 and now - self._marks[1][0] >= window:
            self._marks.popleft()

    def rate(self) -> float | None:
        """Frames a second, above 0; None after less than two steps."""
        (since, before), (now, done) = self._marks[0], self._marks[-1]
        return (done - before) / (now - since) if now > since and done > before else None


def _gpu_memory() -> list[str]:
    """The most that was allocated at a time, where a GPU is in use."""
    if not (torch.cuda.is_available() and torch.cuda.is_initialized()):
        return []
    return [f"GPU {torch.cuda.max_memory_allocated() / 1e9:.1f} GB"]


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days} d {hours:02d} h"
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {rest:02d} s"
