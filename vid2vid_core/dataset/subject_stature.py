"""How large the person of some frames is and where they stand: of the training frames, and of a sequence to render."""

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from tqdm import tqdm

from vid2vid_core.config import ControlConfig
from vid2vid_core.dataset.manifest import FrameRow, FrameRun, Manifest
from vid2vid_core.dataset.people import read_people
from vid2vid_core.maps.retarget import Placement, place
from vid2vid_core.maps.stature import Stature, measure

logger = logging.getLogger("vid2vid_core.dataset")

_MOST = 2000
"""Frames that are looked at, evenly spread: more change nothing."""


def training_stature(manifest: Manifest, controls: ControlConfig) -> Stature | None:
    """The stature of the person of the training frames; None, logged, where key points do not tell it.

    Args:
        manifest: of the dataset. Where its videos differ in size, those of the most common size count.
        controls: of the stage; None is returned for other kinds than poses.
    """
    if controls.kind != "pose":
        return None
    rows = [row for run in manifest.runs("train") for row in run.rows]
    try:
        return _stature(manifest, controls, rows)
    except ValueError as error:
        logger.info("render.retarget will not work with these weights: %s", error)
        return None


def sequence_placement(manifest: Manifest, controls: ControlConfig, run: FrameRun, wanted: Stature) -> Placement:
    """How the person of a sequence is moved to stand for another; all runs of a sequence are moved alike.

    Args:
        manifest: the run is from.
        controls: what is shown.
        run: of the sequence.
        wanted: stature of the other person.

    Raises:
        ValueError: their statures cannot be compared; the message names the sequence.
    """
    rows = [
        row for other in manifest.runs(run.split, run.video) if other.sequence == run.sequence for row in other.rows
    ]
    try:
        placement = place(_stature(manifest, controls, rows), wanted)
    except ValueError as error:
        raise ValueError(f"{run.sequence}: cannot be retargeted: {error}; render it without retarget") from error
    logger.info(
        "%s: poses scaled by %.3f, moved by %+.0f and %+.0f pixels", run.sequence, placement.scale, placement.right,
        placement.down,
    )  # fmt: skip
    return placement


def _stature(manifest: Manifest, controls: ControlConfig, rows: Sequence[FrameRow]) -> Stature:
    sizes = Counter((row.width, row.height) for row in rows)
    if not sizes:
        raise ValueError("there is no valid frame")
    frame = sizes.most_common(1)[0][0]
    alike = [row for row in rows if (row.width, row.height) == frame]
    chosen = np.unique(np.linspace(0, len(alike) - 1, min(_MOST, len(alike))).round().astype(int))
    largest = replace(controls, people="largest")
    found = tqdm(chosen, desc="stature", unit="frame", disable=None)
    people = [next(iter(read_people(manifest, alike[index], largest)), None) for index in found]
    return measure(people, frame)
