"""The mediapipe backend on a photograph that scikit-image brings, moved about; and on real clips."""

import logging
import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from vid2vid_core.annotate.pose.holistic import HolisticEstimator
from vid2vid_core.annotate.stage import annotate_video
from vid2vid_core.config import DatasetConfig, PoseAnnotateConfig, Source, VideoEntry
from vid2vid_core.config.dataset import AnnotateConfig
from vid2vid_core.maps.densepose import read_densepose
from vid2vid_core.maps.openpose_file import read_openpose, write_openpose
from vid2vid_core.storage import read_table
from vid2vid_core.video.decode import decode_frames

HEIGHT, WIDTH = 360, 1440
LEFT, RIGHT = 40, 1060
SHARED = Path(os.environ.get("VID2VID_SHARED", Path(__file__).parents[3] / "shared")) / "data"


@pytest.fixture(scope="module")
def astronaut():
    from skimage.data import astronaut

    return cv2.resize(astronaut(), (HEIGHT, HEIGHT), interpolation=cv2.INTER_AREA)


@pytest.fixture(scope="module")
def estimator():
    return HolisticEstimator(PoseAnnotateConfig(), silhouettes=True)


def show(person, *places):
    """A wide frame with the person at these columns; the one on the right is mirrored."""
    frame = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)
    for x in places:
        frame[:, x : x + HEIGHT] = person[:, ::-1] if x == RIGHT else person
    return frame


def nose(found):
    return [figure.person.body[0, 0] for figure in found]


def test_upper_body_is_found_without_invented_legs(astronaut, estimator, capfd):
    estimator.start()
    for _ in range(3):
        found = estimator.find(show(astronaut, LEFT))
    (figure,) = found
    body = figure.person.body
    assert body[[0, 1, 2, 5, 15, 16], 2].min() > 0.5
    assert body[2, 0] < body[5, 0] and body[15, 0] < body[16, 0]  # facing us: their right is on our left
    assert not body[[10, 11, 13, 14, 19, 21, 22, 24]].any()
    assert abs(nose(found)[0] - 195) < 25
    assert figure.person.face[:, 2].all() and abs(figure.person.face[30, 0] - nose(found)[0]) < 15
    mask = figure.silhouette.unpack()
    assert mask.shape == (HEIGHT, WIDTH) and mask[200, 195] and not mask[:, 600:].any()
    assert capfd.readouterr().err == ""


def test_somebody_elsewhere_does_not_take_the_subjects_place(astronaut, estimator):
    estimator.start()
    for _ in range(3):
        assert estimator.find(show(astronaut, LEFT))
    for _ in range(4):
        assert estimator.find(show(astronaut, RIGHT)) == []
    back = [nose(estimator.find(show(astronaut, LEFT, RIGHT))) for _ in range(3)]
    assert back[-1] and abs(back[-1][0] - 195) < 30


def test_a_neighbour_does_not_either(astronaut, estimator):
    estimator.start()
    for _ in range(3):
        assert estimator.find(show(astronaut, LEFT))
    for _ in range(14):  # until the neighbour is well within what is searched
        assert estimator.find(show(astronaut, LEFT + HEIGHT)) == []


def test_somebody_gone_for_long_is_looked_for_everywhere(astronaut, estimator):
    estimator.start()
    for _ in range(3):
        estimator.find(show(astronaut, LEFT))
    found = [estimator.find(show(astronaut, RIGHT)) for _ in range(36)]
    assert not any(found[:30]) and abs(nose(found[-1])[0] - 1265) < 30


def test_a_new_sequence_knows_nothing_of_the_last(astronaut, estimator):
    def frames():
        return [estimator.find(show(astronaut, RIGHT)) for _ in range(3)]

    estimator.start()
    fresh = frames()
    estimator.start()
    for _ in range(4):
        estimator.find(show(astronaut, LEFT))
    estimator.start()
    again = frames()
    for one, other in zip(fresh, again, strict=True):
        assert len(one) == len(other)
        for a, b in zip(one, other, strict=True):
            np.testing.assert_array_equal(a.person.body, b.person.body)


def test_nobody_in_an_empty_room(estimator):
    estimator.start()
    assert estimator.find(np.full((120, 160, 3), 128, np.uint8)) == []


def test_models_that_would_be_fetched_are_refused():
    with pytest.raises(ValueError, match=r"model_complexity 2 needs pose_landmark_heavy.tflite"):
        HolisticEstimator(PoseAnnotateConfig(model_complexity=2), silhouettes=False)


