"""Contact sheets: for one video of each split, the same few moments in every map the chain makes of them."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pandas as pd

from vid2vid_core.dataset.pictures import read_ids
from vid2vid_core.report.inputs import RunInputs, Table
from vid2vid_core.report.labels import LabelStyle, LegendEntry
from vid2vid_core.report.pictures import data_uri, flow_colours, flow_wheel, instance_colours, round_up, shrink
from vid2vid_core.report.wording import count_of
from vid2vid_core.video.flow_io import read_flow

_MOMENTS = 6
_WIDTH = 320


@dataclass(frozen=True)
class Cell:
    """One picture of a sheet; `source` is empty where there is none."""

    source: str
    alt: str


@dataclass(frozen=True)
class Strip:
    """One kind of map at all moments."""

    title: str
    note: str
    cells: list[Cell]


@dataclass(frozen=True)
class Sheet:
    """The maps of one video; strips share their columns."""

    title: str
    facts: str
    columns: list[str]
    """Time and frame of each column."""
    strips: list[Strip]
    legend: list[LegendEntry]
    """The labels in the frames shown."""


@dataclass(frozen=True)
class ContactSheets:
    """Both sheets and what they have in common."""

    sheets: list[Sheet]
    flow_maximum: str
    """Pixels at which the flow's colours are full; empty without flow."""
    flow_wheel: str


def contact_sheets(inputs: RunInputs, style: LabelStyle) -> ContactSheets:
    """Draw the sheet of one training and one test video."""
    chosen = [moments for split in ("train", "test") if (moments := _moments(inputs, split)) is not None]
    flows = [_flows(inputs, rows) for rows in chosen]
    lengths = [np.quantile(np.hypot(*np.moveaxis(flow, -1, 0)), 0.98) for found in flows for flow, _ in found.values()]
    maximum = round_up(float(max(lengths))) if lengths else 0.0
    sheets = [_sheet(inputs, rows, found, maximum, style) for rows, found in zip(chosen, flows, strict=True)]
    wheel = data_uri(flow_wheel(96), lossless=True) if lengths else ""
    return ContactSheets(sheets, f"{maximum:g}" if lengths else "", wheel)


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


def _flows(inputs: RunInputs, rows: pd.DataFrame) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Flow and confidence by frame, where there is any."""
    table = inputs.flow.get(str(rows.video.iloc[0]))
    if table is None:
        return {}
    paths = _paths(table, str(rows.sequence.iloc[0]), "flow")
    return {frame: read_flow(paths[frame]) for frame in rows.frame if frame in paths}


def _sheet(
    inputs: RunInputs,
    rows: pd.DataFrame,
    flows: dict[str, tuple[np.ndarray, np.ndarray]],
    maximum: float,
    style: LabelStyle,
) -> Sheet:
    video, sequence, split = (str(rows[key].iloc[0]) for key in ("video", "sequence", "split"))
    folder = inputs.manifest.folder
    frames = [_read_picture(folder / path) if path else None for path in rows.image]
    labels = [read_ids(folder / path) if path else None for path in rows.label]
    instances = [read_ids(folder / path) if path else None for path in rows.instance]
    strips = [
        _strip("Frame", "as decoded", rows, frames, _photograph),
        _strip("Labels", "the control the generator sees", rows, labels, lambda ids: _small_ids(ids, style.picture)),
    ]
    if any(found is not None for found in instances):
        strips.append(_strip("Instances", "one colour an object, white edges", rows, instances, _instances))
    if flows:
        found = [flows.get(frame) for frame in rows.frame]
        strips.append(_strip("Flow", "back to the frame before", rows, found, lambda pair: _flow(pair[0], maximum)))
        strips.append(
            _strip("Confidence", "white: the flow is trusted", rows, found, lambda pair: _confidence(pair[1]))
        )
    if video in inputs.rendered:
        outputs = _paths(inputs.rendered[video], sequence, "output")
        drawn = [_read_picture(outputs[frame]) if frame in outputs else None for frame in rows.frame]
        strips.append(_strip("Rendered", "by the trained model", rows, drawn, _photograph))
    columns = [f"{time:.2f} s" for time in rows.time]
    title = {"train": "A training video", "test": "A test video, never trained on"}[split]
    facts = f"{sequence}, {count_of(len(rows), 'moment')}"
    return Sheet(title, facts, columns, strips, style.legend([ids for ids in labels if ids is not None]))


def _strip(title: str, note: str, rows: pd.DataFrame, values: list, draw: Callable) -> Strip:
    cells = [
        Cell("" if value is None else draw(value), f"{title} of {sequence}, frame {frame}")
        for value, sequence, frame in zip(values, rows.sequence, rows.frame, strict=True)
    ]
    return Strip(title, note, cells)


def _small_ids(ids: np.ndarray, colourise: Callable[[np.ndarray], np.ndarray]) -> str:
    return data_uri(colourise(shrink(ids, _WIDTH, nearest=True)), lossless=True)


def _instances(ids: np.ndarray) -> str:
    return data_uri(instance_colours(shrink(ids, _WIDTH, nearest=True)), lossless=True)


def _flow(flow: np.ndarray, maximum: float) -> str:
    return data_uri(flow_colours(shrink(flow, _WIDTH), maximum), lossless=False)


def _confidence(confidence: np.ndarray) -> str:
    return data_uri(np.rint(255 * shrink(confidence, _WIDTH)).astype(np.uint8), lossless=False)


def _photograph(image: np.ndarray) -> str:
    return data_uri(image, lossless=False)


def _paths(table: Table, sequence: str, column: str) -> dict[str, Path]:
    rows = table.rows[table.rows.sequence == sequence]
    return {frame: table.folder / path for frame, path in zip(rows.frame, rows[column], strict=True)}


def _read_picture(path: Path) -> np.ndarray:
    """A picture (H, W, 3) uint8 RGB, at most `_WIDTH` wide."""
    image = cv2.imread(str(path), cv2.IMREAD_COLOR_RGB)
    if image is None:
        raise ValueError(
            f"{path}: listed in a table of this run, but missing or no image; run the stage that writes it again"
        )
    return shrink(image, _WIDTH)
