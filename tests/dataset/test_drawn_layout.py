"""Layouts of faces and poses: what is found, and what the checker says of it."""

import json
from pathlib import Path

import numpy as np
import pytest
from drawn_controls import manifest_of, scene, write_faces, write_poses

from vid2vid_core.config import (
    ControlConfig,
    DataConfig,
    GeneratorConfig,
    ImageDataConfig,
    ImageStageConfig,
    RecipeConfig,
    ScheduleConfig,
    StageConfig,
)
from vid2vid_core.dataset.check import check_path, write_check
from vid2vid_core.dataset.check_result import Problem
from vid2vid_core.dataset.layout import find_mode, read_layout
from vid2vid_core.maps.openpose_file import write_openpose


def recipe(controls: ControlConfig, **data: object) -> RecipeConfig:
    config = {"resize_or_crop": "resize", "loadSize": 64} | data
    sizes = GeneratorConfig(n_frames_G=2, n_downsample_G=2)
    lengths = ScheduleConfig(n_frames_total=2)
    stage = StageConfig(name="s", generator=sizes, schedule=lengths, data=DataConfig(**config), controls=controls)
    return RecipeConfig(name="r", stages=(stage,))


FACE, POSE = ControlConfig(kind="face"), ControlConfig(kind="pose")


@pytest.fixture
def faces(tmp_path: Path) -> Path:
    write_faces(tmp_path / "faces", "train", "a", 4)
    write_faces(tmp_path / "faces", "test", "b", 3)
    return tmp_path / "faces"


@pytest.fixture
def poses(tmp_path: Path) -> Path:
    write_poses(tmp_path / "poses", "train", "a", 4)
    write_poses(tmp_path / "poses", "test", "b", 3)
    return tmp_path / "poses"


def by_code(root: Path, config: RecipeConfig | None = None) -> dict[str, Problem]:
    problems = check_path(root, recipe=config).problems
    assert len({problem.code for problem in problems}) == len(problems)
    return {problem.code: problem for problem in problems}


def files(problem: Problem) -> list[str]:
    return [finding.file for finding in problem.findings]


def test_the_folders_tell_the_mode(faces: Path, poses: Path, layout) -> None:
    layout.sequence("train", "s", 2)
    assert [find_mode(root) for root in (faces, poses, layout.root)] == ["face", "pose", "street"]
    (poses / "train_openpose").rename(poses / "elsewhere")
    (poses / "test_openpose").rename(poses / "elsewhere-too")
    assert find_mode(poses) == "pose"


def test_frames_of_faces(faces: Path) -> None:
    table = read_layout(faces, "face").table
    assert table["valid"].all() and table["video"].tolist() == ["train-a"] * 4 + ["test-b"] * 3
    assert table["keypoints"][1] == "train_keypoints/a/0001.txt" and table["image"][1] == "train_img/a/0001.png"
    assert set(table["width"]) == {160} and set(table["label"]) == {""}


def test_endings_of_tools_are_no_part_of_a_frames_name(poses: Path) -> None:
    contents = read_layout(poses, "pose")
    row = contents.table.iloc[1]
    assert row["frame"] == "0001" and row["valid"] and contents.problems == []
    assert row["openpose"] == "train_openpose/a/0001_keypoints.json"
    assert row["densepose"] == "train_densepose/a/0001_IUV.png"


def test_two_files_for_a_frame_are_an_error(poses: Path) -> None:
    write_openpose(poses / "train_openpose/a/0002.json", [])
    found = by_code(poses)
    assert found["same-name"].severity == "error"
    assert found["same-name"].findings[0].partner == "train_openpose/a/0002.json"


def test_fewer_key_point_files_than_images_cut_the_sequence(faces: Path) -> None:
    (faces / "train_keypoints/a/0001.txt").unlink()
    table = read_layout(faces, "face").table.set_index("frame")
    assert table["valid"].tolist()[:4] == [True, False, True, True]
    assert table["reason"].iloc[1] == "no landmark file named '0001' in train_keypoints"
    problem = by_code(faces)["missing-keypoints"]
    assert files(problem) == ["train_img/a/0001.png"] and "1 of 4 frames" in problem.message


