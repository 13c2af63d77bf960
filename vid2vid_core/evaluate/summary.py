"""Means, intervals and plain-English verdicts from the scores of all videos."""

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from vid2vid_core.config import EvaluateConfig
from vid2vid_core.evaluate.baselines import METHODS
from vid2vid_core.evaluate.bootstrap import interval, resampled_means
from vid2vid_core.evaluate.protocol import protocol
from vid2vid_core.evaluate.verdict import compare
from vid2vid_core.quality.metrics import METRICS, Metric
from vid2vid_core.storage import read_table, write_json, write_table

logger = logging.getLogger("vid2vid_core.evaluate")

_CLIP = ["video", "sequence", "clip"]
_NOTHING = "Nothing was scored: no frame was rendered."


def summarise(tables: list[Path], out_table: Path, out_json: Path, config: EvaluateConfig) -> None:
    """Sum up the tables of `score_video`.

    Args:
        tables: One per video.
        out_table: Written: the scores of all videos in one table, the protocol in its metadata.
        out_json: Written: `protocol`; `metrics` by name (title, unit, direction, ideal, definition, and `methods` by
            name: mean, low, high, clips; low and high are null with fewer than 2 clips); `verdict`, a list of
            sentences; `videos` by name: frames, sizes, skipped.
        config: Bootstrap settings.

    Raises:
        ValueError: If a table cannot be read or is no score table.
    """
    scores, videos = _read(tables)
    if scores.empty:
        logger.warning("no rendered frame to score in %s", ", ".join(str(path) for path in tables))
    metrics: dict[str, Any] = {}
    verdict: list[str] = []
    for metric in METRICS:
        methods, means = _summarise_metric(scores[scores["metric"] == metric.name], config)
        metrics[metric.name] = _describe(metric) | {"methods": methods}
        verdict += compare(metric, methods, means)
    rules = protocol(config)
    write_table(out_table, scores, {"protocol": rules})
    write_json(out_json, {"protocol": rules, "metrics": metrics, "verdict": verdict or [_NOTHING], "videos": videos})


def _read(tables: list[Path]) -> tuple[pd.DataFrame, dict[str, Any]]:
    scores, videos = [], {}
    for path in tables:
        table, metadata = read_table(path)
        if "metric" not in table.columns or "video" not in metadata:
            raise ValueError(f"{path}: no score table (columns {', '.join(table.columns)}); `score_video` writes one")
        scores.append(table)
        videos[metadata["video"]] = {key: value for key, value in metadata.items() if key not in ("video", "protocol")}
    if not scores:
        raise ValueError("no score table given; `snakemake evaluate` needs at least one test video in the dataset")
    filled = [table for table in scores if len(table)]
    return pd.concat(filled or scores[:1], ignore_index=True), videos


def _summarise_metric(
    scores: pd.DataFrame, config: EvaluateConfig
) -> tuple[dict[str, dict[str, Any]], dict[str, NDArray[np.float64]]]:
    """Summary and resampled means, by method, over the clips that have every method; no means with fewer than 2."""
    by_clip = scores.pivot(index=_CLIP, columns="method", values="value").dropna().sort_index()
    if by_clip.empty:
        return {}, {}
    methods = [name for name in METHODS if name in by_clip.columns]
    values = by_clip[methods].to_numpy(dtype=np.float64)  # (clips, methods)
    means: dict[str, NDArray[np.float64]] = {}
    if len(values) > 1:
        means = dict(zip(methods, resampled_means(values, config.bootstrap, config.seed).T, strict=True))
    summary = {}
    for column, name in enumerate(methods):
        low, high = interval(means[name]) if means else (None, None)
        summary[name] = {"mean": float(values[:, column].mean()), "low": low, "high": high, "clips": len(values)}
    return summary, means


def _describe(metric: Metric) -> dict[str, Any]:
    return {
        "title": metric.title,
        "unit": metric.unit,
        "direction": metric.direction,
        "ideal": metric.ideal,
        "definition": metric.definition,
    }
