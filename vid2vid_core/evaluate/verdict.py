"""Sentences that say whether the model beats the baselines."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vid2vid_core.evaluate.bootstrap import interval
from vid2vid_core.quality.metrics import Metric

_RIVALS = ("mean_colour", "copy_previous")
_FEW = 5
"""Below so many clips a sentence says how few they are: their interval is rough."""


def compare(
    metric: Metric, methods: Mapping[str, Mapping[str, Any]], means: Mapping[str, NDArray[np.float64]]
) -> list[str]:
    """One sentence for the model against each baseline.

    Args:
        metric: What was measured.
        methods: By method: mean and number of clips.
        means: By method: means of the same bootstrap resamples; empty with fewer than 2 clips.
    """
    return [_sentence(metric, rival, methods, means) for rival in _RIVALS if rival in methods and "model" in methods]


def _sentence(
    metric: Metric, rival: str, methods: Mapping[str, Mapping[str, Any]], means: Mapping[str, NDArray[np.float64]]
) -> str:
    ours, theirs, clips = methods["model"]["mean"], methods[rival]["mean"], methods["model"]["clips"]
    unit = f" {metric.unit}" if metric.unit else ""
    aim = {"higher": "higher is better", "lower": "lower is better", "ideal": f"ideal is {metric.ideal:g}"}[
        metric.direction
    ]
    facts = f"{_number(ours)} against {_number(theirs)}{unit} ({aim}; "
    lead = float(metric.loss(theirs) - metric.loss(ours))
    if not means:
        word = "is ahead of" if lead > 0 else "is behind" if lead < 0 else "equals"
        return f"model {word} {rival} on {metric.title}: {facts}a single clip, so no interval)."
    few = "only " if clips < _FEW else ""
    low, high = interval(metric.loss(means[rival]) - metric.loss(means["model"]))
    facts += f"lead {_number(lead)}, 95 % interval {_number(low)} to {_number(high)} over {few}{clips} clips)."
    if low > 0:
        return f"model beats {rival} on {metric.title}: {facts}"
    if high < 0:
        return f"model loses to {rival} on {metric.title}: {facts}"
    return f"model and {rival} cannot be told apart on {metric.title}: {facts}"


def _number(value: float) -> str:
    """Three significant digits, without an exponent where a person reads on easily."""
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.3g}"