def test_missing_photographs(faces: Path, poses: Path) -> None:
    for file in (faces / "test_img/b").iterdir():
        file.unlink()
    (poses / "train_img/a/0003.png").unlink()
    for file in (poses / "test_img/b").iterdir():
        file.unlink()
    table = read_layout(faces, "face").table.query("split == 'test'")
    assert not table["valid"].any() and set(table["reason"]) == {"no picture that tells how large the frame is"}
    assert {problem.code for problem in check_path(faces).problems} == {"missing-photograph", "no-test-frames"}
    table = read_layout(poses, "pose").table.query("split == 'test'")
    assert table["valid"].all() and set(table["width"]) == {200}  # body surfaces tell it
    found = by_code(poses)
    assert found["no-test-photographs"].severity == "warning"
    assert files(found["missing-photograph"]) == ["train_openpose/a/0003_keypoints.json"]


def test_an_image_that_is_none(faces: Path) -> None:
    (faces / "train_img/a/0002.png").write_bytes(b"GIF?")
    table = read_layout(faces, "face").table
    assert not table["valid"][2] and "not a readable picture" in table["reason"][2]
    assert files(by_code(faces)["unreadable"]) == ["train_img/a/0002.png"]


def test_one_kind_of_pose_file_is_enough(tmp_path: Path) -> None:
    write_poses(tmp_path, "train", "a", 3, openpose=False)
    write_poses(tmp_path, "test", "b", 3, openpose=False)
    table = read_layout(tmp_path, "pose").table
    assert table["valid"].all() and set(table["openpose"]) == {""}
    assert by_code(tmp_path, recipe(ControlConfig(kind="pose", densepose_only=True))) == {}
    assert "no key points" in by_code(tmp_path, recipe(POSE))["controls"].message


def test_good_datasets_have_no_problems(faces: Path, poses: Path) -> None:
    assert by_code(faces, recipe(FACE)) == {}
    assert by_code(poses, recipe(POSE)) == {}


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda lines: lines[:67], "67 lines, expected 68"),
        (lambda lines: ["nan,3", *lines[1:]], r"line 1: 'nan,3' is no pair"),
        (lambda lines: [*lines[:9], "12", *lines[10:]], "line 10: '12' is no pair"),
    ],
)
def test_landmark_files_that_cannot_be_used_are_named(faces: Path, change, why: str) -> None:
    file = faces / "train_keypoints/a/0001.txt"
    file.write_text("\n".join(change(file.read_text().splitlines())))
    problem = by_code(faces)["unreadable"]
    assert problem.severity == "error" and "1 landmark file not usable" in problem.message
    assert files(problem) == ["train_keypoints/a/0001.txt"] and why in problem.findings[0].detail


def test_points_outside_the_picture_are_allowed(faces: Path) -> None:
    file = faces / "train_keypoints/a/0001.txt"
    lines = file.read_text().splitlines()
    file.write_text("\n".join(["-30,12", *lines[1:-1], "900,40"]))
    assert by_code(faces, recipe(FACE)) == {}


def test_key_points_that_cannot_be_used_are_named(poses: Path) -> None:
    file = poses / "train_openpose/a/0001_keypoints.json"
    person = json.loads(file.read_text())["people"][0]
    person["pose_keypoints_2d"][4] = float("nan")
    file.write_text(json.dumps({"people": [person]}))
    short = poses / "test_openpose/b/0000_keypoints.json"
    person["pose_keypoints_2d"] = [1.0] * 54
    short.write_text(json.dumps({"people": [person]}))
    problem = by_code(poses)["unreadable"]
    assert "2 OpenPose files not usable" in problem.message
    assert "expected a finite number" in problem.findings[0].detail
    assert "54 numbers, expected 75" in problem.findings[1].detail


