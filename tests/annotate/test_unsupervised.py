import numpy as np
import pytest

from vid2vid_core.annotate.frame_table import read_frames
from vid2vid_core.annotate.unsupervised import UnsupervisedSegmenter, fit_segmenter
from vid2vid_core.config import AnnotateConfig

CONFIG = AnnotateConfig(segmenter="unsupervised", clusters=3, superpixels=60)


def scene(shift, noise_seed):
    """Sky above road, with a red box that moves to the right; sensor noise differs from frame to frame."""
    picture = np.zeros((72, 120, 3), np.float64)
    picture[:36], picture[36:] = (150, 190, 240), (90, 90, 95)
    picture[24:56, 10 + shift : 46 + shift] = (200, 40, 30)
    return (picture + np.random.default_rng(noise_seed).normal(0, 6, picture.shape)).clip(0, 255).astype(np.uint8)


def segment(table, fitted):
    frames = [frame for frame in read_frames(table)[0] if frame]
    return [found.labels for found in UnsupervisedSegmenter(fitted).segment(frames)]


@pytest.fixture
def train(make_frames):
    return make_frames([scene(2 * t, t) for t in range(6)], video="one")


def test_materials_get_labels_of_their_own_that_hold_over_frames_and_videos(tmp_path, make_frames, train):
    other = make_frames([scene(40 + 2 * t, 100 + t) for t in range(4)], video="two", split="test")
    fit_segmenter([train, other], tmp_path / "fitted.npz", CONFIG)
    seen = set()
    for table, start in ((train, 0), (other, 40)):
        for t, labels in enumerate(segment(table, tmp_path / "fitted.npz")):
            assert labels.shape == (72, 120) and labels.dtype == np.uint8
            middle = 28 + start + 2 * t
            seen.add((labels[5, 5], labels[40, middle], labels[68, 100]))
            box = labels[24:56, 10 + start + 2 * t : 46 + start + 2 * t]
            assert (box == labels[40, middle]).mean() > 0.9
    assert len(seen) == 1
    assert len(set(next(iter(seen)))) == 3
    assert next(iter(seen))[0] == 0  # numbered from the top of the picture


def test_same_data_gives_the_same_labels(tmp_path, train):
    for name in ("a.npz", "b.npz"):
        fit_segmenter([train], tmp_path / name, CONFIG)
    first, second = (segment(train, tmp_path / name) for name in ("a.npz", "b.npz"))
    assert all((a == b).all() for a, b in zip(first, second, strict=True))


def test_labels_do_not_flicker_in_a_still_noisy_scene(tmp_path, make_frames):
    hazy = np.linspace(60, 120, 72)[:, None, None] * np.ones((72, 120, 3))
    noise = np.random.default_rng(0)
    pictures = [(hazy + noise.normal(0, 4, hazy.shape)).astype(np.uint8) for _ in range(10)]
    table = make_frames(pictures)
    fit_segmenter([table], tmp_path / "fitted.npz", CONFIG)
    labels = segment(table, tmp_path / "fitted.npz")
    steady = np.mean([(a != b).mean() for a, b in zip(labels[3:], labels[4:], strict=False)])
    alone = [segment(make_frames([p], video=f"v{i}"), tmp_path / "fitted.npz")[0] for i, p in enumerate(pictures)]
    single = np.mean([(a != b).mean() for a, b in zip(alone[3:], alone[4:], strict=False)])
    assert steady < 0.4 * single


def test_what_appears_gets_its_label_at_once(tmp_path, make_frames, train):
    fit_segmenter([train], tmp_path / "fitted.npz", CONFIG)
    bare = scene(0, 9)
    bare[24:56] = scene(70, 9)[24:56, :1]  # no box in it
    labels = segment(make_frames([bare] * 4 + [scene(0, 9)], video="sudden"), tmp_path / "fitted.npz")
    road, box = labels[3][68, 100], labels[4][45, 28]
    assert labels[3][45, 28] == road != box


def test_fit_refuses_what_it_cannot_fit(tmp_path, make_frames, train):
    test = make_frames([scene(0, 0)], video="held-out", split="test")
    with pytest.raises(ValueError, match=r"no usable training frame.*held-out\.parquet"):
        fit_segmenter([test], tmp_path / "fitted.npz", CONFIG)
    tiny = make_frames([np.zeros((3, 3, 3), np.uint8)], video="tiny")
    with pytest.raises(ValueError, match=r"annotate\.clusters \(200\) exceeds the \d+ superpixels"):
        fit_segmenter([tiny], tmp_path / "x.npz", AnnotateConfig(segmenter="unsupervised", clusters=200, superpixels=4))
    assert not (tmp_path / "x.npz").exists()
    (tmp_path / "bad.npz").write_text("nothing")
    with pytest.raises(ValueError, match=r"bad\.npz: not a fitted segmenter"):
        UnsupervisedSegmenter(tmp_path / "bad.npz")
