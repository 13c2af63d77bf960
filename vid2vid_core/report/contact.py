"""For one video of each split, the same few moments in every map the chain makes of them."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from vid2vid_core.dataset.pictures import read_ids
from vid2vid_core.report.inputs import RunInputs
from vid2vid_core.report.labels import LabelStyle
from vid2vid_core.report.pictures import data_uri, instance_colours, shrink
from vid2vid_core.report.sheet import WIDTH, Sheet, paths, photograph, read_small, strip, times
from vid2vid_core.report.wording import count_of

_MOMENTS = 6


def contact_sheets(inputs: RunInputs, style: LabelStyle) -> list[Sheet]:
    """Draw the sheet of one training and one test video."""
    chosen = [moments for split in ("train", "test") if (moments := _moments(inputs, split)) is not None]
    return [_sheet(inputs, rows, style) for rows in chosen]


def _moments(inputs: RunInputs, split: str) -> pd.DataFrame | None:
    """Evenly spaced valid frames of the longest sequence of a split, from the first one that is rendered."""
    rows = inputs.manifest.rows
    rows = rows[(rows.split == split) & rows.valid]
    if split == "test":
        rows = rows[rows.video.isin(inputs.rendered)]
    if rows.empty:
        return None
    longest = rows[rows.sequence == rows.groupby("sequence", sort=False).size().idxmax()].sort_values("number")
    first = min(inputs.recipe.stages[-1].generator.n_frames_G - 1, len(longest) - 1)
    picks = np.unique(np.linspace(first, len(longest) - 1, _MOMENTS).round().astype(int))
    return longest.iloc[picks]


def _sheet(inputs: RunInputs, rows: pd.DataFrame, style: LabelStyle) -> Sheet:
    video, sequence, split = (str(rows[key].iloc[0]) for key in ("video", "sequence", "split"))
    folder = inputs.manifest.folder
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
    if video in inputs.rendered:
        outputs = paths(inputs.rendered[video], sequence, "output")
        drawn = [read_small(outputs[frame]) if frame in outputs else None for frame in rows.frame]
        strips.append(strip("Rendered", "by the trained model", rows, drawn, photograph))
    title = {"train": "A training video", "test": "A test video, never trained on"}[split]
    facts = f"{sequence}, {count_of(len(rows), 'moment')}"
    return Sheet(title, facts, times(rows), strips, style.legend([ids for ids in labels if ids is not None]))


def _small_ids(ids: np.ndarray, colourise: Callable[[np.ndarray], np.ndarray]) -> str:
    return data_uri(colourise(shrink(ids, WIDTH, nearest=True)), lossless=True)
