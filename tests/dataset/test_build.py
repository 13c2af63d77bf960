import dataclasses
import errno
import os
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from vid2vid_core.config import DatasetConfig
from vid2vid_core.dataset.build import build_dataset
from vid2vid_core.dataset.manifest import frame_rows, read_manifest
from vid2vid_core.dataset.pictures import read_ids
from vid2vid_core.shards.access import file_names, read_bytes
from vid2vid_core.shards.pack import stage_output
from vid2vid_core.storage import write_table

CONFIG = DatasetConfig(name="small", label_nc=5, ignore=(255,))


def video(
    root: Path, name: str, split: str, frames: int, *, lost: tuple[int, ...] = (), quarantined: str | None = None
) -> tuple[Path, Path]:
    """Frames and annotations of one video as the earlier stages write them; `lost` frames have no label map."""
    table, notes = [], []
    for index in range(0 if quarantined else frames):
        sequence, frame = f"{name}-000", f"{index:06d}"
        image = f"{name}/{sequence}/{frame}.jpg"
        label = f"{name}/label/{sequence}/{frame}.png"
        for path in (root / "frames" / image, root / "annotations" / label):
            path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((8, 16, 3), index, np.uint8)).save(root / "frames" / image)
        Image.fromarray(np.full((8, 16), index % 5, np.uint8)).save(root / "annotations" / label)
        key = {"video": name, "sequence": sequence, "frame": frame}
        place = {"split": split, "number": index, "time": index / 10, "image": image, "width": 16, "height": 8}
        table.append(key | place | {"valid": True, "reason": ""})
        found = index not in lost
        reason = "" if found else "no face"
        notes.append(key | {"label": label if found else "", "instance": "", "valid": found, "reason": reason})
    columns = ["video", "split", "sequence", "frame", "number", "time", "image", "width", "height", "valid", "reason"]
    about = {"video": name, "split": split, "source": f"/videos/{name}.mp4", "fps": 10.0, "quarantined": quarantined}
    frame_table, annotation_table = root / "frames" / f"{name}.parquet", root / "annotations" / f"{name}.parquet"
    write_table(frame_table, pd.DataFrame(table, columns=columns), about)
    columns = ["video", "sequence", "frame", "label", "instance", "valid", "reason"]
    write_table(annotation_table, pd.DataFrame(notes, columns=columns), {"label_nc": 5})
    return frame_table, annotation_table


def build(root: Path, *videos: tuple[Path, Path], config: DatasetConfig = CONFIG) -> Path:
    build_dataset([frames for frames, _ in videos], [labels for _, labels in videos], root / "layout", config)
    return root / "layout" / "manifest.parquet"


def test_frames_and_labels_become_hard_links_in_the_canonical_layout(tmp_path):
    manifest = build(tmp_path, video(tmp_path, "a", "train", 3), video(tmp_path, "b", "test", 2))
    linked = tmp_path / "layout" / "train_B" / "a-000" / "000001.jpg"
    assert linked.samefile(tmp_path / "frames" / "a" / "a-000" / "000001.jpg")
    assert (tmp_path / "layout" / "test_A" / "b-000" / "000001.png").is_file()
    assert not (tmp_path / "layout" / "train_inst").exists()
    table = read_manifest(manifest)
    rows = frame_rows(table.table)
    assert [row.frame for row in rows] == ["000000", "000001", "000002", "000000", "000001"]
    assert rows[1].image == "train_B/a-000/000001.jpg"
    assert table.resolve(rows[1].label).is_file()
    assert table.metadata["fps"] == {"a": 10.0, "b": 10.0}
    assert table.metadata["sources"]["a"] == "/videos/a.mp4"
    assert (table.label_nc, table.ignore) == (5, (255,))


def test_a_frame_without_annotation_stays_as_a_row_with_its_reason(tmp_path):
    manifest = build(tmp_path, video(tmp_path, "a", "train", 4, lost=(2,)))
    rows = frame_rows(read_manifest(manifest).table)
    assert [(row.valid, row.reason) for row in rows] == [(True, "")] * 2 + [(False, "no face"), (True, "")]
    assert rows[2].image == ""
    assert len(list((tmp_path / "layout" / "train_B" / "a-000").iterdir())) == 3


def test_quarantined_videos_are_listed_until_there_are_too_many(tmp_path):
    good, bad = video(tmp_path, "a", "train", 2), video(tmp_path, "b", "train", 0, quarantined="no video stream")
    worse = video(tmp_path, "c", "train", 0, quarantined="0 bytes")
    assert read_manifest(build(tmp_path, good, bad)).metadata["quarantined"] == {"b": "no video stream"}
    with pytest.raises(ValueError, match=r"2 of 3 videos cannot be used.*\(0.5\)[\s\S]*c: 0 bytes"):
        build(tmp_path, good, bad, worse)


def test_files_are_copied_where_links_are_refused(tmp_path, monkeypatch):
    def refuse(source: Path, place: Path) -> None:
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", refuse)
    build(tmp_path, video(tmp_path, "a", "train", 2))
    copy, original = tmp_path / "layout/train_B/a-000/000001.jpg", tmp_path / "frames/a/a-000/000001.jpg"
    assert copy.read_bytes() == original.read_bytes()
    assert not copy.samefile(original)


