"""The built-in world: its flow, ids and files are what they claim to be."""

import cv2
import numpy as np
import pytest

from vid2vid_core.config import WorldConfig
from vid2vid_core.dataset.world import make_world, open_world
from vid2vid_core.video.read import read_video

CONFIG = WorldConfig(width=160, height=80, seconds=0.4)
FPS = 15


@pytest.fixture(scope="module")
def frames():
    return list(open_world(CONFIG, 0).frames(6, FPS))


def follow(picture, flow, interpolation):
    """What the next picture shows where the flow says that this picture's points have gone."""
    height, width = flow.shape[:2]
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    target = np.stack([x, y], -1) + flow
    target = np.where(np.isfinite(target), target, -1e4).astype(np.float32)
    return cv2.remap(picture, target, None, interpolation)


def interior(labels, instances):
    """Pixels whose eight neighbours belong to the same thing."""
    same = np.ones(labels.shape, bool)
    for values in (labels, instances):
        values = values.astype(np.float32)
        same &= cv2.dilate(values, np.ones((3, 3))) == cv2.erode(values, np.ones((3, 3)))
    return same


def test_flow_carries_each_frame_into_the_next(frames):
    for now, after in zip(frames, frames[1:], strict=False):
        error = np.abs(follow(after.rgb, now.flow, cv2.INTER_LINEAR).astype(int) - now.rgb).mean(-1)[now.valid]
        still = np.abs(after.rgb.astype(int) - now.rgb).mean(-1)[now.valid]
        assert error.mean() < 2.5, "levels of 255"
        assert error.mean() < 0.4 * still.mean()
        assert np.median(error) <= 1.0


@pytest.mark.parametrize("index", [0, 1, 2])
def test_flow_carries_the_car_ahead_to_where_it_drives(index):
    """The car ahead keeps its distance: the camera's motion alone would make it grow by a tenth."""
    world = open_world(WorldConfig(width=320, height=160), index)
    now, after = world.frames(2, 5)
    car = world._town.movers[0].parts.instance[0]
    rows, columns = np.nonzero(now.instances == car)
    carried = np.stack([columns, rows], 1) + now.flow[rows, columns]
    found = np.argwhere(after.instances == car)[:, ::-1]
    assert len(found) > 100
    np.testing.assert_allclose(carried.mean(0), found.mean(0), atol=0.8)
    np.testing.assert_allclose(np.ptp(carried, axis=0), np.ptp(found, axis=0), atol=1.2)
    np.testing.assert_allclose(carried.std(0), found.std(0), rtol=0.05)


def test_flow_is_right_on_cars(frames):
    for now, after in zip(frames, frames[1:], strict=False):
        cars = (now.labels == 26) & now.valid & interior(now.labels, now.instances)
        assert cars.sum() > 50
        error = np.abs(follow(after.rgb, now.flow, cv2.INTER_LINEAR).astype(int) - now.rgb).mean(-1)[cars]
        assert error.mean() < 5


def test_a_static_world_moves_by_the_camera_alone():
    """Flow of the ground recomputed from the pinhole model: its depth is camera height over the ray's slope."""
    world = open_world(CONFIG, 1)
    first = next(iter(world.frames(2, FPS)))
    here, there = (world._drive.camera(time, CONFIG.width, CONFIG.height) for time in (0.0, 1 / FPS))
    rows, columns = np.nonzero(first.labels == 7)
    x = (columns - (CONFIG.width - 1) / 2) / here.focal
    y = -(rows - (CONFIG.height - 1) / 2) / here.focal
    ray = np.stack([x, y, np.ones_like(x)], -1) @ here.rotation.T
    point = here.position - ray * (here.position[1] / ray[:, 1:2])
    column, row, _ = there.project((point - there.position) @ there.rotation)
    np.testing.assert_allclose(first.flow[rows, columns], np.stack([column - columns, row - rows], -1), atol=2e-3)


def test_ids_follow_the_flow(frames):
    for now, after in zip(frames, frames[1:], strict=False):
        same = follow(after.instances, now.flow, cv2.INTER_NEAREST) == now.instances
        assert same[now.valid].mean() > 0.97
        assert same[now.valid & interior(now.labels, now.instances)].mean() > 0.995