def test_files_without_people_are_a_warning(poses: Path) -> None:
    (poses / "train_openpose/a/0001_keypoints.json").write_text('{"people": []}')
    problem = by_code(poses, recipe(POSE))["nobody"]
    assert problem.severity == "warning" and files(problem) == ["train_openpose/a/0001_keypoints.json"]


def test_surfaces_are_checked_for_parts_and_shape(poses: Path) -> None:
    from PIL import Image

    first, second, third = (poses / f"train_densepose/a/000{t}_IUV.png" for t in range(3))
    Image.fromarray(np.full((140, 200, 3), 30, np.uint8)).save(first)
    Image.open(second).resize((100, 70), Image.Resampling.NEAREST).save(second)
    Image.open(third).crop((0, 0, 140, 140)).save(third)
    found = by_code(poses)
    assert "1 DensePose picture not usable" in found["unreadable"].message
    assert "part 30 in the blue channel" in found["unreadable"].findings[0].detail
    assert found["densepose-size"].severity == "warning" and files(found["densepose-size"])[0].endswith("0001_IUV.png")
    assert found["densepose-aspect"].severity == "error"
    assert found["densepose-aspect"].findings[0].detail == "140x140, photograph 200x140"


def test_a_recipe_of_another_kind_is_an_error(faces: Path, poses: Path) -> None:
    assert "but the dataset holds drawn controls" in by_code(faces, recipe(ControlConfig()))["controls"].message
    assert "the dataset is of mode pose" in by_code(poses, recipe(FACE))["controls"].message
    image = ImageStageConfig(name="first", controls=FACE, data=ImageDataConfig(resize_or_crop="resize"))
    assert "of mode pose" in check_path(poses, recipe=image).problems[0].message


def test_sizes_of_what_is_cut_out_are_held_against_the_generator(faces: Path, poses: Path) -> None:
    found = by_code(faces, recipe(FACE, resize_or_crop="none"))  # a box of 74x74 becomes 64x64: as small as may be
    assert found == {}
    deep = GeneratorConfig(n_frames_G=2, n_downsample_G=6)
    data = DataConfig(resize_or_crop="scaleHeight", loadSize=64)
    config = RecipeConfig(name="r", stages=(StageConfig(name="s", generator=deep, data=data, controls=POSE),))
    problem = by_code(poses, config)["frame-size"]
    assert "reads frames at 64x64, but its generator needs multiples of 64 and at least 128" in problem.message
    assert problem.findings[0].detail != "200x140"


def test_frames_of_one_sequence_need_one_size(faces: Path) -> None:
    scene(9, (320, 240)).save(faces / "train_img/a/0001.png")
    assert by_code(faces)["sequence-size"].severity == "error"


def test_a_manifest_keeps_its_mode(faces: Path) -> None:
    manifest_of(faces, "face")
    result = check_path(faces)
    assert not result.problems and result.splits["train"]["files"] == 8


def test_the_page_of_the_check_says_the_kind_and_shows_what_can_be_shown(faces: Path, tmp_path: Path) -> None:
    from PIL import Image

    (faces / "train_keypoints/a/0001.txt").unlink()
    Image.open(faces / "train_img/a/0001.png").convert("L").save(faces / "train_img/a/0001.png")
    (faces / "train_keypoints/a/0002.txt").write_text("1,2")
    write_check(check_path(faces), tmp_path / "problems.json", tmp_path / "index.html")
    page = (tmp_path / "index.html").read_text()
    assert "<b>faces</b>" in page and "0 .. " not in page
    assert page.count("data:image/jpeg") == 1 and "data:image/png" not in page  # a grey photograph is no label map
    assert "no picture" in page and "1 lines, expected 68" in page
    assert json.loads((tmp_path / "problems.json").read_text())["mode"] == "face"
