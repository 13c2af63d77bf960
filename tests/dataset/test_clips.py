from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image

from vid2vid_core.config import DataConfig, GeneratorConfig, ScheduleConfig, StageConfig
from vid2vid_core.config.schedule import EpochState
from vid2vid_core.dataset.clips import ClipDataset, collate
from vid2vid_core.dataset.flow_source import StoredFlow
from vid2vid_core.dataset.manifest import FrameRow, frame_table, read_manifest, write_manifest
from vid2vid_core.ops import warp
from vid2vid_core.storage import write_table
from vid2vid_core.video.flow_io import write_flow

SHIFT = 2
"""The scene moves two pixels to the left per frame: flow is (+2, 0)."""


def epoch(number: int = 1, frames: int = 4, chunk: int = 2) -> EpochState:
    return EpochState(number, 1e-4, frames, chunk, 1, True)


def stage(**data: object) -> StageConfig:
    config = {"resize_or_crop": "none", "loadSize": 64, "fineSize": 32} | data
    return StageConfig(
        name="one",
        generator=GeneratorConfig(n_frames_G=2),
        schedule=ScheduleConfig(clips_per_sequence=2),
        data=DataConfig(**config),
    )


@pytest.fixture
def dataset_files(tmp_path: Path) -> tuple[Path, StoredFlow]:
    """One drive of 12 frames, 64x32, moving by SHIFT; frame 8 is invalid."""
    rng = np.random.default_rng(0)
    wide = Image.fromarray(rng.integers(0, 255, (8, 40, 3), dtype=np.uint8)).resize((160, 32), Image.Resampling.BICUBIC)
    rows, flows = [], []
    for index in range(12):
        wide.crop((index * SHIFT, 0, index * SHIFT + 64, 32)).save(tmp_path / f"{index}.png")
        labels = np.full((32, 64), index, np.uint8)
        labels[:4] = 255
        Image.fromarray(labels).save(tmp_path / f"label{index}.png")
        Image.fromarray(labels.astype(np.uint16) + 1000).save(tmp_path / f"inst{index}.png")
        files = (f"{index}.png", f"label{index}.png", f"inst{index}.png")
        reason = "blurred" if index == 8 else ""
        rows.append(FrameRow("train", "v", "v-000", str(index), index, index / 10, *files, 64, 32, not reason, reason))
        if index:
            flow = np.zeros((32, 64, 2), np.float32)
            flow[..., 0] = SHIFT
            write_flow(tmp_path / f"flow{index}.flow", flow, np.full((32, 64), 0.5, np.float32))
            flows.append({"video": "v", "sequence": "v-000", "frame": f"{index}", "flow": f"flow{index}.flow"})
    write_manifest(tmp_path / "manifest.parquet", frame_table(rows), {"label_nc": 12, "ignore": [255]})
    write_table(tmp_path / "flow.parquet", pd.DataFrame(flows))
    return tmp_path / "manifest.parquet", StoredFlow([tmp_path / "flow.parquet"])


def test_an_invalid_frame_cuts_the_sequence(dataset_files):
    runs = read_manifest(dataset_files[0]).runs("train")
    assert [len(run.rows) for run in runs] == [8, 3]
    assert [run.name for run in runs] == ["v-000", "v-000 (part 2)"]


def test_a_clip_has_the_shapes_ranges_and_ids_of_its_type(dataset_files):
    clips = ClipDataset(*dataset_files, stage(use_instance=True, no_flip=True), epoch(), seed=1)
    assert len(clips) == 4
    clip = clips[0]
    assert clip.images.shape == (1, 5, 3, 32, 64)
    assert clip.controls.shape == (1, 5, 1, 32, 64)
    assert clip.controls.dtype == torch.int64
    assert clip.instances.shape == (1, 5, 1, 32, 64)
    assert clip.flow.shape == (1, 4, 2, 32, 64)
    assert clip.confidence.shape == (1, 4, 1, 32, 64)
    assert -1 <= clip.images.min() < 0 < clip.images.max() <= 1
    assert (clip.controls[..., :4, :] == -1).all()
    ids = clip.controls[0, :, 0, -1, 0]
    assert (ids.diff() == 1).all()
    assert (clip.instances[0, :, 0, -1, 0] == ids + 1000).all()
    torch.testing.assert_close(clip.confidence, torch.full_like(clip.confidence, 0.5), atol=1 / 255, rtol=0)


