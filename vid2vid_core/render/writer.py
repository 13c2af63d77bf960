"""Where the pictures of one sequence go: PNG files, a video, and a video beside controls and real frames."""

import contextlib
from pathlib import Path
from types import TracebackType
from typing import Self

import cv2
import numpy as np

from vid2vid_core.render.side_by_side import side_by_side
from vid2vid_core.render.stream import Picture, RenderedFrame
from vid2vid_core.video.encode import VideoWriter


class SequenceWriter:
    """Writes `<sequence>/<frame>.png`, `<sequence>.mp4` and `<sequence>.side_by_side.mp4`, in constant memory.

    A context manager. Nothing is written for a sequence without frames.
    """

    def __init__(self, folder: Path, sequence: str, fps: float, crf: int, *, show_real: bool) -> None:
        """Prepare a sequence.

        Args:
            folder: Where the files go.
            sequence: Names them.
            fps: Frames per second of the videos.
            crf: Their quality, see `RenderConfig`.
            show_real: Give the real frames a column; every frame must have one then.
        """
        self._folder, self._sequence, self._fps, self._crf = folder, sequence, fps, crf
        self._show_real = show_real
        self._stack = contextlib.ExitStack()
        self._videos: tuple[VideoWriter, VideoWriter] | None = None

    def write(self, frame: RenderedFrame) -> Path:
        """Write one frame; returns its PNG file."""
        panel = {"control": frame.controls, "output": frame.picture}
        if self._show_real and frame.real is not None:
            panel["real"] = frame.real
        beside = side_by_side(panel)
        if self._videos is None:
            (self._folder / self._sequence).mkdir(parents=True, exist_ok=True)
            self._videos = (
                self._open(f"{self._sequence}.mp4", frame.picture),
                self._open(f"{self._sequence}.side_by_side.mp4", beside),
            )
        path = self._folder / self._sequence / f"{frame.row.frame}.png"
        encoded = cv2.imencode(".png", np.ascontiguousarray(frame.picture[..., ::-1]))[1]
        path.write_bytes(encoded.tobytes())
        self._videos[0].write(frame.picture)
        self._videos[1].write(beside)
        return path

    def _open(self, name: str, picture: Picture) -> VideoWriter:
        height, width = picture.shape[:2]
        writer = VideoWriter(self._folder / name, self._fps, (width, height), self._crf)
        return self._stack.enter_context(writer)

    def __enter__(self) -> Self:
        self._stack.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)