def stage(tmp_path, frames, **pose):
    config = DatasetConfig(
        name="d",
        mode="pose",
        videos=(VideoEntry(path="x", split="train", openpose=pose.pop("openpose", None)),),
        annotate=AnnotateConfig(pose=PoseAnnotateConfig(**pose)),
    )
    source = Source(id="clip", split="train", path="x", kind="video", openpose=config.videos[0].openpose)
    table = tmp_path / "annotations" / "clip.parquet"
    annotate_video(frames, tmp_path / "annotations" / "clip", table, config, source, None)
    rows, metadata = read_table(table)
    return rows, metadata, table.parent


def test_stage_writes_key_points_and_built_in_parts(tmp_path, make_frames, astronaut):
    pictures = [show(astronaut, LEFT)[:, :480]] * 4 + [np.full((HEIGHT, 480, 3), 90, np.uint8)] * 7
    rows, metadata, folder = stage(tmp_path, make_frames(pictures))
    assert rows["valid"].tolist() == [True] * 4 + [False] * 7
    assert rows["reason"][5] == "no person found"
    assert metadata["densepose"] == "built-in" and metadata["backend"] == "mediapipe"
    (person,) = read_openpose(folder / rows["openpose"][2])
    parts = read_densepose(folder / rows["densepose"][2])
    x, y = np.round(person.body[1, :2]).astype(int)
    assert parts[y + 30, x, 2] == 2
    assert {23, 24} <= set(np.unique(parts[..., 2]).tolist())


def test_video_without_anybody_is_said_to_be_of_no_use(tmp_path, make_frames, caplog):
    with caplog.at_level(logging.WARNING):
        rows, _, _ = stage(tmp_path, make_frames([np.full((90, 120, 3), 90, np.uint8)] * 3))
    assert not rows["valid"].any() and "none of its frames can be used; no person found" in caplog.text


def test_given_key_points_get_the_silhouette_of_their_person(tmp_path, make_frames, astronaut):
    picture = show(astronaut, LEFT)[:, :480]
    estimator = HolisticEstimator(PoseAnnotateConfig(), silhouettes=True)
    (figure,) = [estimator.find(picture) for _ in range(3)][-1]
    given = tmp_path / "openpose"
    given.mkdir()
    for t in range(3):
        write_openpose(given / f"{t:06d}.json", [figure.person])
    rows, _, folder = stage(tmp_path, make_frames([picture] * 3), backend="given", openpose=str(given))
    drawn = read_densepose(folder / rows["densepose"][2])[..., 2] > 0
    silhouette = figure.silhouette.unpack()
    assert (drawn & silhouette).sum() > 0.9 * (drawn | silhouette).sum()


def decoded(tmp_path, clip):
    if not clip.exists():
        pytest.skip(f"no {clip}: set VID2VID_SHARED")
    config = DatasetConfig(name="d", mode="pose", videos=(VideoEntry(path=str(clip), split="train"),))
    source = Source(id="clip", split="train", path=str(clip), kind="video", max_frames=70)
    table = tmp_path / "frames" / "clip.parquet"
    decode_frames(source, tmp_path / "frames" / "clip", table, config.frames)
    return table


@pytest.mark.shared
@pytest.mark.slow
def test_signing_clip(tmp_path):
    rows, metadata, folder = stage(tmp_path, decoded(tmp_path, SHARED / "asl" / "milk.mkv"))
    (quality,) = metadata["quality"]
    assert quality["detected"] == quality["frames"] == 51 and quality["jumps"] == 0
    assert quality["face"] == 1 and quality["left_hand"] > 0.9 and quality["right_hand"] > 0.7
    for index in (10, 40):
        parts = read_densepose(folder / rows["densepose"][index])[..., 2]
        assert 0.15 < (parts > 0).mean() < 0.6 and {2, 23, 24} <= set(np.unique(parts).tolist())


@pytest.mark.shared
@pytest.mark.slow
def test_one_subject_is_kept_in_a_crowd_while_the_camera_moves(tmp_path):
    rows, metadata, _ = stage(tmp_path, decoded(tmp_path, SHARED / "clips" / "plaza.avi"))
    (quality,) = metadata["quality"]
    assert quality["frames"] == 70 and quality["detected"] >= 68 and quality["jumps"] == 0
    boxes = np.stack(rows["box"][rows["valid"]])
    centres = boxes.reshape(-1, 2, 2).mean(axis=1)
    assert np.abs(np.diff(centres, axis=0)).max() < 40
    assert 250 < np.median(boxes[:, 3] - boxes[:, 1]) < 420
