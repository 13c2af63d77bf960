"""People of one video shown as large as the person of another, at the same place."""

import logging
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from drawn_controls import POSE_SIZE, manifest_of, write_poses
from PIL import Image

from vid2vid_core.config import ControlConfig, DataConfig
from vid2vid_core.dataset.frames import FrameReader
from vid2vid_core.dataset.manifest import read_manifest
from vid2vid_core.dataset.subject_stature import training_stature
from vid2vid_core.maps.openpose_file import read_openpose, write_openpose
from vid2vid_core.maps.retarget import Placement

POSE = ControlConfig(kind="pose", random_drop_prob=0.0)
DATA = DataConfig(resize_or_crop="none")
LARGER = Placement(2.0, -40.0, 5.0, (360, 300), (0.0, 0.0))


def larger_copy(source: Path, target: Path) -> Path:
    """The same video of somebody twice as large, in larger frames."""
    for file in sorted(source.glob("test_*/*/*")):
        out = target / file.relative_to(source)
        out.parent.mkdir(parents=True, exist_ok=True)
        if file.suffix == ".json":
            write_openpose(out, [LARGER.person(person) for person in read_openpose(file)])
        else:
            moved = LARGER.surface if "densepose" in str(file) else LARGER.photograph
            Image.fromarray(moved(np.asarray(Image.open(file)))).save(out)
    return target


@pytest.fixture
def videos(tmp_path: Path) -> tuple[Path, Path]:
    """Manifests of person B and, larger, of person A; B's are test frames, A's were trained on."""
    write_poses(tmp_path / "b", "test", "v", 12)
    larger_copy(tmp_path / "b", tmp_path / "a")
    for folder in list((tmp_path / "a").iterdir()):
        folder.rename(folder.with_name(folder.name.replace("test", "train")))
    return manifest_of(tmp_path / "b", "pose"), manifest_of(tmp_path / "a", "pose")


@pytest.mark.parametrize("crop", ["none", "follow", "central"])
def test_the_model_of_a_is_shown_what_it_was_trained_on(videos: tuple[Path, Path], crop: str) -> None:
    controls = replace(POSE, crop=crop)
    stature = training_stature(read_manifest(videos[1]), controls)
    assert stature is not None and (stature.frame_width, stature.frame_height) == (360, 300)
    ours, theirs = FrameReader(videos[0], DATA, controls, stature), FrameReader(videos[1], DATA, controls)
    for row, other in zip(ours.runs("test")[0].rows, theirs.runs("train")[0].rows, strict=True):
        found, wanted = ours.read(row), theirs.read(other)
        assert found.controls.shape == wanted.controls.shape
        assert (found.controls != wanted.controls).float().mean() < 0.002
        assert (found.parts != wanted.parts).float().mean() < 0.002
        assert found.image is not None and wanted.image is not None
        assert (found.image - wanted.image).abs().mean() < 0.01


def test_without_it_the_person_is_shown_as_filmed(videos: tuple[Path, Path]) -> None:
    controls = replace(POSE, crop="none")
    plain = FrameReader(videos[0], DATA, controls)
    assert plain.read(plain.runs("test")[0].rows[0]).controls.shape[-2:] == POSE_SIZE[::-1]


def test_all_parts_of_a_sequence_move_alike(videos: tuple[Path, Path]) -> None:
    """A short part after a gap is not matched for itself."""
    controls = replace(POSE, crop="none")
    stature = training_stature(read_manifest(videos[1]), controls)
    whole, cut = (FrameReader(videos[0], DATA, controls, stature) for _ in range(2))
    cut.manifest.table.loc[cut.manifest.table["frame"] == "0009", "valid"] = False
    assert [len(run.rows) for run in cut.runs("test")] == [9, 2]
    row = cut.runs("test")[1].rows[0]
    assert (whole.read(row).controls != cut.read(row).controls).float().mean() < 0.02


def test_frames_of_the_most_common_size_count(tmp_path: Path) -> None:
    write_poses(tmp_path / "d", "train", "v", 12)
    few = tmp_path / "few"
    write_poses(few, "test", "w", 3)
    larger_copy(few, tmp_path / "large")
    for folder in list((tmp_path / "large").iterdir()):
        (folder / "w").rename(tmp_path / "d" / folder.name.replace("test", "train") / "w")
    stature = training_stature(read_manifest(manifest_of(tmp_path / "d", "pose")), POSE)
    assert stature is not None and (stature.frame_width, stature.frame_height) == POSE_SIZE


def test_datasets_that_do_not_tell_it(videos: tuple[Path, Path], caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "vid2vid_core")
    manifest = read_manifest(videos[1])
    assert training_stature(manifest, ControlConfig(kind="face")) is None and not caplog.text
    manifest.table["openpose"] = ""
    assert training_stature(manifest, replace(POSE, densepose_only=True)) is None
    assert "render.retarget will not work with these weights: no neck is seen" in caplog.text


def test_a_sequence_that_cannot_be_matched_is_named(videos: tuple[Path, Path]) -> None:
    stature = training_stature(read_manifest(videos[1]), POSE)
    reader = FrameReader(videos[0], DATA, replace(POSE, densepose_only=True), stature)
    reader.manifest.table["openpose"] = ""
    row = reader.runs("test")[0].rows[0]
    with pytest.raises(ValueError, match="test-v-000: cannot be retargeted: no neck is seen .*; render it without"):
        reader.read(row)
