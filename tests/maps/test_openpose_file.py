import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vid2vid_core.maps.drawn_person import drawn_person
from vid2vid_core.maps.openpose_file import read_openpose, write_openpose
from vid2vid_core.maps.person import Person

FILE = "0001.json"


def entry(**changes: Any) -> dict[str, Any]:
    body = [float(number) for number in range(75)]
    return {"pose_keypoints_2d": body} | changes


def written(folder: Path, stored: Any) -> Path:
    path = folder / FILE
    path.write_text(stored if isinstance(stored, str) else json.dumps(stored))
    return path


def error_of(path: Path) -> str:
    with pytest.raises(ValueError, match=FILE) as caught:
        read_openpose(path)
    return str(caught.value)


def test_written_people_are_read_again(tmp_path: Path) -> None:
    people = [drawn_person(100.25, 20, 300), drawn_person(-40, 10.5, 200, raised=0.8)]
    write_openpose(tmp_path / FILE, people)
    for person, again in zip(people, read_openpose(tmp_path / FILE), strict=True):
        for name in ("body", "face", "left_hand", "right_hand"):
            assert np.abs(getattr(person, name) - getattr(again, name)).max() < 1e-3, name


def test_nobody_is_a_valid_frame(tmp_path: Path) -> None:
    assert read_openpose(written(tmp_path, {"people": []})) == []


@pytest.mark.parametrize("absent", [{}, {"face_keypoints_2d": [], "hand_left_keypoints_2d": None}], ids=str)
def test_missing_and_empty_arrays_of_face_and_hands_are_missing_points(tmp_path: Path, absent: dict[str, Any]) -> None:
    (person,) = read_openpose(written(tmp_path, {"people": [entry(**absent)]}))
    assert person.face.shape == (70, 3) and person.left_hand.shape == person.right_hand.shape == (21, 3)
    assert not person.face.any() and not person.left_hand.any() and not person.right_hand.any()
    assert person.body[1].tolist() == [3.0, 4.0, 5.0]


def test_other_fields_are_ignored(tmp_path: Path) -> None:
    more = {"person_id": [-1], "pose_keypoints_3d": [], "version": 1.3}
    assert len(read_openpose(written(tmp_path, {"version": 1.3, "people": [entry(**more)]}))) == 1


