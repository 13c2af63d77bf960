"""The dataset sheet: videos, shots, sizes, what was left out and why, and how often each label occurs."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from vid2vid_core.report.inputs import RunInputs
from vid2vid_core.report.labels import LabelStyle, label_shares
from vid2vid_core.report.wording import count_of, duration, percent

_LABEL_SAMPLE = 60
"""Label images read per split for the frequencies: all of a large dataset would take longer than they are worth."""


@dataclass(frozen=True)
class VideoRow:
    """One video of the dataset."""

    video: str
    split: str
    frames: int
    valid: int
    sequences: int
    size: str
    rate: str
    length: str
    source: str


@dataclass(frozen=True)
class Shot:
    """One sequence of a video that was cut."""

    video: str
    sequence: str
    frames: str
    times: str


@dataclass(frozen=True)
class LabelBar:
    """How much of the pictures one label covers, in words; widths in percent of the longest bar."""

    name: str
    colour: str
    train: str
    test: str
    train_width: float
    test_width: float


@dataclass(frozen=True)
class DatasetSheet:
    """Everything the section shows."""

    summary: str
    videos: list[VideoRow]
    shots: list[Shot]
    shots_note: str
    """What to say without any."""
    left_out: list[tuple[str, str, int]]
    """Video, reason and number of frames."""
    skipped: list[tuple[str, str, int]]
    """Test sequence that was not rendered or not scored, reason and number of frames."""
    quarantined: list[tuple[str, str, str]]
    """Video, source file and reason."""
    bars: list[LabelBar]
    bars_note: str


def describe_dataset(inputs: RunInputs, style: LabelStyle) -> DatasetSheet:
    """Collect the sheet from the manifest and the frame tables."""
    rows = inputs.manifest.rows
    quarantined = _quarantined(inputs)
    videos = [_video_row(inputs, str(video), part) for video, part in rows.groupby("video", sort=False)]
    splits = [
        f"{count_of(part.video.nunique(), 'video')} ({count_of(len(part), 'frame')}) to {verb}"
        for split, verb in (("train", "train on"), ("test", "test on"))
        if len(part := rows[rows.split == split])
    ]
    invalid = rows[~rows.valid]
    left_out = [
        (str(video), str(reason), len(part))
        for (video, reason), part in invalid.groupby(["video", "reason"], sort=False)
    ]
    bars, note = _bars(inputs, style)
    return DatasetSheet(
        summary=" and ".join(splits) + ".",
        videos=videos,
        shots=_shots(inputs),
        shots_note=(
            "No video was cut: each is one continuous shot."
            if inputs.frames
            else "This dataset was used in place, so its sequences are as they were found."
        ),
        left_out=left_out,
        skipped=_skipped(inputs),
        quarantined=quarantined,
        bars=bars,
        bars_note=note,
    )


def _video_row(inputs: RunInputs, video: str, rows: pd.DataFrame) -> VideoRow:
    sizes = rows.groupby(["width", "height"]).size()
    size = ", ".join(f"{width}×{height}" for width, height in sizes.index[:3])
    rate = inputs.manifest.metadata.get("fps", {}).get(video)
    spans = rows.groupby("sequence").time.agg(lambda times: times.max() - times.min())
    length = float(spans.sum()) + (len(spans) / rate if rate else 0.0)
    return VideoRow(
        video=video,
        split=str(rows.split.iloc[0]),
        frames=len(rows),
        valid=int(rows.valid.sum()),
        sequences=rows.sequence.nunique(),
        size=size,
        rate=f"{rate:.4g}" if rate else "–",
        length=duration(length),
        source=Path(inputs.manifest.metadata["sources"].get(video, "")).name,
    )


def _shots(inputs: RunInputs) -> list[Shot]:
    """Sequences of the videos that fell into more than one."""
    shots = []
    for video, table in inputs.frames.items():
        found = table.metadata.get("shots") or []
        for shot in found if len(found) > 1 else []:
            frames = f"{shot['first']:,}–{shot['last']:,}"
            shots.append(Shot(video, shot["sequence"], frames, f"{shot['start']:.2f}–{shot['end']:.2f} s"))
    return shots


def _quarantined(inputs: RunInputs) -> list[tuple[str, str, str]]:
    reasons, sources = (inputs.manifest.metadata[key] for key in ("quarantined", "sources"))
    return [(video, sources.get(video, ""), reason) for video, reason in sorted(reasons.items())]


def _skipped(inputs: RunInputs) -> list[tuple[str, str, int]]:
    found = [entry for notes in inputs.metrics["videos"].values() for entry in notes["skipped"]]
    return [(entry["sequence"], entry["reason"], entry["frames"]) for entry in found]


def _bars(inputs: RunInputs, style: LabelStyle) -> tuple[list[LabelBar], str]:
    """Label shares per split, the most frequent label first."""
    rows = inputs.manifest.rows
    rows = rows[rows.valid & (rows.label != "")]
    shares: dict[str, dict[int, float]] = {}
    read = []
    for split in ("train", "test"):
        paths = [inputs.manifest.folder / path for path in rows[rows.split == split].label]
        chosen = paths[:: max(1, -(-len(paths) // _LABEL_SAMPLE))]
        shares[split] = label_shares(chosen)
        if paths:
            read.append(f"{len(chosen):,} of {len(paths):,} {split} frames")
    total = {
        label: shares["train"].get(label, 0.0) + shares["test"].get(label, 0.0)
        for half in shares.values()
        for label in half
    }
    longest = max((share for half in shares.values() for share in half.values()), default=1.0)
    bars = []
    for label in sorted(total, key=lambda label: -total[label]):
        train, test = shares["train"].get(label, 0.0), shares["test"].get(label, 0.0)
        bars.append(
            LabelBar(
                style.name(label),
                style.colour(label),
                percent(train),
                percent(test),
                100 * train / longest,
                100 * test / longest,
            )
        )
    return bars, f"Share of pixels, read from {' and '.join(read)}." if read else ""
