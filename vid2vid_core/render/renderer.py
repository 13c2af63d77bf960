"""Rendering sequences into a folder."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from tqdm import tqdm

from vid2vid_core.config import RenderConfig
from vid2vid_core.dataset.frames import FrameReader
from vid2vid_core.dataset.manifest import FrameRun
from vid2vid_core.models import VideoGenerator
from vid2vid_core.render.account import Account
from vid2vid_core.render.first_frame import Start
from vid2vid_core.render.stream import render_run
from vid2vid_core.render.writer import SequenceWriter


@dataclass(frozen=True)
class Renderer:
    """A generator, the frames it is shown, and how its pictures are written."""

    generator: VideoGenerator
    """On the device to render on."""
    reader: FrameReader
    label_nc: int
    config: RenderConfig
    fps: float
    """Frames per second of the videos."""
    start: Start
    """How sequences begin."""

    def render(self, runs: Sequence[FrameRun], folder: Path) -> Account:
        """Render runs of frames, those of one sequence into the same video.

        Args:
            runs: In order, those of one sequence together. One shorter than tG is noted as skipped.
            folder: Where pictures and videos go.

        Raises:
            ValueError: If a frame cannot be read or used.
        """
        account = Account(self.start.kind, self.start.styles, [edit.name for edit in self.config.edits])
        plan = self._plan(runs, account)
        start = time.perf_counter()
        with tqdm(total=sum(frames for _, frames in plan), desc="render", unit="frame", disable=None) as bar:
            for sequence, parts in groupby(plan, key=lambda entry: entry[0].sequence):
                bar.set_postfix_str(sequence)
                for _ in self._sequence(list(parts), folder, account):
                    bar.update()
        account.seconds = time.perf_counter() - start
        return account

    def _plan(self, runs: Sequence[FrameRun], account: Account) -> list[tuple[FrameRun, int]]:
        """Which runs are rendered, and how many frames of each."""
        needed = self.generator.config.n_frames_G
        plan = []
        for _, parts in groupby(runs, key=lambda run: run.sequence):
            left = self.config.how_many
            for run in parts:
                frames = len(run.rows) - needed + 1
                if frames < 1:
                    account.skip(
                        run.name, len(run.rows), f"{len(run.rows)} frames, the model needs {needed} (n_frames_G)"
                    )
                    continue
                if left is not None:
                    frames = min(frames, left)
                    left -= frames
                if frames:
                    plan.append((run, frames))
        return plan

    def _sequence(self, parts: list[tuple[FrameRun, int]], folder: Path, account: Account) -> Iterator[None]:
        """Render one sequence; yields once a frame."""
        show_real = all(row.image for run, _ in parts for row in run.rows)
        sequence, start = parts[0][0].sequence, self.start
        with SequenceWriter(folder, sequence, self.fps, self.config.crf, start.names, show_real=show_real) as writer:
            for run, limit in parts:
                for frame in render_run(
                    self.reader,
                    run,
                    self.generator,
                    self.label_nc,
                    first_picture=start.picture,
                    more=start.more,
                    limit=limit,
                ):
                    path = writer.write(frame)
                    account.add(run, frame.row.frame, path.relative_to(folder).as_posix(), frame.picture)
                    yield