@pytest.mark.parametrize(
    ("code", "words"),
    [(errno.ENOSPC, "the disk is full"), (errno.EROFS, "cannot be written"), (errno.EACCES, "cannot be")],
)
def test_full_disk_and_read_only_folder_are_said_and_leave_nothing(tmp_path, monkeypatch, code, words):
    videos = video(tmp_path, "a", "train", 2)
    before = sorted(path for path in tmp_path.rglob("*"))

    def fail(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "link", fail)
    monkeypatch.setattr(shutil, "copyfile", fail)
    with pytest.raises(ValueError, match=f"layout: .*{words}"):
        build(tmp_path, videos)
    assert sorted(path for path in tmp_path.rglob("*")) == before


def test_building_again_replaces_the_layout_and_keeps_the_frames(tmp_path):
    videos = video(tmp_path, "a", "train", 3)
    build(tmp_path, videos)
    videos = video(tmp_path, "a", "train", 2)
    build(tmp_path, videos)
    assert len(list((tmp_path / "layout" / "train_B" / "a-000").iterdir())) == 2
    assert len(list((tmp_path / "frames" / "a" / "a-000").iterdir())) == 3


def test_an_existing_layout_is_used_in_place_with_what_no_frame_claimed(tmp_path, layout):
    layout.sequence("train", "s", 3)
    layout.sequence("test", "t", 2)
    layout.path("train_B", "s", "0001").unlink()
    before = {path: path.stat().st_mtime_ns for path in layout.root.rglob("*")}
    config = DatasetConfig(name="mine", label_nc=2, layout=str(layout.root))
    manifest = read_manifest(build(tmp_path, config=config))
    assert [path.name for path in (tmp_path / "layout").iterdir()] == ["manifest.parquet"]
    assert [(row.frame, row.valid) for row in frame_rows(manifest.table)][:3] == [
        ("0000", True),
        ("0001", False),
        ("0002", True),
    ]
    assert manifest.resolve(manifest.table["image"][0]) == layout.path("train_B", "s", "0000")
    assert manifest.metadata["layout"] == str(layout.root)
    assert {path: path.stat().st_mtime_ns for path in layout.root.rglob("*")} == before


def test_rows_of_the_frames_stage_win_over_the_listing(tmp_path, layout):
    layout.sequence("train", "s", 3)
    frames = tmp_path / "frames" / "train-s.parquet"
    key = {"video": "train-s", "sequence": "train-s-000"}
    rows = [
        key | {"split": "train", "frame": f"{i:04d}", "number": i, "time": i / 5.0, "width": 64, "height": 32}
        | {"image": str(layout.path("train_B", "s", f"{i:04d}")), "valid": True, "reason": ""}
        for i in range(2)
    ]  # fmt: skip
    labels = [
        key | {"frame": f"{i:04d}", "label": str(layout.path("train_A", "s", f"{i:04d}")), "instance": ""}
        | {"valid": True, "reason": ""}
        for i in range(2)
    ]  # fmt: skip
    about = {"video": "train-s", "source": str(layout.root / "train_B/s"), "fps": 5.0, "quarantined": None}
    write_table(frames, pd.DataFrame(rows), about)
    write_table(tmp_path / "annotations" / "train-s.parquet", pd.DataFrame(labels), {})
    config = DatasetConfig(name="mine", label_nc=2, layout=str(layout.root))
    manifest = read_manifest(build(tmp_path, (frames, tmp_path / "annotations" / "train-s.parquet"), config=config))
    assert list(manifest.table["time"]) == [0.0, 0.2, 2 / 15]
    assert list(manifest.table["frame"]) == ["0000", "0001", "0002"]
    assert manifest.metadata["fps"] == {"train-s": 5.0}


def packed_by_stage(root: Path, tables: tuple[Path, Path]) -> tuple[Path, Path]:
    """The tables of a video whose stages were told to write shards."""
    made = []
    for table in tables:
        place = root / "packed" / table.parent.name / table.name
        with stage_output(place, "shards") as (files, rows):
            shutil.copytree(table.with_suffix(""), files)
            shutil.copy(table, rows)
        made.append(place)
    return made[0], made[1]


def test_shards_of_earlier_stages_are_linked_and_show_the_same_frames(tmp_path):
    config = dataclasses.replace(CONFIG, storage="shards")
    loose = video(tmp_path, "a", "train", 3)
    packed = packed_by_stage(tmp_path, loose)
    manifest = read_manifest(build(tmp_path, packed, config=config))
    expected = [(f"train_B/a-000.arrow/{t:06d}.jpg", f"train_A/a-000.arrow/{t:06d}.png") for t in range(3)]
    assert list(zip(manifest.table["image"], manifest.table["label"], strict=True)) == expected
    for t, row in enumerate(frame_rows(manifest.table)):
        assert read_bytes(manifest.resolve(row.image)) == (loose[0].parent / f"a/a-000/{t:06d}.jpg").read_bytes()
    assert (tmp_path / "layout/train_B/a-000.arrow").samefile(tmp_path / "packed/frames/a/a-000.arrow")
    assert sorted(path.name for path in tmp_path.glob("layout/*/*")) == ["a-000.arrow", "a-000.arrow"]


@pytest.mark.parametrize("packed", [True, False])
def test_shards_are_written_anew_where_frames_are_left_out_or_loose(tmp_path, packed):
    config = dataclasses.replace(CONFIG, storage="shards")
    tables = video(tmp_path, "a", "train", 4, lost=(1,))
    manifest = read_manifest(build(tmp_path, packed_by_stage(tmp_path, tables) if packed else tables, config=config))
    assert file_names(tmp_path / "layout/train_B/a-000.arrow") == ["000000.jpg", "000002.jpg", "000003.jpg"]
    assert read_ids(manifest.resolve(manifest.table["label"][3])).max() == 3
    assert manifest.table["image"][1] == ""
