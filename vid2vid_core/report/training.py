"""Training as the page shows it: a row per stage, and loss curves as small multiples."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from vid2vid_core.config import DataConfig, ImageScheduleConfig, ImageStageConfig, ScheduleConfig, StageConfig
from vid2vid_core.config.schedule import EpochState, schedule, training_window
from vid2vid_core.dataset.geometry import whole_frame
from vid2vid_core.dataset.manifest import read_manifest
from vid2vid_core.dataset.open_view import open_view
from vid2vid_core.report.charts import Chart, Line, binned, line_chart
from vid2vid_core.report.inputs import RunInputs, StageRecord
from vid2vid_core.report.pictures import data_uri, read_trained, shrink
from vid2vid_core.report.validation import Course, describe_course
from vid2vid_core.report.wording import count_of, duration, number

SizeOf = Callable[[DataConfig], str]
_BINS = 80
"""Points of a curve; a bin holds the mean of the log lines in it, its band their range."""
_SAMPLES = 3

_PANELS = (
    ("Image discriminator", r"(G_GAN|D_real|D_fake)"),
    ("Face discriminator", r"(G_f_GAN|D_f_real|D_f_fake)"),
    ("Temporal discriminator {}", r"(?:G_T_GAN|D_T_real|D_T_fake)_?(\d+)"),
    ("Feature matching", r"(G_GAN_Feat|G_f_GAN_Feat|G_T_GAN_Feat_?\d+)"),
    ("Perceptual distance (VGG)", r"(G_VGG)"),
    ("Plain L1", r"(G_L1|L1)"),
    ("Warping of the picture", r"(G_Warp)"),
    ("Flow against the reference", r"(F_Flow)"),
    ("Warping by the flow", r"(F_Warp)"),
    ("Hallucination weight", r"(W)"),
    ("Totals", r"(loss_.+)"),
    ("Gradient norms", r"(gradient_.+)"),
)
"""Title and pattern of each panel: terms that belong together share one. Names as in the log."""


@dataclass(frozen=True)
class StageRow:
    """One row of the recipe table."""

    name: str
    size: str
    scales: int
    epochs: str
    clip: str
    """New frames of a clip, as the schedule grows it."""
    steps: str
    time: str


@dataclass(frozen=True)
class Sample:
    """A picture made while training."""

    source: str
    """Data URI."""
    alt: str
    caption: str


@dataclass(frozen=True)
class StageCurves:
    """The panels of one stage and pictures made while it trained."""

    name: str
    facts: str
    charts: list[Chart]
    course: Course | None
    """What a fixed clip looked like as the stage went on."""
    samples: list[Sample]
    samples_note: str


def stage_rows(inputs: RunInputs) -> list[StageRow]:
    """The recipe as a table, with the time each stage took."""
    rows = inputs.manifest.rows
    frames = rows[(rows.split == "train") & rows.valid]
    longest = int(frames.groupby("sequence").size().max())
    size_of = _size_of(inputs)
    first = inputs.recipe.image_stage
    beside = [] if first is None or inputs.image_stage is None else [_image_row(first, inputs.image_stage, size_of)]
    pairs = zip(inputs.recipe.stages, inputs.stages, strict=True)
    return beside + [_row(stage, record, size_of, longest) for stage, record in pairs]


def stage_curves(inputs: RunInputs) -> list[StageCurves]:
    """Loss curves and samples of every stage."""
    return [_curves(record) for record in inputs.records]


def training_seconds(record: StageRecord) -> float:
    """Time a stage has trained, interruptions left out."""
    return float(sum(line["seconds"] for line in record.log))


def _image_row(stage: ImageStageConfig, record: StageRecord, size_of: SizeOf) -> StageRow:
    return StageRow(
        name=stage.name,
        size=size_of(stage.data.of_frames()),
        scales=stage.generator.enhancers + 1,
        epochs=_epoch_count(stage.schedule),
        clip="single pictures",
        steps=f"{record.log[-1]['step']:,}",
        time=duration(training_seconds(record)),
    )


def _row(stage: StageConfig, record: StageRecord, size_of: SizeOf, longest: int) -> StageRow:
    states = schedule(stage, longest)
    first, last = (_clip_frames(stage, state, longest) for state in (states[0], states[-1]))
    return StageRow(
        name=stage.name,
        size=size_of(stage.data),
        scales=stage.generator.n_scales_spatial,
        epochs=_epoch_count(stage.schedule),
        clip=f"{first} frames" if first == last else f"{first} to {last} frames",
        steps=f"{record.log[-1]['step']:,}",
        time=duration(training_seconds(record)),
    )


def _size_of(inputs: RunInputs) -> SizeOf:
    """The size of what is shown of the first training sequence, in words."""
    manifest = read_manifest(inputs.manifest.folder / "manifest.parquet")
    rows = manifest.runs("train")[0].rows
    view = open_view(manifest, inputs.recipe.stages[-1].controls, rows)

    def size_of(data: DataConfig) -> str:
        width, height = view.geometry(whole_frame(data, view.size(rows[0]))).size
        return f"{width}×{height}{' in crops' if 'crop' in data.resize_or_crop.lower() else ''}"

    return size_of


def _epoch_count(plan: ScheduleConfig | ImageScheduleConfig) -> str:
    return f"{plan.niter} + {plan.niter_decay}" if plan.niter_decay else str(plan.niter)


def _clip_frames(stage: StageConfig, state: EpochState, longest: int) -> int:
    """New frames of a clip of the longest sequence in one epoch."""
    frames_G, max_step = stage.generator.n_frames_G, stage.data.max_t_step
    return training_window(longest, state.n_frames_total, state.chunk_frames, frames_G, max_step).new_frames


def _curves(record: StageRecord) -> StageCurves:
    epochs = _epochs(record.log)
    series: dict[str, tuple[list[float], list[float]]] = {}
    for epoch, line in zip(epochs, record.log, strict=True):
        for name, value in line["losses"].items():
            if value is not None and np.isfinite(value):
                xs, ys = series.setdefault(name, ([], []))
                xs.append(epoch)
                ys.append(float(value))
    charts = [line_chart(title, lines, x_label="epoch") for title, lines in _panels(series)]
    frames, seconds = record.log[-1]["frames"], training_seconds(record)
    facts = f"{count_of(record.log[-1]['step'], 'step')}, {count_of(frames, 'generated frame')} in {duration(seconds)}"
    facts += f" ({number(frames / seconds)} frames a second)." if seconds else "."
    samples, note = _samples(record)
    return StageCurves(record.name, facts, charts, describe_course(record), samples, note)


def _epochs(log: list[dict[str, Any]]) -> list[float]:
    """Every line's place on the epoch axis: its epoch, and how far through the epoch it is."""
    counts: dict[int, int] = {}
    for line in log:
        counts[line["epoch"]] = counts.get(line["epoch"], 0) + 1
    seen: dict[int, int] = {}
    places = []
    for line in log:
        epoch = line["epoch"]
        seen[epoch] = seen.get(epoch, 0) + 1
        places.append(epoch - 1 + seen[epoch] / counts[epoch])
    return places


