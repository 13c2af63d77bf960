"""What is scored: rendered frames beside the real ones, with the motion between them, at the rendered size."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from vid2vid_core.dataset.flow_source import StoredFlow
from vid2vid_core.dataset.frames import FrameReader, FrameSample
from vid2vid_core.dataset.manifest import FrameRow, FrameRun
from vid2vid_core.quality.fidelity import Picture
from vid2vid_core.quality.temporal import Flow, Map
from vid2vid_core.render.stream import to_picture
from vid2vid_core.storage import read_table


@dataclass(frozen=True)
class Scene:
    """One generated frame."""

    output: Picture
    real: Picture
    real_before: Picture
    """The real frame before the current one."""
    labels: NDArray[np.int64]
    """(H, W) labels, or parts of the face or body; -1 where there is none."""
    motion: tuple[Flow, Map] | None
    """Flow back to the frame before, and its confidence; None where that frame was not generated."""


class Footage:
    """Reads the scenes of one rendered video."""

    def __init__(self, render_table: Path, reader: FrameReader, flow_table: Path) -> None:
        """List the frames.

        Args:
            render_table: Table of the rendering.
            reader: Reads the real frames at the geometry that the model was shown.
            flow_table: Stored flow of the video.
        """
        self._root, self._reader = render_table.parent, reader
        self.rendered, self.metadata = read_table(render_table)
        if "output" not in self.rendered.columns:
            raise ValueError(f"{render_table}: no table of a rendering (columns {', '.join(self.rendered.columns)})")
        self._flow = StoredFlow([flow_table])
        self._places: dict[tuple[str, str], tuple[FrameRun, int]] = {
            (run.sequence, row.frame): (run, index)
            for run in reader.runs("test", self.metadata["video"])
            for index, row in enumerate(run.rows)
        }

    def runs(self) -> Iterator[tuple[str, list[tuple[str, str]]]]:
        """Sequence, and frames with their output files, of every run of neighbouring generated frames."""
        for (sequence, _), rows in self.rendered.groupby(["sequence", "part"], sort=False):
            yield str(sequence), list(zip(rows["frame"], rows["output"], strict=True))

    def unscorable(self, sequence: str, frames: list[tuple[str, str]]) -> str:
        """Why a run cannot be scored; "" if it can. The frame before the first is needed as well."""
        if self.metadata.get("retarget"):
            return "its poses stand in for another person (render.retarget), of whom no real frame shows this motion"
        run, index = self._place(sequence, frames[0][0])
        rows = [run.rows[index - 1]]
        rows += [run.rows[index] for run, index in (self._place(sequence, frame) for frame, _ in frames)]
        lacking = [row.frame for row in rows if not row.image]
        return f"{len(lacking)} frames have no photograph to compare with, the first is {lacking[0]}" if lacking else ""

    def scenes(self, sequence: str, frames: list[tuple[str, str]]) -> Iterator[Scene]:
        """The scenes of one run.

        Raises:
            ValueError: If a frame is not in the manifest, has no photograph, no flow, or another size than rendered.
        """
        before: Picture | None = None
        for number, (frame, output) in enumerate(frames):
            run, index = self._place(sequence, frame)
            row = run.rows[index]
            if before is None:
                before = self._real(run.rows[index - 1], self._reader.read(run.rows[index - 1]))
            sample = self._reader.read(row)
            real = self._real(row, sample)
            yield Scene(
                output=self._output(self._root / output, real),
                real=real,
                real_before=before,
                labels=sample.parts[0].numpy(),
                motion=self._motion(run.rows[index - 1], row) if number else None,
            )
            before = real

    def _place(self, sequence: str, frame: str) -> tuple[FrameRun, int]:
        """Where a generated frame stands in its run of real frames: never first, since the model needs a past."""
        place = self._places.get((sequence, frame))
        if place is None or place[1] == 0:
            raise ValueError(
                f"{sequence}/{frame}: rendered, but not usable in the manifest; the dataset has changed since then, "
                f"so render again"
            )
        return place

    def _real(self, row: FrameRow, sample: FrameSample) -> Picture:
        if sample.image is None:
            raise ValueError(f"{row.sequence}/{row.frame}: no photograph to compare with")
        return to_picture(sample.image)

    def _output(self, path: Path, real: Picture) -> Picture:
        output = cv2.imread(str(path), cv2.IMREAD_COLOR)
        if output is None:
            raise ValueError(f"{path}: not a readable picture; render again")
        if output.shape != real.shape:
            size, expected = output.shape[1::-1], real.shape[1::-1]
            raise ValueError(
                f"{path}: {size[0]}x{size[1]} pixels, but these weights render {expected[0]}x{expected[1]}; "
                f"score with the weights that rendered it, or render again"
            )
        return np.ascontiguousarray(output[..., ::-1])

    def _motion(self, before: FrameRow, row: FrameRow) -> tuple[Flow, Map]:
        (motion,) = self._flow.between((before, row))
        flow, confidence = self._reader.motion(motion, before, row)
        return np.ascontiguousarray(flow[0].permute(1, 2, 0).numpy()), confidence[0, 0].clamp(0, 1).numpy()
