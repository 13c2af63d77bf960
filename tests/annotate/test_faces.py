"""The annotate stage of face videos: tables, files and messages."""

import cv2
import numpy as np
import pytest
from animated_faces import frame

from vid2vid_core.annotate.stage import annotate_video
from vid2vid_core.config import AnnotateConfig, DatasetConfig, FaceAnnotateConfig, FramesConfig, SmoothingConfig, Source
from vid2vid_core.maps.landmark_file import read_landmarks, write_landmarks
from vid2vid_core.storage import read_table

PICTURE = np.zeros((48, 64, 3), np.uint8)
POINTS = np.stack([np.arange(68) * 0.5 + 10, np.arange(68) % 30 + 5.0], axis=1)
COLUMNS = ["video", "sequence", "frame", "keypoints", "valid", "reason", "points", "confidence", "box", "filled"]


def annotate(tmp_path, frames, kind="folder", keypoints=None, whole=FramesConfig(), **face):  # noqa: B008
    """Run the stage; returns its rows, the landmarks in the files they name, and the metadata."""
    settings = AnnotateConfig(face=FaceAnnotateConfig(**face))
    # videos are left out, as in the job of the workflow, whose source says what is given
    dataset = DatasetConfig(name="d", mode="face", annotate=settings, frames=whole)
    place = None if keypoints is None else str(keypoints)
    source = Source(id="clip", split="train", path=str(tmp_path / "rgb"), kind=kind, keypoints=place)
    table = tmp_path / "annotations" / "clip.parquet"
    annotate_video(frames, tmp_path / "annotations" / "clip", table, dataset, source, None)
    rows, metadata = read_table(table)
    assert list(rows.columns) == COLUMNS
    files = [read_landmarks(table.parent / path) if path else None for path in rows["keypoints"]]
    assert [bool(path) for path in rows["keypoints"]] == rows["valid"].tolist()
    return rows, files, metadata


def given_folder(folder, names, points=POINTS):
    folder.mkdir(parents=True)
    for t, name in enumerate(names):
        write_landmarks(folder / f"{name}.txt", points + t)
    return folder


@pytest.mark.parametrize("backend", ["dlib", "mediapipe"])
def test_a_video_with_two_shots_a_grey_one_and_nobody(tmp_path, make_frames, backend):
    coloured = [frame((130 + 4 * t, 120, 0.8)) for t in range(6)]
    grey = [np.dstack([cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)] * 3) for picture in coloured[:4]]
    pictures = [*coloured[:3], frame(), *coloured[4:], *grey, frame(), frame()]
    sequences = ["clip-000"] * 6 + ["clip-001"] * 4 + ["clip-002"] * 2
    table = make_frames(pictures, sequences=sequences)
    rows, files, metadata = annotate(tmp_path, table, backend=backend)
    assert rows["valid"].tolist() == [True] * 10 + [False] * 2
    assert rows["filled"].tolist() == [t == 3 for t in range(12)]
    assert rows["reason"].tolist() == [""] * 10 + ["no face found"] * 2
    assert rows["keypoints"][3] == "clip/keypoints/clip-000/000003.txt"
    assert metadata["backend"] == backend and metadata["settings"]["max_gap"] == 5
    assert [numbers["detected"] for numbers in metadata["quality"]] == [5, 4, 0]
    assert [numbers["longest_gap"] for numbers in metadata["quality"]] == [1, 0, 2]
    points = np.stack(rows["points"][:10]).reshape(10, 68, 2)
    assert np.abs(points - np.stack(files[:10])).max() <= 0.5  # files hold whole pixels
    np.testing.assert_allclose(np.stack(rows["box"][:10])[:, :2], points.min(axis=1))
    assert (np.diff(points[:6, 30, 0]) > 1.5).all()  # the nose moves with the head
    assert len(rows["points"][10]) == len(rows["box"][10]) == 0 and rows["confidence"][10] == 0


def test_the_same_video_twice_gives_the_same_table(tmp_path, make_frames):
    table = make_frames([frame((130 + 4 * t, 120, 0.8)) for t in range(4)])
    first, second = (annotate(tmp_path, table, backend="mediapipe")[0] for _ in range(2))
    assert (np.stack(first["points"]) == np.stack(second["points"])).all()


