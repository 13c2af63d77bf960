from pathlib import Path

import numpy as np
import pytest
from drawn_layouts import Layout
from PIL import Image

from vid2vid_core.config import DataConfig
from vid2vid_core.dataset.frames import FrameReader
from vid2vid_core.dataset.layout import read_layout
from vid2vid_core.dataset.manifest import write_manifest


def sequences(root: Path) -> dict[str, list[str]]:
    table = read_layout(root).table
    return {name: list(rows["frame"]) for name, rows in table.groupby("sequence", sort=False)}


def codes(root: Path) -> list[str]:
    return [problem.code for problem in read_layout(root).problems]


def test_folders_are_sequences_nested_ones_too_in_natural_order(layout):
    for name in ("10", "9", "a", "a/deep"):
        layout.frame("train", name, "frame_10")
        layout.frame("train", name, "frame_9")
    assert sequences(layout.root) == {
        "train-9-000": ["frame_9", "frame_10"],
        "train-10-000": ["frame_9", "frame_10"],
        "train-a-000": ["frame_9", "frame_10"],
        "train-a-deep-000": ["frame_9", "frame_10"],
    }
    assert codes(layout.root) == []


def test_pictures_right_in_the_top_folder_are_a_sequence(layout):
    layout.frame("test", ".", "0")
    layout.frame("train", "s", "0")
    table = read_layout(layout.root).table
    assert list(table["sequence"]) == ["train-s-000", "test-000"]
    assert list(table["image"]) == ["train_B/s/0.png", "test_B/0.png"]


def test_only_accepted_endings_and_no_hidden_files(layout):
    layout.frame("train", "s", "0")
    for name in ("a.tif", "b.webp", "c.Png", "notes.md", ".hidden.png"):
        (layout.root / "train_B" / "s" / name).write_bytes(b"x")
    contents = read_layout(layout.root)
    assert list(contents.table["frame"]) == ["0"]
    (problem,) = contents.problems
    assert problem.code == "other-files"
    assert [finding.file for finding in problem.findings] == [
        f"train_B/s/{n}" for n in ("a.tif", "b.webp", "c.Png", "notes.md")
    ]


def test_frames_are_paired_by_name_never_by_position(layout):
    layout.sequence("train", "s", 3)
    (layout.path("train_A", "s", "0001")).rename(layout.path("train_A", "s", "0007"))
    table = read_layout(layout.root).table.set_index("frame")
    assert list(table.index) == ["0000", "0001", "0002", "0007"]
    assert list(table["valid"]) == [True, False, True, False]
    assert table.loc["0001", "reason"] == "no label map named '0001' in train_A"
    assert table.loc["0007", "reason"] == "no photograph named '0007' in train_B"
    assert table.loc["0002", "label"] == "train_A/s/0002.png"


def test_a_test_split_without_photographs_is_usable(layout):
    layout.sequence("train", "s", 2)
    layout.sequence("test", "t", 2, size=(48, 32))
    for file in (layout.root / "test_B" / "t").iterdir():
        file.unlink()
    rows = read_layout(layout.root).table.query("split == 'test'")
    assert rows["valid"].all()
    assert set(rows["image"]) == {""}
    assert set(rows["width"]) == {48}


def test_links_to_folders_are_not_entered_but_said(layout):
    layout.sequence("train", "s", 2)
    (layout.root / "train_A" / "linked").symlink_to(layout.root / "train_A" / "s")
    contents = read_layout(layout.root)
    assert set(contents.table["sequence"]) == {"train-s-000"}
    assert [problem.code for problem in contents.problems] == ["linked-folder"]
    assert contents.problems[0].findings[0].file == "train_A/linked"


def test_two_pictures_of_one_name_and_two_folders_of_one_id_are_errors(layout):
    layout.sequence("train", "a_b", 1)
    layout.sequence("train", "a-b", 1)
    textured = Image.open(layout.path("train_B", "a_b", "0000"))
    textured.save(layout.root / "train_B" / "a_b" / "0000.jpg")
    contents = read_layout(layout.root)
    assert sorted(problem.code for problem in contents.problems) == ["same-name", "same-sequence"]
    assert all(problem.severity == "error" for problem in contents.problems)
    assert contents.table["sequence"].nunique() == 2


def test_a_folder_of_something_else_says_what_is_expected(tmp_path):
    (tmp_path / "images").mkdir()
    with pytest.raises(ValueError, match="expected folders train_A .*found: images"):
        read_layout(tmp_path)
    with pytest.raises(ValueError, match="no such folder"):
        read_layout(tmp_path / "nowhere")


def test_odd_names_of_folders(tmp_path):
    layout = Layout(tmp_path / "a b 'c' \"d\" $(e) ü")
    layout.sequence("train", "x 'y' $(z) ü", 2)
    table = read_layout(layout.root).table
    assert table["valid"].all()
    assert set(table["sequence"]) == {"train-x-y-z-000"}


def test_frame_reader_gives_whole_frames_at_training_size(layout):
    layout.sequence("train", "s", 1)
    layout.sequence("test", "t", 2, size=(100, 70), instances=True)
    labels = np.full((70, 100), 3, np.uint8)
    labels[:10] = 255
    Image.fromarray(labels).save(layout.path("test_A", "t", "0000"))
    contents = read_layout(layout.root)
    write_manifest(layout.root / "manifest.parquet", contents.table, {"label_nc": 4, "ignore": [255]})
    data = DataConfig(loadSize=96, fineSize=32, resize_or_crop="scaleWidth_and_crop", use_instance=True)
    reader = FrameReader(layout.root / "manifest.parquet", data)
    (run,) = reader.runs()
    sample = reader.read(run.rows[0])
    assert sample.image.shape == (3, 64, 96)
    assert sample.controls.shape == (1, 64, 96)
    assert sample.instances.shape == (1, 64, 96)
    assert set(sample.controls.unique().tolist()) == {-1, 3}
    with pytest.raises(ValueError, match="no instance map"):
        reader.read(run.rows[0]._replace(instance=""))