def test_hidden_points_are_not_valid(frames):
    for now in frames[:-1]:
        height, width = now.valid.shape
        target = now.flow + np.stack(np.meshgrid(np.arange(width), np.arange(height)), -1)
        outside = ~((target >= 0) & (target <= [width - 1, height - 1])).all(-1)
        assert not now.valid[outside].any()
        assert 0.6 < now.valid.mean() < 1
        assert (~now.valid & ~outside).any(), "something is hidden"
    assert frames[-1].flow is None


def test_all_classes_are_there_and_nothing_else():
    seen = set()
    for index in range(4):
        frame = next(iter(open_world(CONFIG, index).frames(1, FPS)))
        seen |= set(np.unique(frame.labels).tolist())
        things = frame.labels >= 24
        assert (frame.instances[~things] == frame.labels[~things]).all()
        assert (frame.instances[things] // 1000 == frame.labels[things]).all()
    assert seen == {7, 8, 11, 13, 17, 19, 20, 21, 22, 23, 24, 26}


def test_same_seed_same_drive_and_other_index_or_seed_another(frames):
    again = list(open_world(CONFIG, 0).frames(6, FPS))
    for one, two in zip(frames, again, strict=True):
        for name in ("rgb", "labels", "instances", "flow", "valid"):
            np.testing.assert_array_equal(getattr(one, name), getattr(two, name))
    for config, index in ((CONFIG, 1), (WorldConfig(width=160, height=80, seconds=0.4, seed=5), 0)):
        other = next(iter(open_world(config, index).frames(1, FPS)))
        assert (other.labels != frames[0].labels).mean() > 0.1


def test_drives_share_their_daylight():
    means = [next(iter(open_world(CONFIG, i).frames(1, FPS))).rgb.mean((0, 1)) for i in range(4)]
    assert np.ptp(means, axis=0).max() < 40


@pytest.mark.parametrize(("width", "height"), [(64, 128), (130, 32), (320, 100)])
def test_any_size(width, height):
    frame = next(iter(open_world(WorldConfig(width=width, height=height), 0).frames(2, FPS)))
    assert frame.rgb.shape == (height, width, 3) and frame.rgb.dtype == np.uint8
    assert frame.labels.shape == frame.instances.shape == (height, width)
    assert frame.flow.shape == (height, width, 2)


def test_files(tmp_path, frames):
    out = tmp_path / "drive 0"
    make_world(CONFIG, "drive-0", 0, out)
    assert sorted(path.name for path in out.iterdir()) == ["flow.npz", "instances.mkv", "labels.mkv", "rgb.mp4"]
    labels, instances = (list(read_video(out / name, ids=True)) for name in ("labels.mkv", "instances.mkv"))
    pictures = list(read_video(out / "rgb.mp4"))
    assert len(labels) == len(instances) == len(pictures) == 6
    for frame, label, instance, picture in zip(frames, labels, instances, pictures, strict=True):
        np.testing.assert_array_equal(label, frame.labels)
        np.testing.assert_array_equal(instance, frame.instances)
        assert np.abs(picture.astype(int) - frame.rgb).mean() < 4
    with np.load(out / "flow.npz") as stored:
        assert stored["flow"].dtype == np.float16 and stored["flow"].shape == (5, 80, 160, 2)
        assert stored["valid"].dtype == bool and stored["valid"].shape == (5, 80, 160)
        seen = frames[2].valid
        np.testing.assert_allclose(stored["flow"][2][seen], frames[2].flow[seen], rtol=1e-3, atol=1e-3)


def test_motion_between_any_two_moments_is_exact():
    config = WorldConfig(width=128, height=64)
    world = open_world(config, 0)
    now, after, *_ = world.frames(3, config.fps)
    flow, seen = world.motion(0, 1 / config.fps)
    assert (seen == now.valid).all() and (flow[seen] == now.flow[seen]).all()
    back, seen_back = world.motion(1 / config.fps, 0)
    there = cv2.remap(
        back.astype(np.float32), *np.moveaxis(grid(flow) + flow, -1, 0).astype(np.float32), cv2.INTER_LINEAR
    )
    inner = cv2.erode(seen.astype(np.uint8), np.ones((5, 5))) > 0
    assert np.median(np.linalg.norm(there + flow, axis=-1)[inner]) < 0.01
    assert np.abs(back[seen_back]).mean() > 0.5


def grid(flow):
    """Coordinates (H, W, 2) of the pixels."""
    return np.stack(np.meshgrid(np.arange(flow.shape[1]), np.arange(flow.shape[0])), -1)
