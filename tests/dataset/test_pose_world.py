"""The built-in world of poses: the same from the same seed, and a dancer that mediapipe takes for a person."""

from itertools import pairwise

import numpy as np
import pytest

from vid2vid_core.annotate.pose.holistic import HolisticEstimator
from vid2vid_core.config import PoseAnnotateConfig, WorldConfig
from vid2vid_core.dataset.world import make_world
from vid2vid_core.dataset.world.dancer import Brush, Stance
from vid2vid_core.dataset.world.limbs import draw_rod
from vid2vid_core.dataset.world.pose_demo import PoseClip
from vid2vid_core.video.read import read_video

CONFIG = WorldConfig(kind="pose_demo", width=192, height=192, seconds=1.6, fps=10, seed=1)
WRISTS, ANKLES, BODY = [4, 7], [11, 14], slice(0, 15)


@pytest.fixture(scope="module")
def frames():
    return list(PoseClip(CONFIG, 0).frames())


def test_sizes_and_motion(frames):
    assert len(PoseClip(CONFIG, 0)) == len(frames) == 16
    assert all(frame.shape == (192, 192, 3) and frame.dtype == np.uint8 for frame in frames)
    change = [np.abs(a.astype(int) - b).mean() for a, b in pairwise(frames)]
    assert min(change) > 0.5 and max(change) < 15, "it moves, without a cut"


@pytest.mark.parametrize("index", [0, 1])
def test_mediapipe_finds_the_dancer_and_a_changing_pose(index):
    estimator = HolisticEstimator(PoseAnnotateConfig(), silhouettes=True)
    estimator.start()
    figures = [figure for frame in PoseClip(CONFIG, index).frames() for figure in estimator.find(frame)]
    assert len(figures) == 16
    bodies = np.array([figure.person.body for figure in figures])
    assert (bodies[:, BODY, 2] > 0.5).mean() > 0.95
    assert (np.ptp(bodies[:, WRISTS, :2], axis=0) > 15).any(axis=-1).all(), "both hands move"
    height = bodies[:, ANKLES, 1].max(-1) - bodies[:, 0, 1]
    assert (height > 100).all() and (height < 150).all()
    hands = [hand for figure in figures for hand in (figure.person.left_hand, figure.person.right_hand)]
    assert np.mean([(hand[:, 2] > 0).any() for hand in hands]) > 0.8
    assert np.mean([(figure.person.face[:, 2] > 0).any() for figure in figures]) > 0.9


def test_joints_are_found_where_they_are_drawn():
    stance = Stance(np.zeros(2), 0.0, 0.0, ((1.6, 2.6), (0.4, 0.9)), (0.0, 0.0), 0.0)
    picture = np.full((240, 240, 3), 190.0)
    head = 25.0
    Brush(picture, np.array([120.0, 128.0]), head).draw(stance)
    (figure,) = HolisticEstimator(PoseAnnotateConfig(), silhouettes=False).find(picture.round().astype(np.uint8))
    for side, wrist, (upper, lower) in ((-1, 4, (1.6, 2.6)), (1, 7, (0.4, 0.9))):
        shoulder = np.array([120.0 + 0.74 * side * head, 128 - 2.08 * head])
        arm = [1.3 * np.sin(upper) + 1.12 * np.sin(lower), 1.3 * np.cos(upper) + 1.12 * np.cos(lower)]
        expected = shoulder + head * np.array([side * arm[0], arm[1]])
        np.testing.assert_allclose(figure.person.body[wrist, :2], expected, atol=0.35 * head)


def test_same_seed_same_clip_and_other_index_or_seed_another(frames):
    for one, two in zip(frames, PoseClip(CONFIG, 0).frames(), strict=True):
        np.testing.assert_array_equal(one, two)
    for config, index in ((CONFIG, 1), (WorldConfig(kind="pose_demo", width=192, height=192, seed=5), 0)):
        other = next(PoseClip(config, index).frames())
        assert np.abs(other.astype(int) - frames[0]).mean() > 3


def test_a_rod_is_as_wide_as_its_radii_and_ends_in_the_picture():
    picture = np.zeros((40, 60, 3))
    draw_rod(picture, np.array([10.0, 20.0]), np.array([80.0, 20.0]), 6.0, 6.0, (200, 100, 50))
    covered = picture[..., 0] > 20
    assert covered[:, 30].sum() == 13 and covered[20, 4:].all() and not covered[20, :4].any()
    assert picture[15, 30, 0] > picture[25, 30, 0], "light comes from above"
    draw_rod(picture, np.array([200.0, 20.0]), np.array([210.0, 20.0]), 3.0, 3.0, (1, 2, 3))


@pytest.mark.parametrize(("width", "height"), [(64, 128), (130, 64)])
def test_any_size(width, height):
    clip = PoseClip(WorldConfig(kind="pose_demo", width=width, height=height, seconds=0.2), 0)
    assert [frame.shape for frame in clip.frames()] == [(height, width, 3)] * 3


def test_files(tmp_path, frames):
    make_world(CONFIG, "clip-00", 0, tmp_path / "clip 0")
    assert [path.name for path in (tmp_path / "clip 0").iterdir()] == ["rgb.mp4"]
    stored = list(read_video(tmp_path / "clip 0" / "rgb.mp4"))
    assert len(stored) == len(frames)
    assert max(np.abs(a.astype(int) - b).mean() for a, b in zip(stored, frames, strict=True)) < 4
