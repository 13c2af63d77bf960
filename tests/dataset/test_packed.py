"""A packed dataset is read as the one it was made from."""

import dataclasses
from pathlib import Path

import pytest
import torch
from drawn_controls import flow_of, manifest_of, write_faces, write_poses
from drawn_layouts import Layout

from vid2vid_core.cli import main
from vid2vid_core.config import ControlConfig, DataConfig, DatasetConfig, GeneratorConfig, StageConfig, expand_sources
from vid2vid_core.config.schedule import EpochState
from vid2vid_core.dataset.check import check_path
from vid2vid_core.dataset.clips import ClipDataset, collate
from vid2vid_core.dataset.flow_source import StoredFlow
from vid2vid_core.dataset.frames import FrameReader
from vid2vid_core.dataset.layout import read_layout
from vid2vid_core.dataset.manifest import write_manifest
from vid2vid_core.shards.access import open_shard, read_bytes
from vid2vid_core.storage import read_table, write_table
from vid2vid_core.train.fingerprint import hash_training_data
from vid2vid_core.train.read_ahead import read_ahead

KINDS = {"street": "labels", "face": "face", "pose": "pose"}
FRAMES = 6


def stage(mode: str) -> StageConfig:
    data = DataConfig(resize_or_crop="none", use_instance=mode == "street")
    controls = ControlConfig(kind=KINDS[mode])
    return StageConfig(name="one", generator=GeneratorConfig(n_frames_G=2), data=data, controls=controls)


@pytest.fixture(params=KINDS)
def dataset(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, Path, Path]:
    """Mode, layout with manifest and flow, and its packed form."""
    mode, loose, packed = request.param, tmp_path / "loose", tmp_path / "packed"
    for split in ("train", "test"):
        if mode == "street":
            Layout(loose).sequence(split, "town", FRAMES, instances=True)
        else:
            {"face": write_faces, "pose": write_poses}[mode](loose, split, "person", FRAMES)
    manifest = manifest_of(loose, mode)
    if mode == "street":
        write_manifest(manifest, read_layout(loose).table, {"label_nc": 2, "ignore": [], "mode": mode})
    flow_of(manifest, 2)
    flows, metadata = read_table(loose / "flow.parquet")
    (loose / "flow").mkdir()
    for file in flows["flow"]:
        (loose / file).rename(loose / "flow" / file)
    write_table(loose / "flow.parquet", flows.assign(flow="flow/" + flows["flow"]), metadata)
    assert main(["pack", str(loose), str(packed)]) == 0
    return mode, loose, packed


def clips(root: Path, mode: str) -> ClipDataset:
    return ClipDataset(root / "manifest.parquet", flows(root), stage(mode), EpochState(1, 1e-4, 4, 2, 1, True), 5)


def clip(root: Path, mode: str) -> list[torch.Tensor]:
    found = clips(root, mode)[0]
    return [value for field in dataclasses.fields(found) if (value := getattr(found, field.name)) is not None]


def flows(root: Path) -> StoredFlow:
    return StoredFlow([root / "flow.parquet"])


def test_clips_frames_and_hash_are_the_same(dataset: tuple[str, Path, Path]) -> None:
    mode, loose, packed = dataset
    assert not [path for path in packed.rglob("*.*") if path.suffix not in (".arrow", ".parquet")]
    for one, other in zip(clip(loose, mode), clip(packed, mode), strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=0)
    data, controls = stage(mode).data, stage(mode).controls
    readers = [FrameReader(root / "manifest.parquet", data, controls) for root in (loose, packed)]
    samples = [[reader.read(row) for row in reader.runs()[0].rows] for reader in readers]
    for one, other in zip(*samples, strict=True):
        assert torch.equal(one.image, other.image) and torch.equal(one.controls, other.controls)
    hashes = [hash_training_data(root / "manifest.parquet", flows(root)) for root in (loose, packed)]
    assert hashes[0] == hashes[1]


def test_processes_and_threads_read_shards_that_their_parent_has_open(dataset: tuple[str, Path, Path]) -> None:
    mode, _, packed = dataset
    here = clips(packed, mode)
    expected = here[0].images
    for workers in (0, 2):
        keys = [[(here.epoch, 0)]] * 3
        arriving = read_ahead(here.read, keys, collate, workers=workers, device=torch.device("cpu"))
        assert all(torch.equal(batch.images, expected) for batch in arriving)


def test_a_packed_layout_is_listed_and_checked_as_the_loose_one(dataset: tuple[str, Path, Path]) -> None:
    mode, loose, packed = dataset
    tables = [read_layout(root, mode).table for root in (loose, packed)]
    same = ["split", "video", "sequence", "frame", "number", "width", "height", "valid"]
    assert tables[0][same].equals(tables[1][same]) and tables[1]["valid"].all()
    config = DatasetConfig(name="packed", mode=mode, layout=str(packed))
    sources = expand_sources(config, "packed.yaml")
    loose_sources = expand_sources(dataclasses.replace(config, layout=str(loose)), "loose.yaml")
    assert [source.id for source in sources] == [source.id for source in loose_sources]
    assert [len(source.files()) for source in sources] == [len(source.files()) for source in loose_sources]
    for root in (loose, packed):
        (root / "manifest.parquet").unlink()
    found = [check_path(root, 2) for root in (loose, packed)]
    assert found[0].splits == found[1].splits
    assert [p.code for p in found[0].problems] == [p.code for p in found[1].problems]


def test_a_damaged_shard_is_named_by_the_checker_and_by_training(dataset: tuple[str, Path, Path]) -> None:
    mode, _, packed = dataset
    shard = next(packed.glob("train_*/*.arrow"))
    content = bytearray(shard.read_bytes())
    content[content.find(read_bytes(shard / open_shard(shard).names[2])) + 20] ^= 255
    shard.write_bytes(content)
    problems = check_path(packed).problems
    assert any(shard.name in finding.detail and "damaged shard" in finding.detail
               for problem in problems for finding in problem.findings)  # fmt: skip
    shard.write_bytes(content[:-30])
    with pytest.raises(ValueError, match=f"{shard.name}: damaged shard"):
        clip(packed, mode)