def test_a_sample_depends_on_seed_epoch_and_index_alone(dataset_files):
    first = ClipDataset(*dataset_files, stage(), epoch(3), seed=1)
    again = ClipDataset(*dataset_files, stage(), epoch(3), seed=1)
    first[1], first[0]
    torch.testing.assert_close(first[2].images, again[2].images, rtol=0, atol=0)
    loader = torch.utils.data.DataLoader(again, batch_size=1, num_workers=2, collate_fn=collate)
    for index, clip in enumerate(loader):
        torch.testing.assert_close(clip.images, first[index].images, rtol=0, atol=0)
    starts = {
        int(ClipDataset(*dataset_files, stage(), epoch(number), seed)[0].controls[0, 0, 0, -1, 0])
        for number in range(1, 6)
        for seed in (1, 2)
    }
    assert len(starts) > 1


@pytest.mark.parametrize("mode", ["none", "resize", "scaleWidth_and_crop"])
def test_flow_carries_each_frame_onto_the_next(dataset_files, mode):
    for index in (0, 2):  # with and without flip, among others
        clip = ClipDataset(*dataset_files, stage(resize_or_crop=mode), epoch(), seed=3)[index]
        for time in range(clip.flow.shape[1]):
            warped = warp(clip.images[:, time], clip.flow[:, time])
            inner = (..., slice(8, -8))
            error = (warped - clip.images[:, time + 1])[inner].abs().mean()
            assert error < 0.02
            assert (clip.images[:, time] - clip.images[:, time + 1])[inner].abs().mean() > 3 * error


def test_frames_further_apart_get_composed_flow_and_multiplied_confidence(dataset_files):
    config = stage(max_t_step=3, no_flip=True)
    clips = [ClipDataset(*dataset_files, config, epoch(n, frames=2, chunk=1), seed=0)[0] for n in range(1, 12)]
    steps = {int(clip.controls[0, 1, 0, -1, 0] - clip.controls[0, 0, 0, -1, 0]): clip for clip in clips}
    assert set(steps) == {1, 2, 3}
    for step, clip in steps.items():
        assert clip.flow[0, :, 0].mean() == pytest.approx(SHIFT * step)
        assert clip.confidence.mean() == pytest.approx(0.5**step, abs=1 / 255)


def test_missing_flow_is_named(dataset_files, tmp_path):
    write_table(tmp_path / "none.parquet", pd.DataFrame(columns=["video", "sequence", "frame", "flow"]))
    with pytest.raises(ValueError, match="no flow from frame . of sequence v-000"):
        ClipDataset(dataset_files[0], StoredFlow([tmp_path / "none.parquet"]), stage(), epoch(), seed=0)[0]


def test_a_label_outside_the_range_names_file_value_and_range(dataset_files, tmp_path):
    Image.fromarray(np.full((32, 64), 77, np.uint8)).save(tmp_path / "label5.png")
    clips = ClipDataset(*dataset_files, stage(), epoch(frames=30), seed=0)
    with pytest.raises(ValueError, match=r"label5.png: label id 77, allowed are 0 .. 11 and 255"):
        clips[0]


def test_no_run_long_enough_is_an_error(dataset_files):
    config = StageConfig(name="long", generator=GeneratorConfig(n_frames_G=9))
    with pytest.raises(ValueError, match="no training sequence has the 9 frames"):
        ClipDataset(*dataset_files, config, epoch(), seed=0)


def test_collate_shortens_to_the_shortest_and_refuses_mixed_sizes(dataset_files):
    clips = ClipDataset(*dataset_files, stage(), epoch(frames=30, chunk=1), seed=0)
    long, short = clips[0], clips[1]
    assert (long.images.shape[1], short.images.shape[1]) == (8, 3)
    batch = collate([long, short])
    assert batch.images.shape[:2] == (2, 3)
    assert batch.flow.shape[:2] == (2, 2)
    torch.testing.assert_close(batch.images[0], long.images[0, :3])
    small = ClipDataset(*dataset_files, stage(resize_or_crop="resize", loadSize=32), epoch(), seed=0)[0]
    with pytest.raises(ValueError, match="differ in size .32x32, 64x32."):
        collate([long, small])
