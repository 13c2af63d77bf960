"""Writing videos: frames go to ffmpeg through a pipe, in constant memory; files appear whole or not at all."""

import contextlib
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Literal, Self

import numpy as np
import numpy.typing as npt

from vid2vid_core.storage import atomic_file
from vid2vid_core.video.ffmpeg import ffmpeg_path, output_error, rate, url

_BT709 = ["-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv"]


class _PipeWriter:
    """Raw frames of one shape and dtype into ffmpeg's standard input."""

    def __init__(self, path: Path, shape: tuple[int, ...], dtype: Any, arguments: list[str]) -> None:
        self.path = Path(path)
        self.num_frames = 0
        self._shape = shape
        self._dtype = np.dtype(dtype)
        self._arguments = arguments
        self._stack = contextlib.ExitStack()
        self._process: subprocess.Popen[bytes] | None = None
        self._stderr: IO[bytes]

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as stack:
            temporary = stack.enter_context(atomic_file(self.path))
            self._stderr = stack.enter_context(tempfile.TemporaryFile())
            command = [ffmpeg_path(), "-hide_banner", "-nostats", "-loglevel", "error", "-y", *self._arguments]
            command += ["-map_metadata", "-1", "-fflags", "+bitexact", url(temporary)]
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=self._stderr)
            self._stack = stack.pop_all()
        return self

    def write(self, frame: npt.NDArray[Any]) -> None:
        """Append one frame.

        Raises:
            ValueError: If its shape or dtype is not that of this video.
            OSError: If the file cannot be written.
        """
        if self._process is None or self._process.stdin is None:
            raise ValueError(f"{self.path}: frames can be written only inside the `with` block")
        if frame.shape != self._shape or frame.dtype != self._dtype:
            raise ValueError(
                f"{self.path}: frame {self.num_frames} must be {self._dtype} {self._shape}, "
                f"got {frame.dtype} {frame.shape}"
            )
        try:
            self._process.stdin.write(np.ascontiguousarray(self._prepared(frame)).data)
        except BrokenPipeError:
            self._process.wait()
            raise self._failure() from None
        self.num_frames += 1

    def _prepared(self, frame: npt.NDArray[Any]) -> npt.NDArray[Any]:
        return frame

    def _failure(self) -> OSError:
        self._stderr.seek(0)
        return output_error(self.path, self._stderr.read().decode(errors="replace"))

    def _finish(self, process: subprocess.Popen[bytes]) -> None:
        """Close the pipe and wait; raises if ffmpeg did not end well."""
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()  # type: ignore[union-attr]
        if process.wait() != 0:
            raise self._failure()
        if self.num_frames == 0:
            raise ValueError(f"{self.path}: a video needs at least one frame, none was written")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with self._stack:  # renames the file if nothing is raised inside, else removes it
            try:
                if error is not None:
                    raise error
                self._finish(process)
            finally:
                process.kill()
                process.wait()


class VideoWriter(_PipeWriter):
    """Write RGB frames as H.264 in MP4, which every browser plays.

    Chroma is halved in `yuv420p`, which needs even sides: an odd frame gets its last column or row twice, so a 481x359
    video is stored as 482x360. Colours are BT.709, limited range, and marked so. Use it as a context manager; the file
    appears when the block ends without an error.

    Args:
        path: The file, ending in .mp4.
        fps: Frames per second, > 0.
        size: Width and height in pixels.
        crf: Quality of x264: 0 is best, 18 hardly tells from the source, 51 worst.
        pixel_format: yuv420p plays everywhere; yuv444p keeps full chroma, but browsers do not play it.
    """

    def __init__(
        self,
        path: Path,
        fps: float,
        size: tuple[int, int],
        crf: int = 18,
        pixel_format: Literal["yuv420p", "yuv444p"] = "yuv420p",
    ) -> None:
        width, height = size
        self._missing = ((0, height % 2), (0, width % 2), (0, 0)) if pixel_format == "yuv420p" else ((0, 0),) * 3
        even = f"{width + self._missing[1][1]}x{height + self._missing[0][1]}"
        arguments = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", even, "-r", rate(fps), "-i", "pipe:0"]
        arguments += [
            "-vf",
            "scale=out_color_matrix=bt709:out_range=tv:flags=accurate_rnd+full_chroma_int+bicubic",
            *_BT709,
        ]
        arguments += ["-c:v", "libx264", "-crf", str(crf), "-pix_fmt", pixel_format, "-movflags", "+faststart"]
        super().__init__(path, (height, width, 3), np.uint8, arguments)

    def _prepared(self, frame: npt.NDArray[Any]) -> npt.NDArray[Any]:
        return np.pad(frame, self._missing, mode="edge") if any(side[1] for side in self._missing) else frame


class LabelWriter(_PipeWriter):
    """Write maps of ids, (H, W) uint8 or uint16, losslessly as FFV1 in Matroska.

    `read_video(path, ids=True)` gives them back exactly. Use it as a context manager, like `VideoWriter`.

    Args:
        path: The file, ending in .mkv.
        fps: Frames per second, > 0.
        size: Width and height in pixels.
        dtype: np.uint8 for ids up to 255, np.uint16 up to 65535.
    """

    def __init__(self, path: Path, fps: float, size: tuple[int, int], dtype: Any = np.uint8) -> None:
        formats = {np.dtype(np.uint8): "gray", np.dtype(np.uint16): "gray16le"}
        if np.dtype(dtype) not in formats:
            raise ValueError(f"{path}: ids must be uint8 or uint16, got {np.dtype(dtype)}")
        width, height = size
        pixel_format = formats[np.dtype(dtype)]
        arguments = [
            "-f",
            "rawvideo",
            "-pix_fmt",
            pixel_format,
            "-s",
            f"{width}x{height}",
            "-r",
            rate(fps),
            "-i",
            "pipe:0",
        ]
        arguments += ["-c:v", "ffv1", "-level", "3", "-g", "1", "-pix_fmt", pixel_format]
        super().__init__(path, (height, width), dtype, arguments)
