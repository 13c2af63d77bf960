"""Which ffmpeg runs, how paths are handed to it, and what its complaints mean."""

import errno
import functools
import os
import shutil
import subprocess
from fractions import Fraction
from pathlib import Path


@functools.cache
def _bundled() -> str | None:
    """The binary that comes with imageio-ffmpeg, if that package is installed."""
    try:
        import imageio_ffmpeg
    except ImportError:
        return None
    return str(imageio_ffmpeg.get_ffmpeg_exe())


def ffmpeg_path() -> str:
    """The system's ffmpeg, else the one of imageio-ffmpeg. Raises FileNotFoundError if there is neither."""
    found = shutil.which("ffmpeg") or _bundled()
    if found is None:
        raise FileNotFoundError(
            "ffmpeg is missing: install it (apt-get install ffmpeg) or `pip install imageio-ffmpeg`"
        )
    return found


@functools.cache
def passthrough(binary: str) -> dict[str, str]:
    """The output option that keeps every frame at its own time; ffmpeg 5.1 renamed it, 9 dropped the old name."""
    listed = subprocess.run([binary, "-hide_banner", "-h", "long"], capture_output=True, text=True, errors="replace")
    return {"fps_mode": "passthrough"} if "-fps_mode" in listed.stdout else {"vsync": "passthrough"}


def url(path: str | Path) -> str:
    """`path` as ffmpeg takes it literally: absolute and marked a file, so that no name is an option or a protocol."""
    return f"file:{Path(path).absolute()}"


def rate(fps: float) -> str:
    """A frame rate as an exact ratio: 29.97002997 becomes 30000/1001."""
    ratio = Fraction(fps).limit_denominator(1001)
    return f"{ratio.numerator}/{ratio.denominator}"


def output_error(path: Path, stderr: str) -> OSError:
    """The exception for an output that ffmpeg could not write, with the errno of a full disk where that is why."""
    message = stderr.strip().splitlines()[-1] if stderr.strip() else "ffmpeg stopped without a message"
    for code in (errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EDQUOT):
        if os.strerror(code) in stderr:
            return OSError(code, f"{path}: cannot be written: {os.strerror(code)} (ffmpeg says: {message})")
    return OSError(f"{path}: cannot be written (ffmpeg says: {message})")
