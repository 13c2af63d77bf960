"""The few numbers under the video."""

from dataclasses import dataclass

from vid2vid_core.report.inputs import RunInputs
from vid2vid_core.report.training import training_seconds
from vid2vid_core.report.wording import count_of, duration, number


@dataclass(frozen=True)
class Figure:
    """One number."""

    title: str
    value: str
    note: str


def key_figures(inputs: RunInputs) -> list[Figure]:
    """PSNR and SSIM beside the mean-colour baseline, training time, rendering speed."""
    figures = []
    for name in ("psnr", "ssim"):
        metric = inputs.metrics["metrics"].get(name, {})
        methods = metric.get("methods", {})
        if "model" in methods:
            unit = f" {metric['unit']}" if metric["unit"] else ""
            rival = f"mean colour {number(methods['mean_colour']['mean'])}" if "mean_colour" in methods else ""
            figures.append(Figure(metric["title"], number(methods["model"]["mean"]) + unit, rival))
    seconds = sum(training_seconds(record) for record in inputs.records)
    figures.append(Figure("Training", duration(seconds), f"in {count_of(len(inputs.records), 'stage')}"))
    frames = sum(len(table.rows) for table in inputs.rendered.values())
    tables = [table for table in inputs.rendered.values() if len(table.rows)]
    seconds = sum(table.metadata["seconds_per_frame"] * len(table.rows) for table in tables)
    pace = f"{number(seconds / frames)} s a frame" if frames else "see the dataset sheet"
    figures.append(Figure("Rendered", count_of(frames, "frame"), pace))
    return figures
