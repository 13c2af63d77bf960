"""The report of a run: one HTML page that holds everything it shows."""

import logging
from pathlib import Path

import jinja2
import markupsafe

from vid2vid_core.config import DatasetConfig, RecipeConfig, Run
from vid2vid_core.report.advice import next_steps
from vid2vid_core.report.annotations import describe_annotations
from vid2vid_core.report.checks import findings
from vid2vid_core.report.contact import contact_sheets
from vid2vid_core.report.costs import rule_costs
from vid2vid_core.report.dataset_sheet import describe_dataset
from vid2vid_core.report.figures import key_figures
from vid2vid_core.report.flow_sheets import flow_sheets
from vid2vid_core.report.inputs import RunInputs, read_inputs
from vid2vid_core.report.labels import LabelStyle
from vid2vid_core.report.metrics import clip_charts, describe_metrics
from vid2vid_core.report.origin import colophon, configs, facts
from vid2vid_core.report.training import stage_curves, stage_rows
from vid2vid_core.report.verdict import headline
from vid2vid_core.report.videos import shelve
from vid2vid_core.report.wording import listed, unit_of
from vid2vid_core.storage import atomic_file

logger = logging.getLogger("vid2vid_core.report")

_HERE = Path(__file__).parent
_MOST_ROWS = 200
"""Rows of a table that the page shows; the text below it says where the rest is."""


def build_report(
    run_dir: Path,
    dataset_dir: Path,
    out: Path,
    run: Run,
    recipe: RecipeConfig,
    dataset: DatasetConfig,
    benchmarks: Path | None = None,
) -> None:
    """Write the page of a run.

    Args:
        run_dir: results/runs/<run>: stages, check, render and evaluate.
        dataset_dir: results/datasets/<dataset>: layout, frames, annotations and flow.
        out: the HTML file; videos that are too large for it are linked relative to it.
        run: what was built.
        recipe: how it was trained.
        dataset: what it was trained on.
        benchmarks: folder of Snakemake's benchmark files, for the cost of each rule; None leaves that section out.

    Raises:
        ValueError: a file the page needs is missing or unreadable; the message names it and the rule that writes it.
    """
    inputs = read_inputs(run_dir, dataset_dir, out, run, recipe, dataset)
    names = {run.name, dataset.name}
    costs = rule_costs(benchmarks, names) if benchmarks else []
    style = LabelStyle(inputs.manifest.metadata["label_nc"])
    html = (
        _environment()
        .get_template("template.html")
        .render(_sections(inputs, style) | {"costs": costs, "most_rows": _MOST_ROWS})
    )
    with atomic_file(out) as temporary:
        temporary.write_text(html, encoding="utf-8")
    logger.info("wrote %s (%.1f MB)", out, out.stat().st_size / 1e6)


def _sections(inputs: RunInputs, style: LabelStyle) -> dict[str, object]:
    """What the template draws, by the names it uses."""
    clip_sequence, charts = clip_charts(inputs)
    return {
        "style": markupsafe.Markup((_HERE / "style.css").read_text(encoding="utf-8")),
        "run": inputs.run,
        "dataset": inputs.dataset,
        "start": _start(inputs),
        "image_stage": inputs.image_stage and inputs.image_stage.name,
        "verdict": headline(inputs.metrics, unit_of(inputs.dataset.mode)),
        "figures": key_figures(inputs),
        "shelf": shelve(inputs),
        "stages": stage_rows(inputs),
        "facts": facts(inputs),
        "configs": configs(inputs),
        "metrics": describe_metrics(inputs),
        "clip_sequence": clip_sequence,
        "clip_charts": charts,
        "curves": stage_curves(inputs),
        "annotations": describe_annotations(inputs),
        "contact": contact_sheets(inputs, style),
        "flow": flow_sheets(inputs),
        "sheet_data": describe_dataset(inputs, style),
        "findings": findings(inputs),
        "advice": next_steps(inputs),
        "colophon": colophon(),
    }


def _start(inputs: RunInputs) -> str:
    """What the videos begin with."""
    shown = next(iter(inputs.rendered.values()), None)
    styles = len(shown.metadata.get("styles", ())) if shown else 0
    text = _START[shown.metadata["first_frame"] if shown else inputs.run.render.first_frame]
    if styles > 1:
        text += f" with the looks of {styles} training frames; the numbers below are those of style 1"
    edits = shown.metadata.get("edits", ()) if shown else ()
    if edits:
        text += f"; beside it, with other labels or looks: {listed(list(edits))}, which are not scored"
    return text


_START = {
    "real": "the first real frames to begin with, nothing else of the video on the right",
    "none": "nothing of the video on the right",
    "single": "first pictures that a generator of single pictures made",
}


def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
