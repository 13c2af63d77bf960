"""From measurements of frames to metrics of a clip; clips; bootstrap."""

import numpy as np
import pytest

from vid2vid_core.evaluate.bootstrap import interval, resampled_means
from vid2vid_core.evaluate.score import cut_into_clips
from vid2vid_core.quality.metrics import METRICS, clip_metrics

NAN = float("nan")


def frames(**changed: list[float]) -> dict[str, np.ndarray]:
    values = {
        "psnr": [20, 22, 24],
        "ssim": [0.5, 0.6, 0.7],
        "colour_distance": [1, 2, 3],
        "sharpness_ratio": [0.9, 0.8, 0.7],
        "squared_change": [NAN, 0.01, 0.03],
        "change": [NAN, 0.1, 0.3],
        "real_change": [NAN, 0.05, 0.15],
        "change_ssim": [NAN, 0.9, 0.7],
        "flow_error": [NAN, 1, 2],
    } | changed
    return {name: np.array(value, float) for name, value in values.items()}


def test_every_metric_from_known_measurements() -> None:
    values = clip_metrics(frames())
    assert set(values) == {metric.name for metric in METRICS}
    expected = {
        "psnr": 22, "ssim": 0.6, "video_ssim": 0.7, "warping_error": 0.02, "tof": 1.5, "flicker_ratio": 2,
        "colour_distance": 2, "colour_drift": 1, "sharpness_ratio": 0.8, "sharpness_drift": -0.1,
    }  # fmt: skip
    assert values == pytest.approx(expected)


def test_what_a_clip_cannot_tell_is_left_out() -> None:
    one = clip_metrics({name: value[:1] for name, value in frames().items()})
    assert set(one) == {"psnr", "ssim", "colour_distance", "sharpness_ratio"}
    still = clip_metrics(frames(real_change=[NAN, 0, 0]))
    assert "flicker_ratio" not in still and "warping_error" in still


def test_clips_hold_every_frame_once_and_are_nearly_equal() -> None:
    for count, length in ((19, 8), (28, 8), (3, 8), (16, 8), (1, 2)):
        clips = cut_into_clips(count, length)
        assert [frame for clip in clips for frame in range(count)[clip]] == list(range(count))
        sizes = [clip.stop - clip.start for clip in clips]
        assert max(sizes) - min(sizes) <= 1 and len(clips) == max(1, count // length)


def test_bootstrap_interval_of_the_mean() -> None:
    generator = np.random.default_rng(1)
    values = generator.normal([10, 20], [1, 2], (200, 2))
    means = resampled_means(values, 4000, seed=0)
    assert means.shape == (4000, 2)
    low, high = interval(means[:, 0])
    error = values[:, 0].std() / np.sqrt(200)
    assert low == pytest.approx(values[:, 0].mean() - 1.96 * error, abs=0.02)
    assert high == pytest.approx(values[:, 0].mean() + 1.96 * error, abs=0.02)


def test_bootstrap_draws_whole_clips_and_repeats_with_its_seed() -> None:
    values = np.arange(5.0)[:, None] + np.array([[0.0, 100.0]])
    means = resampled_means(values, 50, seed=3)
    assert means[:, 1] - means[:, 0] == pytest.approx(100)  # the same clips for both methods
    assert (means == resampled_means(values, 50, seed=3)).all()
    assert (means != resampled_means(values, 50, seed=4)).any()


@pytest.mark.parametrize(("name", "better", "worse"), [
    ("psnr", 30.0, 20.0), ("tof", 0.1, 0.4), ("flicker_ratio", 0.9, 1.3), ("flicker_ratio", 1.1, 0.5),
    ("colour_drift", 0.1, -0.3),
])  # fmt: skip
def test_direction_of_metrics(name: str, better: float, worse: float) -> None:
    metric = next(metric for metric in METRICS if metric.name == name)
    assert metric.loss(better) < metric.loss(worse)
