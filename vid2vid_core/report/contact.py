"""For one video of each split, the same few moments in every map the chain makes of them."""

import numpy as np
import pandas as pd

from vid2vid_core.dataset.frames import FrameReader
from vid2vid_core.report.annotations import surface_origin
from vid2vid_core.report.drawn_strips import face_strips, pose_strips
from vid2vid_core.report.inputs import RunInputs
from vid2vid_core.report.label_strips import label_strips
from vid2vid_core.report.labels import LabelStyle, LegendEntry
from vid2vid_core.report.sheet import Sheet, paths, photograph, read_small, strip, times
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
    stage, legend = inputs.recipe.stages[-1], list[LegendEntry]()
    manifest = inputs.manifest.folder / "manifest.parquet"
    if stage.controls.kind == "labels":
        strips, legend = label_strips(inputs.manifest.folder, rows, style)
    elif stage.controls.kind == "face":
        strips = face_strips(FrameReader(manifest, stage.data, stage.controls), rows)
    else:
        reader = FrameReader(manifest, stage.data, stage.controls)
        strips = pose_strips(reader, rows, surface_origin(inputs, video))
    if video in inputs.rendered:
        outputs = paths(inputs.rendered[video], sequence, "output")
        drawn = [read_small(outputs[frame]) if frame in outputs else None for frame in rows.frame]
        strips.append(strip("Rendered", "by the trained model", rows, drawn, photograph))
    title = {"train": "A training video", "test": "A test video, never trained on"}[split]
    facts = f"{sequence}, {count_of(len(rows), 'moment')}"
    return Sheet(title, facts, times(rows), strips, legend)
