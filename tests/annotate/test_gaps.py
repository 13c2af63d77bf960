import numpy as np
import pytest

from vid2vid_core.annotate.gaps import fill_gaps, longest_run, refuse_gaps, runs


def flags(text):
    return np.array([c == "x" for c in text])


def test_runs():
    assert runs(flags("xx..x.x")) == [slice(0, 2), slice(4, 5), slice(6, 7)]
    assert runs(flags("...")) == [] and runs(flags("")) == []
    assert longest_run(~flags("xx..x.x")) == 2 and longest_run(flags("..")) == 0


def test_filled_over_presentation_time_not_over_frame_numbers():
    times = np.array([0.0, 0.1, 0.4, 0.5])
    values = np.array([[0.0, 10], [99, 99], [99, 99], [5, 20]])
    result, filled = fill_gaps(values, flags("x..x"), times, 2)
    assert filled.tolist() == [False, True, True, False]
    np.testing.assert_allclose(result, [[0, 10], [1, 12], [4, 18], [5, 20]])
    assert values[1, 0] == 99  # the input is left alone


@pytest.mark.parametrize(
    ("present", "max_gap", "expected"),
    [
        ("x...x", 2, "....."),  # too long
        ("x...x", 3, ".xxx."),
        ("..xx", 5, "...."),  # nothing before
        ("xx..", 5, "...."),  # nothing behind
        ("....", 5, "...."),
        ("x.x..x", 1, ".x...."),  # each gap by itself
        ("x.x", 0, "..."),
    ],
)
def test_which_gaps_are_filled(present, max_gap, expected):
    present = flags(present)
    _, filled = fill_gaps(np.zeros((len(present), 2)), present, np.arange(len(present)) / 10, max_gap)
    assert filled.tolist() == flags(expected).tolist()


def test_what_is_absent_beside_a_gap_is_absent_in_it():
    values = np.array([[1.0, np.nan], [0, 0], [3, 5]])
    result, _ = fill_gaps(values, flags("x.x"), np.arange(3.0), 1)
    assert result[1, 0] == 2 and np.isnan(result[1, 1])


def test_refused_gaps_are_named():
    names = [f"f{i}" for i in range(8)]
    with pytest.raises(ValueError, match="'clip', sequence 'clip-001': no face in 4 of 8 frames: f0 to f1, f4, f7"):
        refuse_gaps(flags("xx..x..x"), names, "clip", "clip-001", "face")
    refuse_gaps(flags("...."), names[:4], "clip", "clip-001", "face")
