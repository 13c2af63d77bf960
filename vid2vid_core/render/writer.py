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

    Further styles go to `<sequence>.style-2/` and `<sequence>.style-2.mp4`, and so on; the video side by side has
    a column for each. A context manager. Nothing is written for a sequence without frames.
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
        self._videos: dict[str, VideoWriter] = {}

    def write(self, frame: RenderedFrame) -> Path:
        """Write one frame; returns the PNG file of the first style."""
        for number, picture in enumerate(frame.pictures, 1):
            name = self._sequence if number == 1 else f"{self._sequence}.style-{number}"
            self._video(name, picture).write(picture)
            self._write_png(self._folder / name / f"{frame.row.frame}.png", picture)
        beside = side_by_side(self._panel(frame))
        self._video(f"{self._sequence}.side_by_side", beside).write(beside)
        return self._folder / self._sequence / f"{frame.row.frame}.png"

    def _panel(self, frame: RenderedFrame) -> dict[str, Picture]:
        """By caption: controls, all styles and the real frame."""
        panel = {"control": frame.controls}
        if len(frame.pictures) == 1:
            panel["output"] = frame.picture
        else:
            panel |= {f"style {number}": picture for number, picture in enumerate(frame.pictures, 1)}
        if self._show_real and frame.real is not None:
            panel["real"] = frame.real
        return panel

    def _write_png(self, path: Path, picture: Picture) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        encoded = cv2.imencode(".png", np.ascontiguousarray(picture[..., ::-1]))[1]
        path.write_bytes(encoded.tobytes())

    def _video(self, name: str, picture: Picture) -> VideoWriter:
        """The video of that name, opened for pictures like this one when first asked for."""
        if name not in self._videos:
            height, width = picture.shape[:2]
            path = self._folder / f"{name}.mp4"
            path.parent.mkdir(parents=True, exist_ok=True)
            writer = VideoWriter(path, self._fps, (width, height), self._crf)
            self._videos[name] = self._stack.enter_context(writer)
        return self._videos[name]

    def __enter__(self) -> Self:
        self._stack.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)
