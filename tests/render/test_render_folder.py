"""Rendering of control folders that belong to no dataset."""

import re
from pathlib import Path

import numpy as np
import pytest
from drawn_sequences import HEIGHT, WIDTH, labels, photograph, write_png, write_weights

from vid2vid_core.config import RenderConfig
from vid2vid_core.render.folder import render_folder
from vid2vid_core.storage import read_table
from vid2vid_core.video.probe import probe

NONE = RenderConfig(first_frame="none")


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    return write_weights(tmp_path / "weights.safetensors")


def write_frames(folder: Path, count: int, draw=labels, size: tuple[int, int] = (WIDTH, HEIGHT)) -> Path:
    for number in range(count):
        write_png(folder / f"frame {number}.png", draw(number, *size))
    return folder


def test_a_folder_of_images_is_one_sequence(tmp_path: Path, weights: Path) -> None:
    controls = write_frames(tmp_path / "my drive", 12)
    render_folder(weights, controls, tmp_path / "out", NONE, fps=30)
    table, metadata = read_table(tmp_path / "out" / "render.parquet")
    assert table["frame"].tolist() == [f"frame {number}" for number in range(2, 12)]  # numbers sort as numbers
    assert (tmp_path / "out" / table["output"][0]).is_file()
    video = probe(tmp_path / "out" / "my drive.mp4")
    assert video.fps == pytest.approx(30) and metadata["fps"] == 30


def test_a_folder_of_folders_is_a_sequence_each(tmp_path: Path, weights: Path) -> None:
    write_frames(tmp_path / "in" / "a", 4)
    write_frames(tmp_path / "in" / "b" / "deep", 5)
    render_folder(weights, tmp_path / "in", tmp_path / "out", NONE)
    table, _ = read_table(tmp_path / "out" / "render.parquet")
    assert table.groupby("sequence").size().to_dict() == {"a": 2, "b/deep": 3}
    assert (tmp_path / "out" / "b" / "deep.side_by_side.mp4").is_file()


def test_first_frames_from_a_folder_of_pictures(tmp_path: Path, weights: Path) -> None:
    controls = write_frames(tmp_path / "in", 6)
    images = write_frames(tmp_path / "first", 2, photograph)
    render_folder(weights, controls, tmp_path / "out", RenderConfig(), images=images)
    table, metadata = read_table(tmp_path / "out" / "render.parquet")
    assert metadata["first_frame"] == "real" and len(table) == 4
    assert probe(tmp_path / "out" / "in.side_by_side.mp4").width == 2 * WIDTH + 4  # too few for a column of real frames


def test_real_beginning_without_pictures_says_what_to_do(tmp_path: Path, weights: Path) -> None:
    with pytest.raises(ValueError, match="set first_frame to 'none'"):
        render_folder(weights, write_frames(tmp_path / "in", 4), tmp_path / "out", RenderConfig())
    assert not (tmp_path / "out").exists()


def test_other_peoples_files_are_never_replaced(tmp_path: Path, weights: Path) -> None:
    controls = write_frames(tmp_path / "in", 4)
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "thesis.txt").write_text("years of work")
    with pytest.raises(ValueError, match="home.*left alone"):
        render_folder(weights, controls, tmp_path / "home", NONE)
    assert (tmp_path / "home" / "thesis.txt").exists()
    for _ in range(2):  # a former rendering is replaced
        render_folder(weights, controls, tmp_path / "out", NONE)


def test_bad_labels_and_empty_folders_are_named(tmp_path: Path, weights: Path) -> None:
    controls = write_frames(tmp_path / "in", 4)
    write_png(controls / "frame 3.png", np.full((HEIGHT, WIDTH), 255, np.uint8))
    with pytest.raises(ValueError, match=rf"^{re.escape(str(controls))}/frame 3.png: label id 255, allowed are 0 .. 3"):
        render_folder(weights, controls, tmp_path / "out", NONE)
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match="empty"):
        render_folder(weights, tmp_path / "empty", tmp_path / "out", NONE)
    with pytest.raises(ValueError, match="nowhere: no such folder"):
        render_folder(weights, tmp_path / "nowhere", tmp_path / "out", NONE)


def test_what_is_passed_over_is_named_as_it_was_given(tmp_path: Path, weights: Path, caplog, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    controls = write_frames(Path("test_A"), 5)
    (controls / "frame 4.png").write_text("no picture")
    (controls / "notes.txt").write_text("none either")
    render_folder(weights, controls, Path("out"), NONE)
    told = " ".join(record.getMessage() for record in caplog.records)
    assert f"the first: {tmp_path}/test_A/frame 4.png: not a readable picture" in told
    assert f"1 file in {tmp_path}/test_A not read" in told and "/controls/" not in told


def test_frames_of_different_sizes_are_refused(tmp_path: Path, weights: Path) -> None:
    controls = write_frames(tmp_path / "in", 4)
    write_png(controls / "frame 3.png", labels(3, WIDTH, 2 * HEIGHT))
    with pytest.raises(ValueError, match="frame 3.*64x64.*64x32"):
        render_folder(weights, controls, tmp_path / "out", NONE)
