"""Reading a video frame by frame, as colours or as exact ids."""

import re
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from vid2vid_core.video.ffmpeg import ffmpeg_path, passthrough, url
from vid2vid_core.video.probe import UnreadableVideo, probe


def read_video(path: str | Path, *, ids: bool = False) -> Iterator[npt.NDArray[Any]]:
    """Yield every frame of a video in order, in constant memory; frame k is the k-th source frame.

    Args:
        path: The video file.
        ids: Yield label or instance ids as they are stored. The stream must be grey, or have a luma plane, which is
            then taken as it is, without the range conversion that a player would do.

    Returns:
        (H, W, 3) uint8 RGB; with `ids` (H, W) uint8, or uint16 where more than 8 bits are stored. Rotation metadata is
        applied.

    Raises:
        UnreadableVideo: If the file holds no readable video, or ffmpeg fails half-way.
        ValueError: With `ids`, for a stream of colours.
    """
    info = probe(path)
    dtype = _id_dtype(str(path), info.pixel_format) if ids else np.dtype(np.uint8)
    shape = (info.height, info.width) if ids else (info.height, info.width, 3)
    picture = (
        ["-vf", "extractplanes=y", "-pix_fmt", "gray" if dtype == np.uint8 else "gray16le"]
        if ids
        else ["-pix_fmt", "rgb24"]
    )
    binary = ffmpeg_path()
    command = [
        binary,
        "-hide_banner",
        "-nostdin",
        "-nostats",
        "-loglevel",
        "error",
        "-i",
        url(path),
        "-map",
        "0:V:0",
        *picture,
    ]
    command += [text for name, value in passthrough(binary).items() for text in (f"-{name}", value)]
    command += ["-f", "rawvideo", "pipe:1"]
    with tempfile.TemporaryFile() as stderr:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=stderr)
        try:
            yield from _frames(process, shape, dtype)
            if process.wait() != 0:
                stderr.seek(0)
                raise UnreadableVideo(f"{path}: ffmpeg says: {stderr.read().decode(errors='replace').strip()}")
        finally:
            process.kill()
            process.wait()
            process.stdout.close()  # type: ignore[union-attr]


def _frames(
    process: subprocess.Popen[bytes], shape: tuple[int, ...], dtype: np.dtype[Any]
) -> Iterator[npt.NDArray[Any]]:
    """Whole frames from the pipe until it ends."""
    num_bytes = int(np.prod(shape)) * dtype.itemsize
    while len(data := process.stdout.read(num_bytes)) == num_bytes:  # type: ignore[union-attr]
        yield np.frombuffer(bytearray(data), dtype).reshape(shape)


def _id_dtype(path: str, pixel_format: str) -> np.dtype[Any]:
    """uint8 or uint16, by the depth of a grey or luma-chroma format."""
    found = re.fullmatch(r"(?:gray|yuvj?4\d\dp|yuva4\d\dp|nv12|nv21)(\d*)(?:le|be)?", pixel_format)
    if found is None:
        raise ValueError(
            f"{path}: ids cannot be read from pixel format {pixel_format}; "
            "store them as a grey video, for example FFV1 with gray or gray16le"
        )
    return np.dtype(np.uint16 if found[1] else np.uint8)
