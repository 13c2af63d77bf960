"""The clip by which a training is judged: which frames it has, how they are rendered, how the result is scored."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from vid2vid_core.config import StageConfig
from vid2vid_core.dataset.frames import FrameReader
from vid2vid_core.dataset.manifest import FrameRun
from vid2vid_core.models import VideoGenerator
from vid2vid_core.quality.measure import NO_PAIR, Motion, measure_frame, measure_pair
from vid2vid_core.quality.metrics import clip_metrics
from vid2vid_core.render.first_frame import real_picture
from vid2vid_core.render.stream import Picture, RenderedFrame, render_run, to_picture
from vid2vid_core.train.samples import spread
from vid2vid_core.video.confidence import consistent
from vid2vid_core.video.dis import DisFlow, opencv_on_one_thread

_SHORTEST = 2
"""Generated frames: a pair, without which nothing can be said about time."""
_TOLERANCE = 1.0
"""Pixels by which flow there and back may disagree; the default of the flow stage."""


@dataclass(frozen=True)
class Rendering:
    """The clip as one generator renders it."""

    shown: list[RenderedFrame]
    """Up to four of the frames, from first to last."""
    metrics: dict[str, float]
    """By name, as `quality.metrics`; what this clip cannot tell is missing."""


class ValidationClip:
    """Frames in a row, rendered as test videos are: from their real first frames, then each from the ones before.

    Motion is estimated by DIS at the rendered size, since flow of test videos need not be stored when a stage trains.
    """

    def __init__(self, reader: FrameReader, run: FrameRun, frames: int, frames_G: int) -> None:
        """Read the frames once; raises ValueError naming a file that cannot be read."""
        self._reader, self.run, self._dis = reader, run, DisFlow("medium")
        rows = run.rows[frames_G - 1 : frames_G - 1 + frames]
        self._real = [to_picture(real_picture(row, reader.read(row))) for row in rows]
        with opencv_on_one_thread():
            pairs = zip(self._real[1:], self._real[:-1], strict=True)
            self._motions = [self._motion(current, previous) for current, previous in pairs]
        real = _Score(self)
        for picture in self._real:
            real.add(picture)
        self.perfect = real.metrics()
        """Metrics of the real frames: what is possible, and which metrics this clip can tell."""

    def describe(self) -> dict[str, Any]:
        """What identifies the clip, as plain data."""
        run = self.run
        return {"split": run.split, "sequence": run.name, "first": run.rows[0].frame, "frames": len(self._real)}

    def render(self, generator: VideoGenerator, stop: Callable[[], bool]) -> Rendering | None:
        """Render and score the clip.

        Weights and statistics of the generator stay as they are, and no random number is drawn.

        Args:
            generator: The one that renders.
            stop: Asked before every frame; if it says so, the rendering is given up and None returned.
        """
        first = None if generator.config.no_first_img else real_picture
        label_nc, count, training = self._reader.manifest.label_nc, len(self._real), generator.training
        chosen, score, shown = spread(count), _Score(self), []
        generator.eval()
        try:
            frames = render_run(self._reader, self.run, generator, label_nc, first_picture=first, limit=count)
            for number, frame in enumerate(frames):
                if stop():
                    return None
                score.add(frame.picture)
                if number in chosen:
                    shown.append(frame)
        finally:
            generator.train(training)
        return Rendering(shown, score.metrics())

    def measure(self, number: int, picture: Picture, before: Picture | None) -> dict[str, float]:
        """Measurements of generated frame `number`, given the one before it."""
        real = self._real[number]
        values = measure_frame(picture, real)
        if before is None:
            return values | NO_PAIR
        estimated = self._dis.estimate(picture, before)
        return values | measure_pair(
            (picture, before), (real, self._real[number - 1]), self._motions[number - 1], estimated
        )

    def _motion(self, current: Picture, previous: Picture) -> Motion:
        flow = self._dis.estimate(current, previous)
        trusted = consistent(flow, self._dis.estimate(previous, current), _TOLERANCE)
        return Motion(flow, trusted.astype(np.float32), estimated=flow)


class _Score:
    """Measurements of the clip's frames, given one after the other."""

    def __init__(self, clip: ValidationClip) -> None:
        self._clip = clip
        self._before: Picture | None = None
        self._values: dict[str, list[float]] = defaultdict(list)
        self._count = 0

    def add(self, picture: Picture) -> None:
        with opencv_on_one_thread():
            measured = self._clip.measure(self._count, picture, self._before)
        for name, value in measured.items():
            self._values[name].append(value)
        self._before, self._count = picture, self._count + 1

    def metrics(self) -> dict[str, float]:
        return clip_metrics({name: np.array(values) for name, values in self._values.items()})


def choose_clip(manifest: Path, stage: StageConfig, frames: int) -> ValidationClip | None:
    """The clip of a dataset by which a stage is judged: the first usable run of the test split, else of training.

    A run is usable if every frame has a photograph, and an instance map where the stage reads them. The first one of
    full length counts, else the longest.

    Args:
        manifest: Of the dataset.
        stage: How frames are read, and how many a generator looks at.
        frames: Length, generated frames; shorter if no run is so long.

    Returns:
        None if no run gives two generated frames.

    Raises:
        ValueError: A frame cannot be read.
    """
    reader, frames_G = FrameReader(manifest, stage.data, stage.controls), stage.generator.n_frames_G
    for split in ("test", "train"):
        runs = [run for run in reader.runs(split) if _usable(run, stage)]
        full = next((run for run in runs if len(run.rows) >= frames_G - 1 + frames), None)
        run = full or max(runs, key=lambda run: len(run.rows), default=None)
        if run is not None and len(run.rows) >= frames_G - 1 + _SHORTEST:
            return ValidationClip(reader, run, frames, frames_G)
    return None


def _usable(run: FrameRun, stage: StageConfig) -> bool:
    return all(row.image and (row.instance or not stage.data.use_instance) for row in run.rows)
