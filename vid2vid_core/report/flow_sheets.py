"""How good the stored reference flow is: numbers and a contact sheet for every video, and the key to its colours."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from vid2vid_core.report.inputs import RunInputs, Table
from vid2vid_core.report.pictures import data_uri, flow_colours, flow_wheel, round_up, shrink
from vid2vid_core.report.sheet import WIDTH, Sheet, paths, photograph, read_photograph, read_small, strip, times
from vid2vid_core.report.wording import count_of, number, percent
from vid2vid_core.video.flow_io import read_flow
from vid2vid_core.video.lookup import sample
from vid2vid_core.video.reference_flow import Motion

_MOMENTS = 4
_SHEETS = 8
"""Videos with pictures: a page that shows all of a large dataset would not open."""


@dataclass(frozen=True)
class FlowRow:
    """The flow of one video, in words; lengths in pixels."""

    video: str
    split: str
    flows: str
    mean: str
    middle: str
    fast: str
    trusted: str
    clipped: str


@dataclass(frozen=True)
class FlowSheets:
    """Everything the section shows; `sheets` is empty without flow."""

    summary: str
    rows: list[FlowRow]
    note: str
    """Which videos have pictures; empty if all have."""
    sheets: list[Sheet]
    maximum: str
    """Pixels at which the colours are full."""
    wheel: str


@dataclass(frozen=True)
class _Chosen:
    """A few moments of one video, with what is drawn of them."""

    rows: pd.DataFrame
    before: list[str]
    """Picture of the frame before each."""
    motions: list[Motion]


def flow_sheets(inputs: RunInputs) -> FlowSheets:
    """Describe every video with flow, and draw those whose flow is trusted least."""
    tables = {video: table for video, table in inputs.flow.items() if not table.rows.empty}
    splits = dict(zip(inputs.manifest.rows.video, inputs.manifest.rows.split, strict=True))
    rows = [_row(video, splits[video], table.rows) for video, table in tables.items()]
    doubtful = sorted(tables, key=lambda video: tables[video].rows.confident.mean())[:_SHEETS]
    chosen = {video: found for video in tables if video in doubtful if (found := _choose(inputs, video)) is not None}
    lengths = [_typical(motion) for found in chosen.values() for motion in found.motions]
    maximum = round_up(float(np.median(lengths))) if lengths else 0.0
    sheets = [_sheet(inputs, video, found, maximum) for video, found in chosen.items()]
    note = f"Pictures of the {_SHEETS} videos of {len(tables)} whose flow is trusted least."
    wheel = data_uri(flow_wheel(96), lossless=True) if sheets else ""
    return FlowSheets(
        _summary(inputs, tables), rows, note if len(tables) > _SHEETS else "", sheets, f"{maximum:g}", wheel
    )


def _summary(inputs: RunInputs, tables: dict[str, Table]) -> str:
    """What estimated the flow, and who reads it."""
    if not tables:
        return "No flow is stored for this run."
    backends = sorted({_backend(table.metadata) for table in tables.values()})
    stages = inputs.recipe.stages
    online = [stage.name for stage in stages if stage.data.flow == "online"]
    use = "Training and scores compare with it." if not online else "Scores compare with it."
    if online and len(online) < len(stages):
        use = f"Scores and training compare with it, except that of {', '.join(online)}, which estimated its own."
    elif online:
        use += " Training estimated the same anew for every clip."
    return f"From every frame back to the one before, by {' and '.join(backends)}. {use}"


def _backend(metadata: dict[str, Any]) -> str:
    if metadata.get("backend") == "flownet2":
        return f"FlowNet2 (weights {metadata['checkpoint_sha256'][:8]}…)"
    return f"OpenCV's DIS (preset {metadata['preset']})"


def _row(video: str, split: str, flows: pd.DataFrame) -> FlowRow:
    return FlowRow(
        video=video,
        split=split,
        flows=f"{len(flows):,}",
        mean=number(flows.mean_pixels.mean()),
        middle=number(flows.p50_pixels.mean()),
        fast=number(flows.p95_pixels.mean()),
        trusted=percent(flows.confident.mean()),
        clipped=f"{flows.clipped.sum():,}",
    )


def _choose(inputs: RunInputs, video: str) -> _Chosen | None:
    """Evenly spaced frames that have flow, and a picture before them; None if there is none."""
    rows = inputs.manifest.rows
    rows = rows[(rows.video == video) & (rows.image != "")].sort_values(["sequence", "number"])
    if rows.empty:
        return None
    longest = rows[rows.sequence == rows.groupby("sequence", sort=False).size().idxmax()]
    files = paths(inputs.flow[video], str(longest.sequence.iloc[0]), "flow")
    before = longest.image.shift()
    usable = longest.frame.isin(files) & before.notna()
    places = np.flatnonzero(usable.to_numpy())
    if not len(places):
        return None
    picks = places[np.unique(np.linspace(0, len(places) - 1, _MOMENTS).round().astype(int))]
    moments = longest.iloc[picks]
    return _Chosen(moments, list(before.iloc[picks]), [read_flow(files[frame]) for frame in moments.frame])


def _typical(motion: Motion) -> float:
    """The length that all but the fastest points stay below."""
    return float(np.quantile(np.hypot(motion[0][..., 0], motion[0][..., 1]), 0.98))


def _sheet(inputs: RunInputs, video: str, chosen: _Chosen, maximum: float) -> Sheet:
    rows, folder = chosen.rows, inputs.manifest.folder
    frames = [read_small(folder / path) for path in rows.image]
    carried = [
        sample(read_photograph(folder / path).astype(np.float32), flow)
        for path, (flow, _) in zip(chosen.before, chosen.motions, strict=True)
    ]
    strips = [
        strip("Frame", "as decoded", rows, frames, photograph),
        strip("Flow", "back to the frame before", rows, chosen.motions, lambda motion: _colours(motion, maximum)),
        strip("Confidence", "white: the flow is trusted", rows, chosen.motions, _confidence),
        strip("Carried", "the frame before, moved along the flow: should look like the frame", rows, carried, _picture),
    ]
    trusted = percent(inputs.flow[video].rows.confident.mean())
    facts = f"{rows.sequence.iloc[0]}, {count_of(len(rows), 'moment')}; {trusted} of all points trusted."
    kind = {"train": "training", "test": "test"}[str(rows.split.iloc[0])]
    return Sheet(f"{video}, a {kind} video", facts, times(rows), strips)


def _colours(motion: Motion, maximum: float) -> str:
    return data_uri(flow_colours(shrink(motion[0], WIDTH), maximum), lossless=False)


def _confidence(motion: Motion) -> str:
    return data_uri(np.rint(255 * shrink(motion[1], WIDTH)).astype(np.uint8), lossless=False)


def _picture(image: np.ndarray) -> str:
    return photograph(shrink(np.rint(image).astype(np.uint8), WIDTH))
