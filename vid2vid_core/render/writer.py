"""Where the pictures of one sequence go: PNG files, a video, and a video beside controls and real frames."""

import contextlib
from collections.abc import Sequence
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

    Parts of another size than the first (people who are cut out further on) are scaled to fit into the videos. Further
    styles and edits go to `<sequence>.style-2/` and `<sequence>.style-2.mp4`, and so on; the video side by side has a
    column for each, and one for changed controls. A context manager. Nothing is written for a sequence without frames.
    """

    def __init__(
        self, folder: Path, sequence: str, fps: float, crf: int, names: Sequence[str], *, show_real: bool
    ) -> None:
        """Prepare a sequence.

        Args:
            folder: Where the files go.
            sequence: Names them.
            fps: Frames per second of the videos.
            crf: Their quality, see `RenderConfig`.
            names: What the pictures of a frame are called, see `Start.names`.
            show_real: Give the real frames a column; every frame must have one then.
        """
        self._folder, self._sequence, self._fps, self._crf = folder, sequence, fps, crf
        self._names, self._show_real = names, show_real
        self._stack = contextlib.ExitStack()
        self._videos: dict[str, tuple[VideoWriter, tuple[int, int]]] = {}

    def write(self, frame: RenderedFrame) -> Path:
        """Write one frame; returns the PNG file of the first picture."""
        for number, picture in enumerate(frame.pictures):
            name = f"{self._sequence}.{self._names[number].replace(' ', '-')}" if number else self._sequence
            self._append(name, picture)
            self._write_png(self._folder / name / f"{frame.row.frame}.png", picture)
        self._append(f"{self._sequence}.side_by_side", side_by_side(self._panel(frame)))
        return self._folder / self._sequence / f"{frame.row.frame}.png"

    def _panel(self, frame: RenderedFrame) -> dict[str, Picture]:
        """By caption: controls, all pictures, each changed control before its own, and the real frame."""
        panel = {"control": frame.controls}
        for name, picture, edited in zip(self._names, frame.pictures, frame.edited, strict=True):
            if edited is not None:
                panel[f"control, {name}"] = edited
            panel[name] = picture
        if self._show_real and frame.real is not None:
            panel["real"] = frame.real
        return panel

    def _write_png(self, path: Path, picture: Picture) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        encoded = cv2.imencode(".png", np.ascontiguousarray(picture[..., ::-1]))[1]
        path.write_bytes(encoded.tobytes())

    def _append(self, name: str, picture: Picture) -> None:
        """To the video of that name, which is opened for pictures like the first one."""
        if name not in self._videos:
            height, width = picture.shape[:2]
            path = self._folder / f"{name}.mp4"
            path.parent.mkdir(parents=True, exist_ok=True)
            writer = VideoWriter(path, self._fps, (width, height), self._crf)
            self._videos[name] = self._stack.enter_context(writer), (height, width)
        writer, size = self._videos[name]
        writer.write(picture if picture.shape[:2] == size else _fitted(picture, size))

    def __enter__(self) -> Self:
        self._stack.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)


def _fitted(picture: Picture, size: tuple[int, int]) -> Picture:
    """The picture as large as it fits into a black one of so many rows and columns."""
    scale = min(size[0] / picture.shape[0], size[1] / picture.shape[1])
    rows, columns = (max(1, round(side * scale)) for side in picture.shape[:2])
    fitted = np.zeros((*size, 3), np.uint8)
    top, left = (size[0] - rows) // 2, (size[1] - columns) // 2
    small = cv2.resize(picture, (columns, rows), interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    fitted[top : top + rows, left : left + columns] = small
    return fitted
