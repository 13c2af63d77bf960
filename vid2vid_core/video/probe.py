"""What a video file holds, as ffmpeg describes it; no ffprobe needed (imageio-ffmpeg brings none)."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from vid2vid_core.video.ffmpeg import ffmpeg_path, url


class UnreadableVideo(ValueError):
    """A file that holds no readable video; its text names the file and says why."""


@dataclass(frozen=True, slots=True)
class VideoInfo:
    """The first video stream of a file; cover pictures of music files do not count."""

    path: str
    width: int
    """Pixels, after rotation."""
    height: int
    """Pixels, after rotation."""
    fps: float
    """Nominal rate; the times of the single frames may differ from it."""
    duration: float | None
    """Seconds the container declares (its longest stream), None if it declares none."""
    codec: str
    pixel_format: str
    """As stored, for example yuv420p or gray16le."""
    rotation: int
    """Degrees counter-clockwise that players turn the stored picture by: 0, 90, 180 or 270."""
    has_audio: bool


def probe(path: str | Path) -> VideoInfo:
    """Describe a video file. Raises UnreadableVideo if it is missing, empty, damaged, or holds no video."""
    file = Path(path)
    if not file.is_file():
        raise UnreadableVideo(
            f"{file}: {'is a folder, not a video file' if file.is_dir() else 'there is no such file'}"
        )
    try:
        with file.open("rb") as handle:
            if not handle.read(1):
                raise UnreadableVideo(f"{file}: the file is empty (0 bytes)")
    except OSError as error:
        raise UnreadableVideo(f"{file}: cannot be read ({error.strerror})") from error
    command = [ffmpeg_path(), "-hide_banner", "-nostdin", "-i", url(file)]
    stderr = subprocess.run(command, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL).stderr.decode(errors="replace")
    return _parse(str(file), stderr)


def _parse(path: str, stderr: str) -> VideoInfo:
    """Read the description that `ffmpeg -i` prints."""
    described = stderr.partition("Input #0")[2]
    if not described:
        raise UnreadableVideo(f"{path}: this is not a video, or it is cut off: ffmpeg says: {_complaint(stderr)}")
    has_audio = re.search(r"^ +Stream #0:.*?: Audio: ", described, re.M) is not None
    streams = re.split(r"^ +Stream #0:", described, flags=re.M)[1:]
    videos = [
        text for text in streams if ": Video: " in text.splitlines()[0] and "(attached pic)" not in text.splitlines()[0]
    ]
    if not videos:
        raise UnreadableVideo(f"{path}: holds {'sound only, no video' if has_audio else 'no video stream'}")
    line = videos[0].splitlines()[0]
    # commas inside brackets, as in yuv420p(tv, bt709), do not separate
    codec, pixel_format, *rest = re.split(r", (?![^(]*\))", line.partition(": Video: ")[2])
    size = re.search(r"\b(\d+)x(\d+)\b", ", ".join(rest))
    if size is None or int(size[1]) * int(size[2]) == 0:
        raise UnreadableVideo(
            f"{path}: its video stream has no frame size; it is damaged or cut off ({line.partition(': Video: ')[2]})"
        )
    rotation = _rotation(videos[0])
    width, height = (int(size[2]), int(size[1])) if rotation % 180 else (int(size[1]), int(size[2]))
    return VideoInfo(
        path=path,
        width=width,
        height=height,
        fps=_rate(line),
        duration=_duration(described),
        codec=codec.split()[0],
        pixel_format=pixel_format.split("(")[0].strip(),
        rotation=rotation,
        has_audio=has_audio,
    )


def _rotation(stream: str) -> int:
    """Rotation of a stream's display matrix, to the nearest quarter turn."""
    found = re.search(r"rotation of (-?[\d.]+) degrees", stream)
    return round(float(found[1]) / 90) * 90 % 360 if found else 0


def _rate(line: str) -> float:
    """Frames per second; `tbr` is ffmpeg's guess where the container gives no average."""
    for unit in ("fps", "tbr"):
        found = re.search(rf"([\d.]+)(k?) {unit}\b", line)
        if found and float(found[1]) > 0:
            return float(found[1]) * (1000 if found[2] else 1)
    return 0.0


def _duration(described: str) -> float | None:
    found = re.search(r"Duration: (\d+):(\d+):([\d.]+)", described)
    return int(found[1]) * 3600 + int(found[2]) * 60 + float(found[3]) if found else None


def _complaint(stderr: str) -> str:
    """The lines in which ffmpeg says what is wrong, joined."""
    lines = [re.sub(r"^\[[^]]* @ 0x[0-9a-f]+\] ", "", line).strip() for line in stderr.splitlines()]
    return "; ".join(dict.fromkeys(line for line in lines if line)) or "nothing"
