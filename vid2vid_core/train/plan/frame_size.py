"""The largest frames a stage trains on."""

import numpy as np

from vid2vid_core.config import ControlConfig, DataConfig, ImageStageConfig, StageConfig
from vid2vid_core.dataset.geometry import Size, draw_geometry
from vid2vid_core.dataset.manifest import FrameRun, Manifest
from vid2vid_core.dataset.open_view import open_view

_DRAWS = 32
"""Clips looked at for each size of frames: crops and scales are drawn at random."""


def largest_frames(manifest: Manifest, stage: StageConfig) -> Size:
    """Width and height, pixels, of the largest frames that some drawn clips of the training split have.

    Raises:
        ValueError: frames of that size cannot be used, or a file that decides on it.
    """
    return _largest(manifest, stage.data, stage.controls, stage.generator.n_frames_G)


def largest_pictures(manifest: Manifest, stage: ImageStageConfig) -> Size:
    """The same of an image stage."""
    return _largest(manifest, stage.data.of_frames(), stage.controls, 1)


def _largest(manifest: Manifest, data: DataConfig, controls: ControlConfig, frames: int) -> Size:
    runs: dict[Size, FrameRun] = {}
    for run in manifest.runs("train"):
        runs.setdefault((run.rows[0].width, run.rows[0].height), run)
    found = []
    for run in runs.values():
        for draw in range(_DRAWS):
            rng = np.random.default_rng(draw)
            view = open_view(manifest, controls, run.rows[:frames], rng)
            found.append(view.geometry(draw_geometry(data, view.size(run.rows[0]), rng)).size)
    return max(found, key=lambda size: size[0] * size[1])
