"""The largest frames a stage trains on."""

import numpy as np

from vid2vid_core.config import StageConfig
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
    sizes: dict[Size, FrameRun] = {}
    for run in manifest.runs("train"):
        sizes.setdefault((run.rows[0].width, run.rows[0].height), run)
    found = [_drawn(manifest, stage, run, draw) for run in sizes.values() for draw in range(_DRAWS)]
    return max(found, key=lambda size: size[0] * size[1])


def _drawn(manifest: Manifest, stage: StageConfig, run: FrameRun, draw: int) -> Size:
    rng = np.random.default_rng(draw)
    view = open_view(manifest, stage.controls, run.rows[: stage.generator.n_frames_G], rng)
    return view.geometry(draw_geometry(stage.data, view.size(run.rows[0]), rng)).size
