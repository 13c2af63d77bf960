"""Scoring one rendered video against the real one, clip by clip, with the baselines beside it."""

import logging
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from tqdm import tqdm

from vid2vid_core.config import EvaluateConfig, part_count
from vid2vid_core.dataset.frames import FrameReader
from vid2vid_core.evaluate.baselines import MeanColour
from vid2vid_core.evaluate.footage import Footage, Scene
from vid2vid_core.evaluate.methods import measure_run
from vid2vid_core.evaluate.protocol import COLOUR_FRAMES, protocol
from vid2vid_core.models.weights import read_info
from vid2vid_core.quality.fidelity import Picture
from vid2vid_core.quality.metrics import clip_metrics
from vid2vid_core.render.stream import to_picture
from vid2vid_core.storage import write_table

logger = logging.getLogger("vid2vid_core.evaluate")

_COLUMNS = {
    "video": "str",
    "sequence": "str",
    "clip": "int64",
    "method": "str",
    "metric": "str",
    "value": "float64",
}


def score_video(
    render_table: Path, manifest: Path, weights: Path, flow_table: Path, out: Path, config: EvaluateConfig
) -> None:
    """Score every rendered frame of one video, and the same frames of every baseline.

    Args:
        render_table: What `render_video` wrote.
        manifest: Manifest of the dataset.
        weights: The weights that rendered it; they hold the size at which frames are read.
        flow_table: Flow table of the video.
        out: Written: one row per clip, method and metric (video, sequence, clip, method, metric, value); a metric that
            a clip cannot tell has no row. Metadata: video, frames, sizes, protocol, and skipped as in the rendering.
        config: Length of the clips.

    Raises:
        ValueError: If the inputs do not belong together or a file cannot be read; says what to do about it.
    """
    info = read_info(weights)
    reader = FrameReader(manifest, info.stage.data, info.stage.controls)
    footage = Footage(render_table, reader, flow_table)
    video, skipped = footage.metadata["video"], list(footage.metadata["skipped"])
    rows: list[tuple[str, str, int, str, str, float]] = []
    if footage.rendered.empty:
        logger.warning("%s: no frame was rendered, so there is nothing to score", render_table)
    else:
        colours = MeanColour(_training_pairs(reader), part_count(info.stage.controls, info.label_nc))
        rows = [(video, *row) for row in _score_runs(footage, colours, config, skipped)]
    table = pd.DataFrame(rows, columns=list(_COLUMNS)).astype(_COLUMNS)
    sizes = footage.rendered[["width", "height"]].drop_duplicates().to_numpy().tolist()
    facts = {"video": video, "frames": len(footage.rendered), "sizes": sizes, "skipped": skipped}
    write_table(out, table, facts | {"protocol": protocol(config)})


def _score_runs(
    footage: Footage, colours: MeanColour, config: EvaluateConfig, skipped: list[dict[str, Any]]
) -> Iterator[tuple[str, int, str, str, float]]:
    """Sequence, clip, method, metric and value; what cannot be scored is added to `skipped`."""
    clips: Counter[str] = Counter()
    with tqdm(total=len(footage.rendered), desc="score", unit="frame", disable=None) as bar:
        for sequence, frames in footage.runs():
            reason = footage.unscorable(sequence, frames)
            if reason:
                logger.warning("%s is not scored: %s", sequence, reason)
                skipped.append({"sequence": sequence, "frames": len(frames), "reason": reason})
                continue
            measured = measure_run(_counted(footage.scenes(sequence, frames), bar), colours)
            for clip in cut_into_clips(len(frames), config.clip_frames):
                for method, values in measured.items():
                    scores = clip_metrics({name: value[clip] for name, value in values.items()})
                    for metric, score in scores.items():
                        yield sequence, clips[sequence], method, metric, score
                clips[sequence] += 1


def cut_into_clips(frames: int, length: int) -> list[slice]:
    """Cut a run into frames // length clips (at least one) of nearly equal length, so that every frame is in one."""
    edges = np.linspace(0, frames, max(1, frames // length) + 1).round().astype(int)
    return [slice(int(start), int(end)) for start, end in zip(edges[:-1], edges[1:], strict=True)]


def _counted(scenes: Iterator[Scene], bar: "tqdm[Any]") -> Iterator[Scene]:
    for scene in scenes:
        yield scene
        bar.update()


def _training_pairs(reader: FrameReader) -> Iterator[tuple[NDArray[np.int64], Picture]]:
    """Label map (or map of the parts of face or body) and picture of training frames, evenly spread."""
    rows = [row for run in reader.runs("train") for row in run.rows if row.image]
    chosen = np.unique(np.linspace(0, len(rows) - 1, min(COLOUR_FRAMES, len(rows))).round().astype(int)) if rows else []
    for index in tqdm(chosen, desc="mean colours", unit="frame", disable=None):
        sample = reader.read(rows[index])
        if sample.image is not None:
            yield sample.parts[0].numpy(), to_picture(sample.image)