@pytest.mark.parametrize("backend", ["dlib", "mediapipe"])
def test_a_face_that_leaves_the_frame_ends_the_sequence(tmp_path, make_frames, backend):
    way = [*range(160, -120, -20)]
    rows, _, metadata = annotate(tmp_path, make_frames([frame((x, 120, 0.8)) for x in way]), backend=backend)
    last = int(np.flatnonzero(rows["valid"]).max())
    assert rows["valid"].tolist() == [t <= last for t in range(len(way))]
    assert (
        4 <= last <= 9 and metadata["quality"][0]["jumps"] == 0
    )  # gone at the latest when its middle is 20 pixels out


@pytest.mark.parametrize("backend", ["dlib", "mediapipe"])
def test_two_faces_that_cross(tmp_path, make_frames, backend):
    steps = range(0, 25)
    pictures = [frame((300 - 14 * t, 135, 0.7), (60 + 8 * t, 110, 0.9)) for t in steps]
    rows, _, metadata = annotate(tmp_path, make_frames(pictures), backend=backend)
    assert metadata["quality"][0]["jumps"] == 0 and rows["valid"].mean() > 0.9
    noses = np.array([points.reshape(-1, 2)[30] for points in rows["points"][rows["valid"]]])
    expected = np.array([(60 + 8 * t + 4, 108) for t in steps])[rows["valid"]]
    assert np.abs(noses - expected).max() < 12  # always the larger face, in front


def test_tiny_video_without_a_face(tmp_path, make_frames, caplog):
    table = make_frames([np.full((16, 16, 3), 90 + t, np.uint8) for t in range(4)])
    for backend in ("dlib", "mediapipe"):
        rows, _, metadata = annotate(tmp_path, table, backend=backend)
        assert not rows["valid"].any() and set(rows["reason"]) == {"no face found"}
        assert metadata["quality"][0]["interocular"] is None
    assert "clip" in caplog.text and "no face in any frame" in caplog.text


def test_quarantined_video_gives_an_empty_table_without_looking_for_a_model(tmp_path, make_frames, monkeypatch):
    monkeypatch.setattr("vid2vid_core.assets.store._inside_package", lambda path: None)
    rows, _, metadata = annotate(tmp_path, make_frames([]))
    assert len(rows) == 0 and rows["valid"].dtype == rows["filled"].dtype == bool and metadata["quality"] == []


def test_broken_frames_keep_their_reason(tmp_path, make_frames):
    picture = frame((160, 120, 0.8))
    rows, _, _ = annotate(tmp_path, make_frames([picture, picture, None, picture, picture, picture]))
    assert rows["reason"][2] == "broken" and not rows["valid"][2] and rows["valid"][3:].all()


def test_policy_fail_names_the_frames(tmp_path, make_frames):
    table = make_frames([frame((160, 120, 0.8)), frame(), frame()])
    with pytest.raises(
        ValueError, match="video 'clip', sequence 'clip-000': no face in 2 of 3 frames: 000001 to 000002"
    ):
        annotate(tmp_path, table, gaps="fail")
    assert not (tmp_path / "annotations").exists() or not list((tmp_path / "annotations").iterdir())


def test_given_files_are_copied_paired_by_name_and_gaps_filled(tmp_path, make_frames):
    table = make_frames([PICTURE] * 4, names=["f_1", "f_2", "f_10", "f_11"])
    folder = given_folder(tmp_path / "points", ["f_1", "f_10", "f_99"])
    (folder / "f_11.txt").write_text("\n".join(f"{x + 0.25},{y}" for x, y in POINTS))
    rows, files, metadata = annotate(tmp_path, table, keypoints=folder, backend="given")
    assert rows["valid"].all() and rows["filled"].tolist() == [False, True, False, False]
    assert (files[0] == np.rint(POINTS)).all() and (files[3] == POINTS + (0.25, 0)).all()  # decimals survive
    np.testing.assert_allclose(np.reshape(rows["points"][1], (68, 2)), (np.rint(POINTS) + np.rint(POINTS + 1)) / 2)
    assert metadata["backend"] == "given" and metadata["source"] == str(folder)


def test_given_landmarks_follow_crop_and_scale(tmp_path, make_frames):
    (tmp_path / "rgb").mkdir()
    cv2.imwrite(str(tmp_path / "rgb" / "000000.png"), np.zeros((96, 128, 3), np.uint8))
    folder = given_folder(tmp_path / "points", ["000000"], points=POINTS + (20, 10))
    cut = FramesConfig(crop=(20, 10, 32, 24), scale=(64, 48))
    rows, files, _ = annotate(tmp_path, make_frames([PICTURE]), keypoints=folder, whole=cut, backend="given")
    expected = (np.rint(POINTS + (20, 10)) - (20, 10)) * 2 + 0.5  # pixel 0 became pixels 0 and 1
    np.testing.assert_allclose(np.reshape(rows["points"][0], (68, 2)), expected)
    assert np.abs(files[0] - expected).max() <= 0.5


