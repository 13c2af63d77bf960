"""How a training went: a fixed clip as the model made it time after time, and what it was judged at."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from vid2vid_core.quality.metrics import METRICS, Metric
from vid2vid_core.report.charts import Chart, Line, line_chart
from vid2vid_core.report.inputs import StageRecord
from vid2vid_core.report.pictures import data_uri, read_trained, shrink
from vid2vid_core.report.wording import count_of, number

_MOMENTS = 6
"""Rows of the strip; the first, the last and the best are among them."""
_WIDTH = 1100
"""Pixels of a row."""
_COMPANIONS = ("video_ssim", "psnr", "tof", "warping_error")
"""Metrics that are drawn beside the one that decides."""


@dataclass(frozen=True)
class Moment:
    """One row of the strip."""

    title: str
    note: str
    source: str
    """Data URI."""
    alt: str


@dataclass(frozen=True)
class Course:
    """How one stage went."""

    facts: str
    caution: str
    """What makes the numbers of the page look better than they are; empty if nothing does."""
    charts: list[Chart]
    moments: list[Moment]


def describe_course(record: StageRecord) -> Course | None:
    """The course of a stage; None if it was not judged."""
    lines, about = record.judged, record.provenance.get("validation")
    if not lines or about is None:
        return None
    metric = _metric(about["metric"])
    best = about["best"]
    return Course(
        facts=_facts(about, metric, len(lines)),
        caution=_caution(about),
        charts=[_chart(chosen, record, best) for chosen in _drawn(metric, lines)],
        moments=_strip(record, metric, best),
    )


def _metric(name: str) -> Metric:
    return next(metric for metric in METRICS if metric.name == name)


def _facts(about: dict[str, Any], metric: Metric, times: int) -> str:
    text = (
        f"{count_of(about['frames'], 'frame')} of sequence {about['sequence']} ({about['split']} split), rendered "
        f"{times} times with the weights of the moment, each frame from those before it."
    )
    if about["best"] is not None:
        text += f" By {metric.title} the weights of step {about['best']['step']:,} were best"
        text += f" ({number(about['best']['value'])}{f' {metric.unit}' if metric.unit else ''})."
        text += " The stage ends with these." if about["kept"] == "best" else " The stage ends with its last ones."
    return text


def _caution(about: dict[str, Any]) -> str:
    if about["kept"] != "best" or about["split"] != "test":
        return ""
    return (
        "The weights were chosen by a clip of the test split, on which they are also scored: the metrics of this page "
        "flatter the model a little."
    )


def _drawn(metric: Metric, lines: list[dict[str, Any]]) -> list[Metric]:
    names = dict.fromkeys((metric.name, *_COMPANIONS))
    return [_metric(name) for name in names if any(name in line["metrics"] for line in lines)]


def _chart(metric: Metric, record: StageRecord, best: dict[str, Any] | None) -> Chart:
    """The metric over the steps; the steps of the best weights are marked, and what real video has where that tells."""
    points = [(line["step"], line["metrics"][metric.name]) for line in record.judged if metric.name in line["metrics"]]
    lines = [Line("model", "model", [x for x, _ in points], [y for _, y in points])]
    marked = [(x, y) for x, y in points if best is not None and x == best["step"]]
    if marked:  # first, since the first line is drawn on top
        lines.insert(0, Line("best weights", "mean_colour", [marked[0][0]], [marked[0][1]]))
    real = record.real_clip.get(metric.name, 0.0)
    if real not in (0.0, metric.ideal):
        lines.append(Line("real video", "real", [points[0][0], points[-1][0]], [real, real]))
    aim = {"higher": "higher is better", "lower": "lower is better", "ideal": f"ideal is {metric.ideal:g}"}
    title = f"{metric.title} ({', '.join(filter(None, (metric.unit, aim[metric.direction])))})"
    return line_chart(title, lines, x_label="step")


def _strip(record: StageRecord, metric: Metric, best: dict[str, Any] | None) -> list[Moment]:
    lines = record.judged
    picks = {round(index * (len(lines) - 1) / max(1, _MOMENTS - 2)) for index in range(_MOMENTS - 1)}
    picks |= {index for index, line in enumerate(lines) if best is not None and line["step"] == best["step"]}
    moments = []
    for line in (lines[pick] for pick in sorted(picks)):
        value = line["metrics"].get(metric.name)
        notes = [f"epoch {line['epoch']}", *([] if value is None else [f"{metric.title} {number(value)}"])]
        notes += ["best"] if best is not None and line["step"] == best["step"] else []
        title = f"Step {line['step']:,}"
        picture = read_trained(record.folder / "validation" / f"step-{line['step']:09d}.jpg")
        moments.append(Moment(title, ", ".join(notes), _uri(picture), f"{title} of stage {record.name}"))
    given = read_trained(record.folder / "validation" / "clip.jpg")
    half = given.shape[0] // 2
    for title, note, part in (
        ("Real", "what was filmed", given[half:]),
        ("Controls", "what it is shown", given[:half]),
    ):
        moments.append(Moment(title, note, _uri(part), f"{title} of the same frames"))
    return moments


def _uri(picture: np.ndarray) -> str:
    return data_uri(shrink(picture, _WIDTH), lossless=False)
