"""The checker: reads every file, simulates the recipe's schedule, and lists all problems before any training."""

import json
import logging
import re
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from vid2vid_core.config import DatasetConfig, ImageStageConfig, RecipeConfig
from vid2vid_core.dataset.check_image_stage import check_image_stage
from vid2vid_core.dataset.check_labels import check_files
from vid2vid_core.dataset.check_leakage import check_leakage
from vid2vid_core.dataset.check_page import write_check_page
from vid2vid_core.dataset.check_pairs import check_pairs
from vid2vid_core.dataset.check_result import CheckResult, Problem, counted
from vid2vid_core.dataset.check_scan import KnownFacts, ScannedFrame, scan_frames
from vid2vid_core.dataset.check_schedule import check_schedule, check_splits
from vid2vid_core.dataset.layout import find_mode, read_layout
from vid2vid_core.dataset.manifest import Manifest, read_manifest
from vid2vid_core.storage import write_json

logger = logging.getLogger("vid2vid_core.dataset")


def check_dataset(
    manifest: pd.DataFrame,
    metadata: dict[str, Any],
    root: Path,
    config: DatasetConfig,
    recipe: RecipeConfig | ImageStageConfig | None = None,
    workers: int | None = None,
    known: KnownFacts | None = None,
) -> CheckResult:
    """All problems of a dataset, errors first.

    Args:
        manifest: Table of the manifest.
        metadata: Its metadata.
        root: Folder its relative paths start from.
        config: `mode`, `label_nc`, `ignore` and `check` are used.
        recipe: What is to be trained, or an image stage alone; without it lengths and sizes are not judged.
        workers: Threads that read files; by default as many as the process may use.
        known: Of files that were read before, what they hold; they are not read again.
    """
    metadata = metadata | {"mode": config.mode, "label_nc": config.labels}
    whole = Manifest(root, manifest, metadata)
    frames = scan_frames(whole.rows, root, workers, known)
    train, test = whole.runs("train"), whole.runs("test")
    video = recipe if isinstance(recipe, RecipeConfig) else None
    image = recipe.image_stage if isinstance(recipe, RecipeConfig) else recipe
    needs_instances = video is not None and any(stage.data.use_instance for stage in video.stages)
    problems = [Problem.from_dict(note) for note in metadata.get("notes", [])]
    problems += check_files(frames, config.label_nc, config.ignore, config.check)
    problems += check_pairs(frames, metadata, needs_instances=needs_instances)
    problems += check_leakage(frames, metadata, config.check)
    problems += check_splits(train, test)
    if image is not None:
        problems += check_image_stage(whole, image)
    if video is not None:
        problems += check_schedule(whole, video)
    return CheckResult(
        dataset=config.name,
        root=str(root.absolute()),
        recipe=recipe.name if recipe else None,
        label_nc=config.labels,
        ignore=config.ignore,
        splits=_count(frames),
        problems=tuple(sorted(problems, key=lambda problem: problem.severity)),
        mode=config.mode,
    )


def check_path(
    path: Path, label_nc: int | None = None, ignore: tuple[int, ...] | None = None, recipe: RecipeConfig | None = None
) -> CheckResult:
    """Check a folder in a canonical layout, or one the dataset stage made, without a dataset YAML.

    Args:
        path: Folder with train_A, train_B, ... (train_keypoints or train_openpose, ... tell faces and poses), or with
            manifest.parquet, or that file itself.
        label_nc: Number of label ids; by default as in the manifest, else 35.
        ignore: Ids that mean 'no label'; by default as in the manifest, else none.
        recipe: What is to be trained with it.

    Raises:
        ValueError: if the folder holds neither.
    """
    file = path if path.suffix == ".parquet" else path / "manifest.parquet"
    if file.is_file():
        manifest = read_manifest(file)
        table, metadata, root = manifest.table, manifest.metadata, manifest.root
    else:
        mode, root = find_mode(path), path
        contents = read_layout(path, mode)
        table, metadata = contents.table, {"layout": str(path), "sources": contents.sources, "mode": mode}
        metadata["notes"] = [asdict(problem) for problem in contents.problems]
    config = DatasetConfig(
        name="-".join(re.findall(r"[A-Za-z0-9]+", metadata.get("dataset") or path.absolute().name)) or "dataset",
        mode=metadata.get("mode", "street"),
        label_nc=label_nc or metadata.get("label_nc") or 35,
        ignore=tuple(metadata.get("ignore", ())) if ignore is None else ignore,
    )
    return check_dataset(table, metadata, root, config, recipe)


def write_check(result: CheckResult, json_path: Path, page_path: Path) -> None:
    """Write the result for programs and for people."""
    write_json(json_path, result.to_dict())
    write_check_page(result, page_path)
    logger.info("%s", result.summary())


def accept(json_path: Path, page_path: Path) -> None:
    """Let a dataset without errors pass.

    Raises:
        ValueError: listing the errors and the page that shows them.
    """
    result = json.loads(json_path.read_text(encoding="utf-8"))
    errors = [problem for problem in result["problems"] if problem["severity"] == "error"]
    if errors:
        lines = "\n".join(f"  {problem['code']}: {problem['message']}" for problem in errors)
        raise ValueError(
            f"dataset {result['dataset']}: {counted(len(errors), 'error')}; {page_path} shows them:\n{lines}"
        )


def _count(frames: list[ScannedFrame]) -> dict[str, dict[str, int]]:
    counts = {}
    for split in dict.fromkeys(frame.row.split for frame in frames):
        rows = [frame.row for frame in frames if frame.row.split == split]
        counts[split] = {
            "videos": len({row.video for row in rows}),
            "sequences": len({row.sequence for row in rows}),
            "frames": len(rows),
            "valid_frames": sum(row.valid for row in rows),
            "files": sum(bool(path) for row in rows for path in row.files.values()),
        }
    return counts
