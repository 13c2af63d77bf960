"""Strips of a street video: frames, labels, instances."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from vid2vid_core.dataset.pictures import read_ids
from vid2vid_core.report.labels import LabelStyle, LegendEntry
from vid2vid_core.report.pictures import data_uri, instance_colours, shrink
from vid2vid_core.report.sheet import WIDTH, Strip, photograph, read_small, strip


def label_strips(folder: Path, rows: pd.DataFrame, style: LabelStyle) -> tuple[list[Strip], list[LegendEntry]]:
    """What the moments look like, and the legend of their labels.

    Args:
        folder: of the manifest.
        rows: of the manifest, a moment each.
        style: names and colours.
    """
    frames = [read_small(folder / path) if path else None for path in rows.image]
    labels = [read_ids(folder / path) if path else None for path in rows.label]
    instances = [read_ids(folder / path) if path else None for path in rows.instance]
    strips = [
        strip("Frame", "as decoded", rows, frames, photograph),
        strip("Labels", "the control the generator sees", rows, labels, lambda ids: _small_ids(ids, style.picture)),
    ]
    if any(found is not None for found in instances):
        note = "one colour an object, white edges"
        strips.append(strip("Instances", note, rows, instances, lambda ids: _small_ids(ids, instance_colours)))
    return strips, style.legend([ids for ids in labels if ids is not None])


def _small_ids(ids: np.ndarray, colourise: Callable[[np.ndarray], np.ndarray]) -> str:
    return data_uri(colourise(shrink(ids, WIDTH, nearest=True)), lossless=True)
