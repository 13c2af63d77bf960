"""What ffmpeg reports on its standard error while it decodes: the time of every frame, and what went wrong.

Several threads of ffmpeg write there. What one call of its logger prints arrives in one piece, but a line may be made
by several calls, and then the words of another thread may stand in its middle, without `[context] [level]` before them.
"""

import errno
import os
import re
from dataclasses import dataclass, field
from fractions import Fraction

_LINE = re.compile(r"(?P<context>(?:\[[^]]*\] )*?)\[(?P<level>info|warning|error|fatal|panic)\] (?P<message>.*)")
_FRAME = re.compile(r"n: *(\d+) pts: *(-?\d+|NOPTS) .*? s:(\d+)x(\d+) i:. iskey:\d type:. ?")
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
class FfmpegLog:
    """Collects what is said line by line; needs `-loglevel level+info` and a filter named `showinfo@source`."""

    time_base: Fraction = Fraction(1)
    """Seconds per tick."""
    ticks: list[int | None] = field(default_factory=list)
    """Presentation times of all decoded frames; None where the file gives none."""
    size: tuple[int, int] = (0, 0)
    """Width and height of the decoded frames, pixels, after rotation."""
    num_starts: int = 0
    """How often the filters were set up; more than once if size or pixel format change within the file."""
    damage: list[str] = field(default_factory=list)
    """Signs that the file is cut off or damaged."""
    output_errors: list[str] = field(default_factory=list)
    """Signs that the output cannot be written."""
    errors: list[str] = field(default_factory=list)
    """Everything of level error."""

    def add(self, line: str) -> bool:
        """Take in one line; returns whether it reports a frame."""
        if base := _TIME_BASE.search(line):
            self.time_base = Fraction(int(base[1]), int(base[2]))
            self.num_starts += 1
            return False
        is_frame = self._add_frame(line)
        found = _LINE.match(_FRAME.sub("", line))
        if found is None:
            return is_frame
        context, level, message = found["context"], found["level"], found["message"].strip()
        if level in ("error", "fatal", "panic"):
            self.errors.append(message)
        # a file's own title and comment are of level info too, but without context
        if level != "info" or context:
            self._add_complaint(context, message)
        return is_frame

    def _add_frame(self, line: str) -> bool:
        """Take in a frame, wherever in the line it stands; `n` tells it from a title that looks like one."""
        frame = _FRAME.search(line)
        if frame is None or self.num_starts == 0 or int(frame[1]) != len(self.ticks):
            return False
        self.ticks.append(None if frame[2] == "NOPTS" else int(frame[2]))
        self.size = (int(frame[3]), int(frame[4]))
        return True

    def _add_complaint(self, context: str, message: str) -> None:
        # a recording that starts between two key frames loses its first frames; that is no damage
        is_undecoded = _UNDECODED.search(message) and self.ticks
        if is_undecoded or _CUT_OFF.search(message) or _CONCEALED.search(message):
            self.damage.append(message)
        elif any(text in message for text in _DISK):
            self.output_errors.append(message)
        elif os.strerror(errno.EIO) in message and _WRITING.search(context + message):
            self.output_errors.append(message)
