"""Files are read once, and what they hold is judged as often as wanted."""

import shutil
from pathlib import Path

import numpy as np
from drawn_layouts import Layout, write_ids

from vid2vid_core.config import DatasetConfig
from vid2vid_core.dataset.check import check_dataset
from vid2vid_core.dataset.check_result import CheckResult
from vid2vid_core.dataset.check_scan import KnownFacts
from vid2vid_core.dataset.layout import read_layout
from vid2vid_core.dataset.manifest import Manifest
from vid2vid_core.dataset.scan_table import read_scans, scan_video

CONFIG = DatasetConfig(name="d", label_nc=2)


def defective(layout: Layout) -> Manifest:
    """A dataset with an id out of range, a damaged file, and a training frame in the test split."""
    layout.sequence("train", "a", 4, instances=True)
    layout.sequence("test", "b", 3, instances=True)
    write_ids(layout.path("train_A", "a", "0001"), np.full((32, 64), 9, np.uint8))
    layout.path("train_B", "a", "0002").write_bytes(b"no picture")
    shutil.copy(layout.path("train_B", "a", "0003"), layout.path("test_B", "b", "0000"))
    contents = read_layout(layout.root)
    return Manifest(layout.root, contents.table, {"label_nc": 2, "ignore": []})


def check(manifest: Manifest, known: KnownFacts | None = None) -> CheckResult:
    return check_dataset(manifest.table, manifest.metadata, manifest.root, CONFIG, known=known)


def test_checks_of_scanned_videos_find_the_same_and_open_no_file(layout: Layout, tmp_path: Path) -> None:
    manifest = defective(layout)
    expected = check(manifest)
    assert {"label-range", "unreadable", "leak-near-duplicate"} <= {problem.code for problem in expected.problems}
    tables = []
    for video in manifest.table["video"].unique():
        tables.append(tmp_path / f"{video}.parquet")
        scan_video(manifest, video, tables[-1])
    for split in ("train", "test"):
        for kind in ("A", "B", "inst"):
            shutil.rmtree(layout.root / f"{split}_{kind}")
    assert check(manifest, read_scans(tables)) == expected


def test_files_that_were_not_scanned_are_read(layout: Layout, tmp_path: Path) -> None:
    manifest = defective(layout)
    train = str(manifest.table["video"].iloc[0])
    scan_video(manifest, train, tmp_path / "train.parquet")
    assert check(manifest, read_scans([tmp_path / "train.parquet"])) == check(manifest)


def test_a_video_without_frames_is_an_empty_table(layout: Layout, tmp_path: Path) -> None:
    scan_video(defective(layout), "quarantined", tmp_path / "none.parquet")
    assert read_scans([tmp_path / "none.parquet"]) == {}
