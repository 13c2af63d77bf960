"""The chain with packed frames: the same numbers, and no folder of small files."""

import json
from pathlib import Path

import pytest
from tiny_configs import TINY_IMAGE_STAGE, TINY_RECIPE, TINY_WORLD
from workspace import Workspace

from vid2vid_core.annotate.estimate_flow import estimate_flow
from vid2vid_core.annotate.flow_backend import flow_estimator
from vid2vid_core.annotate.stage import annotate_video
from vid2vid_core.cli import main
from vid2vid_core.config import DatasetConfig, expand_sources, parse
from vid2vid_core.dataset.build import build_dataset
from vid2vid_core.dataset.check import check_path
from vid2vid_core.dataset.flow_source import StoredFlow
from vid2vid_core.dataset.world import make_world
from vid2vid_core.shards.pack import stage_output
from vid2vid_core.train.fingerprint import hash_training_data
from vid2vid_core.video.decode import decode_frames


def prepare(root: Path, storage: str) -> tuple[Path, StoredFlow]:
    """Decode, annotate, lay out and estimate the flow of one drive, as the rules do."""
    config = parse(DatasetConfig, TINY_WORLD | {"storage": storage}, "tiny")
    source = expand_sources(config, "tiny", str(root / "results"))[0]
    make_world(config.world, source.id, 0, Path(source.path).parent)
    frames, annotations, flow = (
        root / storage / stage / f"{source.id}.parquet" for stage in ("frames", "notes", "flow")
    )
    with stage_output(frames, storage) as (folder, rows):
        decode_frames(source, folder, rows, config.frames)
    with stage_output(annotations, storage) as (folder, rows):
        annotate_video(frames, folder, rows, config, source, None)
    with stage_output(flow, storage) as (folder, rows):
        estimate_flow(frames, folder, rows, root / "state", flow_estimator(config.flow))
    build_dataset([frames], [annotations], root / storage / "layout", config)
    return root / storage / "layout" / "manifest.parquet", StoredFlow([flow])


def small_files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and path.suffix not in (".arrow", ".parquet")]


def test_packed_stages_hand_on_the_same_bytes(tmp_path: Path) -> None:
    loose, packed = prepare(tmp_path, "files"), prepare(tmp_path, "shards")
    assert hash_training_data(*loose) == hash_training_data(*packed)
    assert not small_files(tmp_path / "shards")
    assert len(list((tmp_path / "shards").rglob("*.arrow"))) == 7
    assert len(small_files(tmp_path / "files")) > 50
    shard = packed[0].parent / "train_B" / "drive-00-000.arrow"
    assert shard.samefile(tmp_path / "shards/frames/drive-00/drive-00-000.arrow")


@pytest.mark.slow
def test_the_whole_chain_runs_on_shards(workspace: Workspace) -> None:
    recipe = TINY_RECIPE | {"image_stage": TINY_IMAGE_STAGE}
    workspace.configure(TINY_WORLD | {"storage": "shards"}, recipe, render={"first_frame": "single"})
    workspace.build("all")
    run = workspace.folder / "results" / "runs" / "run"
    assert (run / "report" / "index.html").stat().st_size > 10_000
    assert {"psnr", "ssim"} <= set(json.loads((run / "evaluate" / "metrics.json").read_text())["metrics"])
    for stage in ("frames", "annotations", "flow", "layout"):
        assert not small_files(workspace.prepared / stage), stage
        assert list((workspace.prepared / stage).rglob("*.arrow")), stage
    assert "Nothing to be done" in workspace.build("all")
    loose = workspace.folder / "loose"
    assert main(["unpack", str(workspace.prepared / "layout"), str(loose)]) == 0
    assert not check_path(loose).errors
    assert len(small_files(loose)) > 50