def test_smoothed_given_landmarks_are_written_anew(tmp_path, make_frames):
    folder = given_folder(tmp_path / "points", [f"{t:06d}" for t in range(5)])
    rows, files, _ = annotate(
        tmp_path, make_frames([PICTURE] * 5), keypoints=folder, backend="given", smoothing=SmoothingConfig()
    )
    assert np.abs(np.reshape(rows["points"][4], (68, 2)) - np.rint(POINTS + 4)).max() > 0.3
    assert np.abs(files[4] - np.reshape(rows["points"][4], (68, 2))).max() <= 0.5


BAD_FILES = {
    "67 lines, expected 68 lines": "1,2\n" * 67,
    "0 lines, expected 68": "",
    "line 3: 'nan,4' is no pair of numbers": "1,2\n1,2\nnan,4\n" + "1,2\n" * 65,
    "line 1: '1;2' is no pair of numbers": "1;2\n" + "1,2\n" * 67,
    "all its points lie outside the frame of 64x48 pixels": "900,-20\n" * 68,
}


@pytest.mark.parametrize("kind", ["layout", "folder"])
@pytest.mark.parametrize("problem", BAD_FILES)
def test_bad_files_make_invalid_frames_with_the_reason(tmp_path, make_frames, kind, problem):
    folder = given_folder(tmp_path / "points", ["000000", "000001", "000002"])
    (folder / "000001.txt").write_text(BAD_FILES[problem])
    face = {} if kind == "layout" else {"backend": "given"}
    rows, _, metadata = annotate(tmp_path, make_frames([PICTURE] * 3), kind=kind, keypoints=folder, **face)
    assert rows["valid"].tolist() == [True, False, True] and not rows["filled"].any()
    assert problem in rows["reason"][1] and str(folder / "000001.txt") in rows["reason"][1]
    assert metadata["quality"][0]["invalid"] == 1


def test_points_partly_outside_are_fine(tmp_path, make_frames):
    folder = given_folder(tmp_path / "points", ["000000"], points=POINTS - (40, 0))
    rows, _, _ = annotate(tmp_path, make_frames([PICTURE]), kind="layout", keypoints=folder)
    assert rows["valid"].all() and rows["box"][0][0] < 0


def test_layout_is_used_in_place_with_fewer_files_than_pictures(tmp_path, make_frames):
    folder = given_folder(tmp_path / "train_keypoints", ["000000", "000002"])
    rows, _, metadata = annotate(tmp_path, make_frames([PICTURE] * 3), kind="layout", keypoints=folder)
    assert rows["keypoints"].tolist() == [str(folder / "000000.txt"), "", str(folder / "000002.txt")]
    assert rows["reason"][1] == f"no file named '000001.txt' in {folder}"
    assert metadata["backend"] == "layout" and metadata["quality"][0]["detected"] == 2
    assert list((tmp_path / "annotations" / "clip").iterdir()) == []


def test_layout_without_landmarks(tmp_path, make_frames):
    rows, _, _ = annotate(tmp_path, make_frames([PICTURE] * 2), kind="layout")
    assert rows["reason"].tolist() == [f"the layout has no folder of landmarks for {tmp_path / 'rgb'}"] * 2


def test_given_folders_that_cannot_be_meant(tmp_path, make_frames):
    table = make_frames([PICTURE])
    with pytest.raises(ValueError, match="frames are named like '000000', these like 'a'"):
        annotate(tmp_path, table, keypoints=given_folder(tmp_path / "a", ["a"]), backend="given")
    with pytest.raises(ValueError, match="no landmark files in it"):
        annotate(tmp_path, table, keypoints=given_folder(tmp_path / "b", []), backend="given")
    with pytest.raises(ValueError, match="no such folder of landmark files"):
        annotate(tmp_path, table, keypoints=tmp_path / "c", backend="given")
    with pytest.raises(ValueError, match="video 'clip' .* has no 'keypoints'"):
        annotate(tmp_path, table, backend="given")


def test_odd_names_survive(tmp_path, make_frames):
    name = "a b'$(echo x)-ü\""
    folder = given_folder(tmp_path / "pöints 'x'", [name])
    rows, _, _ = annotate(tmp_path, make_frames([PICTURE], names=[name]), keypoints=folder, backend="given")
    assert rows["valid"].all()