def _panels(series: dict[str, tuple[list[float], list[float]]]) -> Iterator[tuple[str, list[Line]]]:
    """Title and lines of every panel; terms that stay 0 are left out, unknown ones get a panel of their own."""
    alive = {name: values for name, values in series.items() if any(values[1])}
    groups: dict[str, list[str]] = {}
    for title, pattern in _PANELS:
        for name in alive:
            match = re.fullmatch(pattern, name)
            if match:
                groups.setdefault(title.format(match[1]), []).append(name)
    known = {name for names in groups.values() for name in names}
    groups |= {name: [name] for name in alive if name not in known}
    for title, names in groups.items():
        lines = []
        for index, name in enumerate(names):
            x, mean, low, high = binned(np.array(alive[name][0]), np.array(alive[name][1]), _BINS)
            lines.append(Line(name, f"line-{index % 6}", x.tolist(), mean.tolist(), low.tolist(), high.tolist()))
        yield title, lines


def _samples(record: StageRecord) -> tuple[list[Sample], str]:
    """A few sample pictures spread over the stage, the last one included."""
    count = len(record.samples)
    picks = sorted({round(index * (count - 1) / (_SAMPLES - 1)) for index in range(_SAMPLES)}) if count else []
    samples = []
    for path in (record.samples[pick] for pick in picks):
        epoch = path.stem.removeprefix("epoch-").lstrip("0") or "0"
        source = data_uri(shrink(read_trained(path), 1200), lossless=False)
        samples.append(Sample(source, f"Sample of stage {record.name}, epoch {epoch}", f"after epoch {epoch}"))
    note = "Frames of a training clip, each row controls, generated and real."
    return samples, note
