"""The section on reference flow."""

import base64
import re

import cv2
import numpy as np
import pytest
from fabricated import FabricatedRun

from vid2vid_core.report.flow_sheets import flow_sheets
from vid2vid_core.report.inputs import read_inputs
from vid2vid_core.storage import read_table, write_table
from vid2vid_core.video.flow_io import read_flow, write_flow


@pytest.fixture
def small(tmp_path) -> FabricatedRun:
    return FabricatedRun(tmp_path, frames=8, clips=1, test_videos=1, trouble=False)


def describe(run):
    return flow_sheets(read_inputs(*run.arguments()))


def picture(source: str) -> np.ndarray:
    data = base64.b64decode(re.sub("^data:.*?,", "", source))
    return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB).astype(int)


def test_every_video_has_its_numbers_and_pictures(small):
    section = describe(small)
    assert [row.video for row in section.rows] == list(small.videos)
    row = section.rows[0]
    assert (row.split, row.flows, row.mean, row.middle, row.fast) == ("train", "7", "2.00", "1.70", "4.10")
    assert (row.trusted, row.clipped) == ("80 %", "0")
    assert section.summary.startswith("From every frame back to the one before, by OpenCV's DIS (preset fine).")
    assert [sheet.title for sheet in section.sheets] == [
        f"{video}, a {'training' if split == 'train' else 'test'} video" for video, split in small.videos.items()
    ]
    assert section.wheel and section.note == ""
    for sheet in section.sheets:
        assert [strip.title for strip in sheet.strips] == ["Frame", "Flow", "Confidence", "Carried"]
        assert all(cell.source for strip in sheet.strips for cell in strip.cells)


def test_the_frame_before_is_carried_along_the_flow(small):
    """With a flow of 10 pixels to the right, the carried picture is the frame before, moved to the left."""
    for path in (small.dataset_dir / "flow" / "drive-00").rglob("*.flow"):
        flow, confidence = read_flow(path)
        write_flow(path, np.full_like(flow, (10, 0)), confidence)
    carried = picture(describe(small).sheets[0].strips[3].cells[0].source)
    before = cv2.imread(str(small.dataset_dir / "layout/train_B/drive-00-000/000000.png"))[..., ::-1].astype(int)
    width = before.shape[1]
    assert carried.shape == before.shape
    moved, still = np.abs(carried[:, : width - 10] - before[:, 10:]).mean(), np.abs(carried - before).mean()
    assert moved < 6 and moved < still / 2  # what is left is JPEG's


def test_in_a_large_dataset_the_least_trusted_are_drawn(tmp_path):
    run = FabricatedRun(tmp_path, frames=4, clips=1, test_videos=9, trouble=False)
    table = run.dataset_dir / "flow" / "test-08.parquet"
    rows, metadata = read_table(table)
    write_table(table, rows.assign(confident=0.1), metadata)
    section = describe(run)
    assert len(section.rows) == 11 and len(section.sheets) == 8
    assert "test-08, a test video" in [sheet.title for sheet in section.sheets]
    assert section.note == "Pictures of the 8 videos of 11 whose flow is trusted least."


def test_the_summary_names_the_network_and_online_training(small):
    for table in (small.dataset_dir / "flow").glob("*.parquet"):
        rows, _ = read_table(table)
        write_table(table, rows, {"backend": "flownet2", "checkpoint_sha256": "0123456789abcdef", "photometric": 0.02})
    assert "by FlowNet2 (weights 01234567…). Training and scores compare" in describe(small).summary
    for stage in small.recipe.stages:
        object.__setattr__(stage.data, "flow", "online")
    assert "Training estimated the same anew for every clip." in describe(small).summary


def test_without_flow_nothing_is_drawn(small):
    for table in (small.dataset_dir / "flow").glob("*.parquet"):
        table.unlink()
    section = describe(small)
    assert section.summary == "No flow is stored for this run."
    assert not section.sheets and not section.rows and not section.wheel