@pytest.mark.parametrize(
    ("stored", "said"),
    [
        ("{", "not readable as a JSON file"),
        ("", "not readable as a JSON file"),
        ({}, "no 'people' list"),
        ({"people": 3}, "no 'people' list"),
        ([1, 2], "no 'people' list"),
        ({"people": [entry(), 7]}, "person 1: found int"),
        ({"people": [{}]}, "person 0, pose_keypoints_2d: missing"),
        ({"people": [entry(pose_keypoints_2d=[])]}, "pose_keypoints_2d: 0 numbers, expected 75"),
        ({"people": [entry(pose_keypoints_2d=[0] * 54)]}, "54 numbers, expected 75"),
        ({"people": [entry(), entry(face_keypoints_2d=[0] * 204)]}, "person 1, face_keypoints_2d: 204 numbers"),
        ({"people": [entry(hand_left_keypoints_2d=[0] * 62)]}, "hand_left_keypoints_2d: 62 numbers, expected 63"),
        ({"people": [entry(hand_right_keypoints_2d=[0] * 5 + [float("nan")] + [0] * 57)]}, "nan in place 5 (point 1)"),
        ({"people": [entry(pose_keypoints_2d=["a"] + [0] * 74)]}, "'a' in place 0"),
        ({"people": [entry(pose_keypoints_2d=[None] + [0] * 74)]}, "None in place 0"),
        ({"people": [entry(pose_keypoints_2d=[1e9, 3, 1] * 25)]}, "1e+09 pixels"),
        ({"people": [entry(pose_keypoints_2d=[0.4, 0.7, 1] * 25)]}, "--keypoint_scale 0"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, stored: Any, said: str) -> None:
    assert said in error_of(written(tmp_path, stored))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    assert "not readable" in error_of(tmp_path / FILE)


def test_what_cannot_be_read_is_not_written(tmp_path: Path) -> None:
    person = drawn_person(100, 20, 300)
    broken = Person(person.body * np.nan, person.face, person.left_hand, person.right_hand)
    with pytest.raises(ValueError, match="JSON"):
        write_openpose(tmp_path / FILE, [broken])


WHOLE = np.array([[10.0 + number, 500.0 - number, 0.5] for number in range(133)])


def check_whole(person: Person) -> None:
    assert person.body[0].tolist() == [10, 500, 0.5]  # nose
    assert person.body[15, 0] == 12 and person.body[16, 0] == 11  # the right eye comes before the left one
    assert person.body[1].tolist() == [15.5, 494.5, 0.5]  # neck: between the shoulders
    assert person.body[8].tolist() == [21.5, 488.5, 0.5]  # mid hip
    assert person.body[2, 0] == 16 and person.body[7, 0] == 19 and person.body[11, 0] == 26
    assert person.body[19:25, 0].tolist() == [27, 28, 29, 30, 31, 32]  # feet, left before right
    assert person.face[:68, 0].tolist() == list(range(33, 101)) and not person.face[68:].any()
    assert person.left_hand[:, 0].tolist() == list(range(101, 122))
    assert person.right_hand[:, 0].tolist() == list(range(122, 143))


@pytest.mark.parametrize(
    "stored",
    [
        [{"image_id": "0001.jpg", "keypoints": WHOLE.ravel().tolist(), "score": 2.1}],
        {"annotations": [{"keypoints": WHOLE.ravel().tolist()}]},
        {
            "instance_info": [
                {
                    "frame_id": 1,
                    "instances": [{"keypoints": WHOLE[:, :2].tolist(), "keypoint_scores": WHOLE[:, 2].tolist()}],
                }
            ]
        },
    ],
    ids=["triples", "annotations", "pairs and scores"],
)
def test_wholebody_files_are_read_by_the_table(tmp_path: Path, stored: Any) -> None:
    (person,) = read_openpose(written(tmp_path, stored))
    check_whole(person)


def test_published_wholebody_annotations_are_read(tmp_path: Path) -> None:
    points = WHOLE.copy()
    points[:23, 2] = 1  # hidden: half as sure as seen
    names, ends = ("foot_kpts", "face_kpts", "lefthand_kpts", "righthand_kpts"), (17, 23, 91, 112, 133)
    parts = {name: points[ends[i] : ends[i + 1]].ravel().tolist() for i, name in enumerate(names)}
    stored = {"annotations": [{"keypoints": points[:17].ravel().tolist()} | parts]}
    (person,) = read_openpose(written(tmp_path, stored))
    check_whole(person)


def test_between_a_missing_and_a_found_shoulder_there_is_no_neck(tmp_path: Path) -> None:
    points = WHOLE.copy()
    points[5] = 0
    (person,) = read_openpose(written(tmp_path, [{"keypoints": points.ravel().tolist()}]))
    assert not person.body[1].any() and not person.body[5].any() and person.body[2].any()


@pytest.mark.parametrize(
    ("stored", "said"),
    [
        ([{"keypoints": [0] * 51}], "person 0, keypoints: 51 entries, expected a list of 399"),
        ([{"keypoints": WHOLE[:, :2].tolist(), "keypoint_scores": [1] * 17}], "keypoint_scores: 17 entries"),
        ([{"keypoints": [[1, 2, 3]] * 133, "keypoint_scores": [1] * 133}], "[1, 2, 3], expected a pair"),
        ([{"keypoints": [0] * 51, "face_kpts": [0] * 204}], "foot_kpts: missing"),
        ([{"keypoints": [float("inf")] * 399}], "inf in place 0"),
    ],
)
def test_what_is_wrong_in_a_wholebody_file_is_named(tmp_path: Path, stored: Any, said: str) -> None:
    assert said in error_of(written(tmp_path, stored))


def test_a_wholebody_frame_without_people_is_valid(tmp_path: Path) -> None:
    assert read_openpose(written(tmp_path, {"instances": []})) == []
