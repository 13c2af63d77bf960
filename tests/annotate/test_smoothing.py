import numpy as np
import pytest

from vid2vid_core.annotate.smoothing import smooth
from vid2vid_core.config import SmoothingConfig

TIMES = np.arange(120) / 30
CONFIG = SmoothingConfig()


def test_trembling_at_rest_is_calmed():
    values = 100 + np.random.default_rng(0).normal(0, 0.5, (120, 20))
    result = smooth(values, TIMES, 80.0, CONFIG)
    assert (result[0] == values[0]).all()
    assert np.diff(result, axis=0).std() < 0.35 * np.diff(values, axis=0).std()
    assert abs(result[30:].mean() - 100) < 0.1


def test_motion_is_followed_with_little_lag():
    values = np.clip(TIMES - 1, 0, 2)[:, None] * 160 + 50  # two sizes a second for two seconds
    lag = values - smooth(values, TIMES, 80.0, CONFIG)
    assert lag[60:85].max() < 0.05 * 80  # a twentieth of the subject
    slow = smooth(values, TIMES, 80.0, SmoothingConfig(beta=0.0))
    assert (values - slow)[60:85].max() > 0.1 * 80


def test_speed_is_measured_in_sizes_of_the_subject():
    values = np.random.default_rng(1).normal(0, 3, (120, 4)).cumsum(axis=0)
    np.testing.assert_allclose(smooth(values * 7, TIMES, 70.0, CONFIG), 7 * smooth(values, TIMES, 10.0, CONFIG))


def test_steps_of_time_count():
    values = np.array([[0.0], [10], [10]])
    quick = smooth(values, np.array([0, 0.01, 0.02]), 100.0, CONFIG)
    slow = smooth(values, np.array([0, 1.0, 2.0]), 100.0, CONFIG)
    assert slow[1, 0] > 9 > 5 > quick[1, 0] > 0


def test_first_step_by_hand():
    config = SmoothingConfig(min_cutoff=1.0, beta=2.0, speed_cutoff=0.5)
    result = smooth(np.array([[0.0], [8.0]]), np.array([0, 0.25]), 4.0, config)
    speed = 8 / (4 * 0.25) / (1 + 1 / (2 * np.pi * 0.5 * 0.25))
    cutoff = 1 + 2 * speed
    assert result[1, 0] == pytest.approx(8 / (1 + 1 / (2 * np.pi * cutoff * 0.25)))


def test_absent_values_stay_absent_and_are_not_remembered():
    values = np.array([[0.0, 1], [0, np.nan], [0, 50], [0, 50]])
    result = smooth(values, np.arange(4) / 30, 10.0, CONFIG)
    assert np.isnan(result[1, 1]) and result[2, 1] == 50 and result[3, 1] == 50
    assert (result[:, 0] == 0).all()


def test_unusable_times_and_sizes_are_refused():
    with pytest.raises(ValueError, match="times must increase, got 0.1 s before 0.1 s"):
        smooth(np.zeros((3, 1)), np.array([0, 0.1, 0.1]), 1.0, CONFIG)
    with pytest.raises(ValueError, match="size of the subject"):
        smooth(np.zeros((1, 1)), np.zeros(1), 0.0, CONFIG)
