"""The built-in world of faces: the same from the same seed, with cuts, and found by detectors where there is a face."""

from itertools import pairwise

import numpy as np
import pytest

from vid2vid_core.annotate.landmarks import open_landmarker
from vid2vid_core.config import FaceAnnotateConfig, FramesConfig, WorldConfig
from vid2vid_core.dataset.world import make_world
from vid2vid_core.dataset.world.astronaut import HEAD, read_astronaut
from vid2vid_core.dataset.world.expression import Expression
from vid2vid_core.dataset.world.face_demo import Camera, FaceClip, photographed
from vid2vid_core.video.read import read_video
from vid2vid_core.video.shots import find_cuts

CONFIG = WorldConfig(kind="face_demo", width=256, height=256, seconds=2.0, fps=10, seed=1)
CAMERA = Camera(HEAD, 190.0, 0.0, False)
SIZE = (190, 190)
UPPER_LIP, LOWER_LIP = 62, 66
LIDS = [37, 38, 43, 44, 41, 40, 47, 46]
BROWS = slice(17, 27)


@pytest.fixture(scope="module")
def frames():
    return list(FaceClip(CONFIG, 0).frames())


@pytest.fixture(scope="module")
def photograph():
    return read_astronaut()


@pytest.fixture(scope="module")
def landmarks(photograph):
    """(68, 2) found in the photograph with a face that does something."""
    landmarker = open_landmarker(FaceAnnotateConfig(backend="dlib"))

    def find(**expression):
        (face,) = landmarker.find(photographed(photograph, CAMERA, Expression(**expression), SIZE))
        return face.points

    return find


def test_sizes_and_cuts(frames):
    clip = FaceClip(CONFIG, 0)
    assert len(clip) == len(frames) == 20
    assert all(frame.shape == (256, 256, 3) and frame.dtype == np.uint8 for frame in frames)
    change = [np.abs(a.astype(int) - b).mean() for a, b in pairwise(frames)]
    first, second = clip.cuts
    assert {int(index) + 1 for index in np.argsort(change)[-2:]} == {first, second}
    assert min(change) > 0.5, "something always moves"


@pytest.mark.parametrize("backend", ["dlib", "mediapipe"])
def test_detectors_find_the_face_where_there_is_one(backend):
    for index in range(2):
        clip = FaceClip(CONFIG, index)
        landmarker = open_landmarker(FaceAnnotateConfig(backend=backend))
        first, second = clip.cuts
        for number, frame in enumerate(clip.frames()):
            if number in (0, first, second):
                landmarker.start()
            assert len(landmarker.find(frame)) == (0 if first <= number < second else 1), f"frame {number}"


def test_same_seed_same_clip_and_other_index_or_seed_another(frames):
    for one, two in zip(frames, FaceClip(CONFIG, 0).frames(), strict=True):
        np.testing.assert_array_equal(one, two)
    for config, index in ((CONFIG, 1), (WorldConfig(kind="face_demo", width=256, height=256, seed=5), 0)):
        other = next(FaceClip(config, index).frames())
        assert np.abs(other.astype(int) - frames[0]).mean() > 3


def test_the_face_at_rest_is_the_photograph(photograph):
    seen = photographed(photograph, Camera((225.5, 99.5), 200.0, 0.0, False), Expression(), (200, 200))
    np.testing.assert_allclose(seen[20:150].astype(int), photograph[20:150, 126:326], atol=12)
    assert np.abs(seen.astype(int) - photograph[0:200, 126:326]).mean() < 0.6


def test_the_mouth_opens_the_lids_close_and_the_brows_rise(landmarks):
    rest, spoken = landmarks(), landmarks(opening=10.0)
    gap = [points[LOWER_LIP, 1] - points[UPPER_LIP, 1] for points in (rest, spoken)]
    assert gap[1] > gap[0] + 5
    assert spoken[8, 1] > rest[8, 1] + 3, "the chin goes down with the lip"
    np.testing.assert_allclose(spoken[27:48], rest[27:48], atol=2.5)
    asleep = landmarks(blink=1.0)
    opened = [points[LIDS[4:], 1].mean() - points[LIDS[:4], 1].mean() for points in (rest, asleep)]
    assert opened[1] < opened[0] - 1.5
    assert landmarks(brows=3.5)[BROWS, 1].mean() < rest[BROWS, 1].mean() - 1


def test_the_dark_of_the_mouth_is_inside_it(photograph):
    rest, spoken = (photographed(photograph, CAMERA, Expression(opening=o), SIZE).astype(int) for o in (0.0, 10.0))
    darker = np.argwhere((rest - spoken).min(-1) > 60) + [HEAD[1] - 94.5, HEAD[0] - 94.5]
    darker = darker[darker[:, 0] < 166]  # below are chin and collar, which have moved
    assert len(darker) > 100
    assert (np.abs(darker[:, 1] - 224.5) < 22).all() and (darker[:, 0] > 138).all() and (darker[:, 0] < 164).all()


@pytest.mark.parametrize(("width", "height"), [(64, 128), (130, 64)])
def test_any_size(width, height):
    clip = FaceClip(WorldConfig(kind="face_demo", width=width, height=height, seconds=0.2), 0)
    assert [frame.shape for frame in clip.frames()] == [(height, width, 3)] * 8


def test_files_and_their_shots(tmp_path, frames):
    make_world(CONFIG, "clip-00", 0, tmp_path / "clip 0")
    assert [path.name for path in (tmp_path / "clip 0").iterdir()] == ["rgb.mp4"]
    stored = list(read_video(tmp_path / "clip 0" / "rgb.mp4"))
    assert len(stored) == len(frames)
    assert max(np.abs(a.astype(int) - b).mean() for a, b in zip(stored, frames, strict=True)) < 4
    threshold = FramesConfig().shot_threshold
    assert find_cuts((frame[..., ::-1] for frame in stored), threshold) == list(FaceClip(CONFIG, 0).cuts)
