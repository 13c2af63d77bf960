"""What the result of a stage depends on, as one hash: a checkpoint with another fingerprint is not continued."""

import hashlib
import json
from pathlib import Path

from tqdm import tqdm

from vid2vid_core.config import STAGE_VERSIONS, ImageStageConfig, StageConfig, to_dict
from vid2vid_core.config.free_keys import without_free_keys
from vid2vid_core.dataset.flow_source import FlowSource
from vid2vid_core.dataset.manifest import read_manifest
from vid2vid_core.provenance import hash_file
from vid2vid_core.shards.access import read_bytes

_TAIL = 4096


def fingerprint(
    stage: StageConfig | ImageStageConfig, seed: int, data: str, init: Path | None, perceptual: bool
) -> str:
    """Hash of everything that shapes a stage's weights.

    Args:
        stage: resolved config of the stage.
        seed: of the recipe.
        data: hash of the training data, from `hash_training_data`.
        init: weights the stage begins with.
        perceptual: whether the perceptual loss is on.
    """
    parts = {
        "version": STAGE_VERSIONS["train" if isinstance(stage, StageConfig) else "image_stage"],
        "stage": without_free_keys(to_dict(stage)),
        "seed": seed,
        "data": data,
        "init": None if init is None else hash_file(init),
        "perceptual": perceptual,
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def hash_training_data(manifest_path: Path, flow: FlowSource | None) -> str:
    """Hash of the training split: its rows, where flow comes from, and size and last 4 KB of every file they name.

    A PNG ends in a checksum of all its pixels and compressed data of another picture hardly ever ends alike, so this
    sees changed files without reading whole datasets. `flow` None: the training reads none.
    """
    manifest = read_manifest(manifest_path)
    digest = hashlib.sha256(json.dumps([manifest.label_nc, manifest.ignore, flow and flow.describe()]).encode())
    runs = manifest.runs("train")
    with tqdm(total=sum(len(run.rows) for run in runs), desc="hash training data", unit=" frames", disable=None) as bar:
        for run in runs:
            for row in run.rows:
                key = (row.video, row.sequence, row.frame)
                digest.update(json.dumps([*key, row.number, run.part]).encode())
                files = [manifest.resolve(name) for name in row.files.values()]
                for path in files + (flow.files(row) if flow else []):
                    digest.update(_signature(path))
                bar.update()
    return digest.hexdigest()


def _signature(path: Path) -> bytes:
    try:
        with path.open("rb") as handle:
            size = handle.seek(0, 2)
            handle.seek(max(0, size - _TAIL))
            tail = handle.read()
    except NotADirectoryError:  # in a shard
        content = read_bytes(path)
        size, tail = len(content), content[-_TAIL:]
    return size.to_bytes(8, "little") + tail
