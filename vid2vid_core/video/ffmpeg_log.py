"""What ffmpeg reports on its standard error while it decodes: the time of every frame, and what went wrong."""

import errno
import os
import re
from dataclasses import dataclass, field
from fractions import Fraction

_LINE = re.compile(r"(?P<context>(?:\[[^]]*\] )*?)\[(?P<level>info|warning|error|fatal|panic)\] (?P<message>.*)")
_FRAME = re.compile(r"n: *(\d+) pts: *(-?\d+|NOPTS) .* s:(\d+)x(\d+) ")
_TIME_BASE = re.compile(r"config in time_base: (\d+)/(\d+)")
# ffmpeg's own verdicts; what a demuxer or decoder mutters on the way to them varies and is often harmless
_CUT_OFF = re.compile(
    r"partial file|ended prematurely|truncated|[Pp]acket corrupt|corrupt (input packet|decoded frame)"
)
_CONCEALED = re.compile(r"concealing \d+ DC, \d+ AC, \d+ MV errors")  # parts of a picture made up by the decoder
_UNDECODED = re.compile(r"Error while decoding stream|Error submitting (a )?packet to (the )?decoder|Decoding error")
_DISK = [os.strerror(code) for code in (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EFBIG)]
_WRITING = re.compile(r"\[out#|\[vost#|\[image2|av_interleaved_write_frame|Error muxing")


@dataclass(slots=True)
class FrameTimes:
    """The frames that passed one `showinfo` filter."""

    time_base: Fraction = Fraction(1)
    """Seconds per tick."""
    ticks: list[int | None] = field(default_factory=list)
    """Presentation times; None where the file gives none."""
    size: tuple[int, int] = (0, 0)
    """Width and height of the last frame, pixels."""
    num_starts: int = 0
    """How often the filter was set up; more than once if size or pixel format change within the file."""


@dataclass(slots=True)
class FfmpegLog:
    """Collects what is said line by line; needs `-loglevel level+info`."""

    source: FrameTimes = field(default_factory=FrameTimes)
    """Every decoded frame (filter `showinfo@source`)."""
    written: FrameTimes = field(default_factory=FrameTimes)
    """Every frame that is written (filter `showinfo@written`)."""
    damage: list[str] = field(default_factory=list)
    """Signs that the file is cut off or damaged."""
    output_errors: list[str] = field(default_factory=list)
    """Signs that the output cannot be written."""
    errors: list[str] = field(default_factory=list)
    """Everything of level error, those above included."""

    def add(self, line: str) -> bool:
        """Take in one line; returns whether it reports a written frame."""
        found = _LINE.match(line)
        if found is None:
            return False
        context, level, message = found["context"], found["level"], found["message"].strip()
        for name, times in (("showinfo@source", self.source), ("showinfo@written", self.written)):
            if name in context:
                return _add_frame(times, message) and times is self.written
        if level != "info":
            self._add_complaint(context, level, message)
        elif context and _CONCEALED.match(message):
            self.damage.append(message)
        return False

    def _add_complaint(self, context: str, level: str, message: str) -> None:
        if level != "warning":
            self.errors.append(message)
        if _CUT_OFF.search(message):
            self.damage.append(message)
        # a recording that starts between two key frames loses its first frames; that is no damage
        elif _UNDECODED.search(message) and self.source.ticks:
            self.damage.append(message)
        elif level != "warning" and any(text in message for text in _DISK):
            self.output_errors.append(message)
        elif level != "warning" and os.strerror(errno.EIO) in message and _WRITING.search(context + message):
            self.output_errors.append(message)


def _add_frame(times: FrameTimes, message: str) -> bool:
    """Take in what `showinfo` says; returns whether it is about a frame."""
    if base := _TIME_BASE.match(message):
        times.time_base = Fraction(int(base[1]), int(base[2]))
        times.num_starts += 1
    frame = _FRAME.match(message)
    if frame is None:
        return False
    times.ticks.append(None if frame[2] == "NOPTS" else int(frame[2]))
    times.size = (int(frame[3]), int(frame[4]))
    return True
