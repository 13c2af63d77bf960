"""Metrics beside their baselines: a card each, with intervals on a common axis; and their course from clip to clip."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from vid2vid_core.report.charts import Chart, Line, line_chart
from vid2vid_core.report.inputs import RunInputs
from vid2vid_core.report.verdict import outcome
from vid2vid_core.report.wording import listed, number

METHOD_TITLES = {
    "model": "This model",
    "mean_colour": "Mean colour",
    "copy_previous": "Copy previous",
    "real": "Real video",
}
"""In the order of the page."""

_CURVES = ("psnr", "ssim", "warping_error", "sharpness_ratio")
"""Metrics worth following over time; the others are sums of them or slopes already."""


@dataclass(frozen=True)
class MethodRow:
    """One method on one metric; positions in percent of the card's axis."""

    method: str
    title: str
    mean: str
    interval: str
    """Such as `20.1 to 22.3`; empty with a single clip."""
    position: float | None
    """None when the value lies outside the axis (only the real video's can)."""
    left: float
    width: float


@dataclass(frozen=True)
class MetricCard:
    """One metric."""

    title: str
    unit: str
    aim: str
    definition: str
    rows: list[MethodRow]
    standing: str
    """How the model compares with the baselines; empty if the evaluation does not say."""


@dataclass(frozen=True)
class MetricsView:
    """The section."""

    cards: list[MetricCard]
    clips_note: str
    sentences: list[str]
    """The verdicts of the evaluation, metric by metric."""
    protocol: list[tuple[str, str]]
    methods: list[tuple[str, str]]


def describe_metrics(inputs: RunInputs) -> MetricsView:
    """Everything the metrics section shows."""
    found = {name: metric for name, metric in inputs.metrics["metrics"].items() if metric["methods"]}
    clips = max((values["clips"] for metric in found.values() for values in metric["methods"].values()), default=0)
    if clips == 0:
        note = "Nothing was scored, since no frame was rendered."
    elif clips == 1:
        note = "The test footage makes a single clip, so there are no intervals: differences may be chance."
    else:
        note = f"Means over {clips} clips; lines show the 95 % bootstrap interval over clips."
    protocol = inputs.metrics["protocol"]
    rules = [(key, value) for key, value in protocol.items() if isinstance(value, str)]
    methods = [(METHOD_TITLES.get(name, name), str(text)) for name, text in protocol["methods"].items()]
    sentences = inputs.metrics["verdict"]
    return MetricsView([_card(metric, sentences) for metric in found.values()], note, sentences, rules, methods)


def clip_charts(inputs: RunInputs) -> tuple[str, list[Chart]]:
    """Which sequence is shown, and a chart per metric over its clips; no chart if it has a single clip."""
    scores = inputs.scores
    if scores.empty:
        return "", []
    longest = scores.groupby("sequence", sort=False)["clip"].nunique().idxmax()
    rows = scores[scores.sequence == longest]
    if rows["clip"].nunique() < 2:
        return str(longest), []
    charts = []
    for name in _CURVES:
        metric = inputs.metrics["metrics"].get(name)
        part = rows[rows.metric == name]
        if metric is None or part.empty:
            continue
        unit = f" ({metric['unit']})" if metric["unit"] else ""
        charts.append(line_chart(f"{metric['title']}{unit}", _clip_lines(part, metric["ideal"]), x_label="clip"))
    return str(longest), charts


def _clip_lines(rows: pd.DataFrame, ideal: float) -> list[Line]:
    lines = []
    for method, title in METHOD_TITLES.items():
        part = rows[rows.method == method].sort_values("clip")
        trivial = method == "real" and bool((part.value == ideal).all())
        if len(part) and not trivial:
            lines.append(Line(title, method, (part["clip"] + 1).tolist(), part.value.tolist()))
    return lines


def _card(metric: dict[str, Any], sentences: list[str]) -> MetricCard:
    methods = {key: metric["methods"][key] for key in METHOD_TITLES if key in metric["methods"]}
    low, high = _axis(methods)

    def place(value: float) -> float:
        return 100 * (value - low) / (high - low)

    rows = []
    for key, values in methods.items():
        start, end = values["low"], values["high"]
        known = start is not None and end is not None
        inside = low <= values["mean"] <= high
        rows.append(
            MethodRow(
                method=key,
                title=METHOD_TITLES[key],
                mean=number(values["mean"]),
                interval=f"{number(start)} to {number(end)}" if known and start != end else "",
                position=place(values["mean"]) if inside else None,
                left=place(start) if known else 0.0,
                width=place(end) - place(start) if known and inside else 0.0,
            )
        )
    aims = {"higher": "higher is better", "lower": "lower is better", "ideal": f"best at {metric['ideal']:g}"}
    aim, standing = aims[metric["direction"]], _standing(metric["title"], sentences)
    return MetricCard(metric["title"], metric["unit"], aim, metric["definition"], rows, standing)


def _standing(title: str, sentences: list[str]) -> str:
    words = {
        "beats": "beats",
        "loses": "loses to",
        "ahead": "is ahead of",
        "behind": "is behind",
        "level": "cannot be told apart from",
    }
    rivals = {"mean_colour": "the mean colour", "copy_previous": "the copied frame"}
    found: dict[str, list[str]] = {}
    for rival, text in rivals.items():
        result = outcome(sentences, title, rival)
        if result:
            found.setdefault(words[result], []).append(text)
    return f"The model {listed([f'{word} {listed(texts)}' for word, texts in found.items()])}." if found else ""


def _axis(methods: dict[str, Any]) -> tuple[float, float]:
    """Ends of a card's axis, with a margin; the real video counts only where it does not squeeze the others."""

    def span(keys: list[str]) -> tuple[float, float]:
        values = [methods[key][end] for key in keys for end in ("mean", "low", "high") if methods[key][end] is not None]
        return min(values), max(values)

    others = [key for key in methods if key != "real"]
    low, high = span(others or list(methods))
    whole_low, whole_high = span(list(methods))
    if whole_high - whole_low <= 2.5 * (high - low):
        low, high = whole_low, whole_high
    margin = 0.06 * (high - low) or abs(low) * 0.1 or 1.0
    return low - margin, high + margin
