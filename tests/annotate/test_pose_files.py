"""Pairing of files and frames, and what becomes of bad key point files."""

import json

import numpy as np
import pytest

from vid2vid_core.annotate.label_files import Placement
from vid2vid_core.annotate.pose.given_poses import ENDINGS, read_people
from vid2vid_core.annotate.pose.pairing import pair_files, refuse_unpaired
from vid2vid_core.annotate.segmenter import Frame
from vid2vid_core.maps.drawn_person import drawn_person
from vid2vid_core.maps.openpose_file import write_openpose


def frame(name, number=0, size=(640, 480)):
    return Frame(sequence="s", name=name, number=number, image=None, width=size[0], height=size[1])


FRAMES = [frame(f"{number:06d}", number) for number in range(3)]


def touch(folder, *names):
    folder.mkdir()
    for name in names:
        (folder / name).touch()
    return folder


@pytest.mark.parametrize(
    "name",
    ["000001.json", "000001_keypoints.json", "clip_000000000001_keypoints.json", "1.json", "clip_1.JSON"],
)
def test_files_of_a_video_are_found_by_name_or_number(tmp_path, name):
    folder = touch(tmp_path / "k", name, "notes.txt", "clip_000000000077_keypoints.json")
    assert pair_files(folder, ENDINGS, FRAMES, numbered=True) == {"000001": folder / name}


def test_numbers_mean_nothing_in_a_folder_of_pictures(tmp_path):
    folder = touch(tmp_path / "k", "dance_1.json", "dance_2_keypoints.json")
    frames = [frame("dance_2", 0), frame("dance_3", 1)]
    assert pair_files(folder, ENDINGS, frames, numbered=False) == {"dance_2": folder / "dance_2_keypoints.json"}


def test_two_files_for_a_frame_are_an_error_that_names_both(tmp_path):
    folder = touch(tmp_path / "k", "000001.json", "clip_000000000001_keypoints.json")
    with pytest.raises(ValueError, match=r"'000001.json' and 'clip_0+1_keypoints.json' both belong to .*000001"):
        pair_files(folder, ENDINGS, FRAMES, numbered=True)


def test_no_pair_at_all_is_an_error_that_shows_the_names(tmp_path):
    folder = touch(tmp_path / "k", "left.json")
    with pytest.raises(ValueError, match="named like '000000', these like 'left.json'"):
        refuse_unpaired(pair_files(folder, ENDINGS, FRAMES, numbered=True), folder, ENDINGS, FRAMES)
    empty = touch(tmp_path / "e", "x.txt")
    with pytest.raises(ValueError, match=r"no files in it with one of the endings .json"):
        refuse_unpaired({}, empty, ENDINGS, FRAMES)
    with pytest.raises(ValueError, match="no such folder"):
        pair_files(tmp_path / "none", ENDINGS, FRAMES, numbered=True)


def stored(tmp_path, change=None, **person):
    file = tmp_path / "p.json"
    write_openpose(file, [drawn_person(320, 20, 440)])
    data = json.loads(file.read_text())
    if change:
        change(data)
    data["people"][0].update(person) if person else None
    file.write_text(json.dumps(data))
    return file


def look(tmp_path, file, placement=None, size=(640, 480)):
    return read_people(file, frame("f", size=size), tmp_path, placement)


def test_frames_without_people_may_be_filled_and_bad_files_may_not(tmp_path):
    gone = look(tmp_path, None)
    assert gone.usable and "no file for frame 'f'" in gone.reason
    empty = look(tmp_path, stored(tmp_path, lambda data: data.update(people=[])))
    assert empty.usable and not empty.figures and "empty list of people" in empty.reason
    joints = [0.0] * 75
    joints[:6] = [10, 10, 1, 20, 20, 1]
    few = look(tmp_path, stored(tmp_path, pose_keypoints_2d=joints))
    assert few.usable and "too few joints" in few.reason
    short = look(tmp_path, stored(tmp_path, pose_keypoints_2d=[1.0] * 54))
    assert not short.usable and "54 numbers, expected 75" in short.reason and "p.json" in short.reason
    nan = look(tmp_path, stored(tmp_path, pose_keypoints_2d=[float("nan")] * 75))
    assert not nan.usable and "nan" in nan.reason
    (tmp_path / "p.json").write_text("{")
    assert not look(tmp_path, tmp_path / "p.json").usable


def test_missing_hands_and_faces_are_no_error(tmp_path):
    seen = look(tmp_path, stored(tmp_path, face_keypoints_2d=[], hand_left_keypoints_2d=[]))
    assert len(seen.figures) == 1 and not seen.figures[0].person.face.any()


def test_points_follow_crop_and_scale_of_the_frames(tmp_path):
    placement = Placement(source=(640, 480), crop=(100, 40, 400, 400), frame=(200, 200))
    (figure,) = look(tmp_path, stored(tmp_path), placement, (200, 200)).figures
    wanted = (drawn_person(320, 20, 440).body[:, :2] - (100, 40) + 0.5) / 2 - 0.5
    np.testing.assert_allclose(figure.person.body[:, :2], wanted, atol=0.001)
    far = Placement(source=(640, 480), crop=(0, 0, 100, 100), frame=(100, 100))
    outside = look(tmp_path, stored(tmp_path), far, (100, 100))
    assert not outside.usable and "outside the frame of 100x100" in outside.reason
