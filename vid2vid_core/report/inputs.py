"""Reading what a run left on disk. What the page needs and is not there is an error naming the file and its rule."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from vid2vid_core.config import DatasetConfig, RecipeConfig, Run
from vid2vid_core.storage import read_table

_SCORE_COLUMNS = ["video", "sequence", "clip", "method", "metric", "value"]


@dataclass(frozen=True)
class Table:
    """A Parquet table with its metadata and the folder its paths are relative to."""

    rows: pd.DataFrame
    metadata: dict[str, Any]
    folder: Path


@dataclass(frozen=True)
class StageRecord:
    """What training one stage left behind."""

    name: str
    log: list[dict[str, Any]]
    """Parsed lines of log.jsonl, at least one."""
    provenance: dict[str, Any]
    samples: list[Path]
    """Pictures made while training, in the order of their numbers; may be empty."""
    folder: Path
    """Where all of it lies."""
    judged: list[dict[str, Any]]
    """Parsed lines of validation.jsonl, in the order of their steps; may be empty."""
    real_clip: dict[str, float]
    """Metrics of the real frames of the clip that it was judged by, by name; empty if there is none."""


@dataclass(frozen=True)
class RunInputs:
    """Everything the sections of the page read."""

    run: Run
    recipe: RecipeConfig
    dataset: DatasetConfig
    out: Path
    manifest: Table
    stages: list[StageRecord]
    image_stage: StageRecord | None
    """None if the recipe has none."""
    rendered: dict[str, Table]
    """Render tables by test video."""
    metrics: dict[str, Any]
    scores: pd.DataFrame
    """A row per clip, method and metric: video, sequence, clip, method, metric, value."""
    frames: dict[str, Table]
    """Frame tables by video; empty for a dataset used in place."""
    annotations: dict[str, Table]
    """Annotation tables by video."""
    flow: dict[str, Table]
    """Flow tables by video; may be empty."""
    checks: list[dict[str, Any]]
    """What the checker found before each stage of training; most problems are those of every stage."""

    @property
    def records(self) -> list[StageRecord]:
        """What training of all stages left behind, the image stage first."""
        return [record for record in (self.image_stage, *self.stages) if record is not None]


def read_inputs(
    run_dir: Path, dataset_dir: Path, out: Path, run: Run, recipe: RecipeConfig, dataset: DatasetConfig
) -> RunInputs:
    """Read a run and its dataset. Raises ValueError naming the first required file that is missing or unreadable."""
    manifest = _table(dataset_dir / "layout" / "manifest.parquet", "dataset")
    videos = list(dict.fromkeys(manifest.rows.video))
    tested = list(dict.fromkeys(manifest.rows.video[manifest.rows.split == "test"]))
    scores = [_table(run_dir / "evaluate" / "videos" / f"{video}.parquet", "evaluate").rows for video in tested]
    first = recipe.image_stage
    trained = [stage for stage in (first, *recipe.stages) if stage is not None]
    return RunInputs(
        run=run,
        recipe=recipe,
        dataset=dataset,
        out=out,
        manifest=manifest,
        stages=[_stage(run_dir / "stages" / stage.name) for stage in recipe.stages],
        image_stage=_stage(run_dir / "stages" / first.name) if first else None,
        rendered={video: _table(run_dir / "render" / f"{video}.parquet", "render") for video in tested},
        metrics=_json(run_dir / "evaluate" / "metrics.json", "evaluate"),
        scores=pd.concat(scores, ignore_index=True) if scores else pd.DataFrame(columns=_SCORE_COLUMNS),
        frames=_tables(dataset_dir / "frames", videos),
        annotations=_tables(dataset_dir / "annotations", videos),
        flow=_tables(dataset_dir / "flow", videos),
        checks=[_json(run_dir / "check" / stage.name / "problems.json", "dataset") for stage in trained],
    )


def require(path: Path, rule: str) -> Path:
    """`path`, which the report needs. Raises ValueError saying which rule writes it."""
    if not path.is_file():
        raise ValueError(f"{path}: missing, and the report needs it; `snakemake {rule}` writes it")
    return path


def _table(path: Path, rule: str) -> Table:
    rows, metadata = read_table(require(path, rule))
    return Table(rows, metadata, path.parent)


def _tables(folder: Path, videos: list[str]) -> dict[str, Table]:
    """The tables there are; a dataset used in place has no frame tables."""
    paths = {video: folder / f"{video}.parquet" for video in videos}
    return {video: _table(path, folder.name) for video, path in paths.items() if path.exists()}


def _json(path: Path, rule: str) -> dict[str, Any]:
    try:
        data = json.loads(require(path, rule).read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise ValueError(f"{path}: not valid JSON ({error}); delete it and run `snakemake {rule}` again") from error
    if not isinstance(data, dict):
        raise ValueError(f"{path}: expected a JSON object, found {type(data).__name__}")
    return data


def _stage(folder: Path) -> StageRecord:
    path = require(folder / "log.jsonl", "train")
    log = _lines(path)
    if not log:
        raise ValueError(f"{path}: no line in it; a trained stage logs at least one step")
    samples = sorted((folder / "samples").glob("*.png"), key=_natural)
    provenance, judged = _json(folder / "provenance.json", "train"), folder / "validation.jsonl"
    if not judged.is_file():
        return StageRecord(folder.name, log, provenance, samples, folder, [], {})
    clip = _json(folder / "validation" / "clip.json", "train")
    return StageRecord(folder.name, log, provenance, samples, folder, _lines(judged), clip["real"])


def _lines(path: Path) -> list[dict[str, Any]]:
    parsed = []
    for index, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            parsed.append(json.loads(line))
        except json.JSONDecodeError as error:
            raise ValueError(f"{path}, line {index}: not valid JSON ({error}); run `snakemake train` again") from error
    return parsed


def _natural(path: Path) -> list[tuple[int, str]]:
    """Sort key that puts epoch-2 before epoch-10."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", path.name)]
