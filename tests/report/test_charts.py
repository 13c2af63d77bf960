import numpy as np
import pytest

from vid2vid_core.report.charts import Line, binned, line_chart, nice_ticks


@pytest.mark.parametrize(("low", "high"), [(0, 1), (17.2, 24.9), (-3, 8), (0.00031, 0.0042), (1e6, 3e6)])
def test_ticks_are_round_and_enclose_the_values(low, high):
    ticks = nice_ticks(low, high, 4)
    step = ticks[1] - ticks[0]
    mantissa = step / 10 ** np.floor(np.log10(step) + 1e-9)
    assert ticks[0] <= low and ticks[-1] >= high
    assert round(mantissa, 6) in (1, 2, 5)
    assert 2 <= len(ticks) <= 6


def test_equal_values_get_an_axis():
    ticks = nice_ticks(3.0, 3.0, 4)
    assert ticks[0] < 3 < ticks[-1]


def test_points_lie_where_the_axis_says():
    chart = line_chart("loss", [Line("G", "line-0", [1, 2, 3], [0.0, 5.0, 10.0])], x_label="epoch")
    assert chart.y_ticks[0].position == 0 and chart.y_ticks[-1].position == 100
    top = float(chart.y_ticks[-1].label)
    points = [tuple(map(float, pair.split())) for pair in chart.curves[0].path[1:].split("L")]
    assert points == [
        (0.0, 100.0),
        (50.0, pytest.approx(100 - 500 / top, abs=0.01)),
        (100.0, pytest.approx(100 - 1000 / top)),
    ]
    assert [tick.label for tick in chart.x_ticks] == ["1", "2", "3"]


def test_a_band_encloses_its_line():
    line = Line("G", "line-0", [0, 1], [1.0, 2.0], low=[0.0, 1.0], high=[2.0, 4.0])
    chart = line_chart("loss", [line], x_label="epoch")
    assert chart.curves[0].band.endswith("Z")
    assert float(chart.y_ticks[-1].label) >= 4 and float(chart.y_ticks[0].label) <= 0


def test_one_point_is_a_dot_in_the_middle():
    chart = line_chart("PSNR", [Line("model", "model", [1], [20.0])], x_label="clip")
    assert chart.curves[0].dots.startswith("M50.00 ")


def test_description_tells_start_and_end():
    chart = line_chart("PSNR", [Line("model", "model", [1, 2], [20.0, 18.5])], x_label="clip")
    assert chart.description == "PSNR by clip: model from 20.0 to 18.5."


def test_no_point_is_an_error():
    with pytest.raises(ValueError, match="chart 'loss': no point"):
        line_chart("loss", [Line("G", "line-0", [], [])], x_label="epoch")


def test_bins_keep_means_and_extremes():
    x, mean, low, high = binned(np.arange(1000.0), np.arange(1000.0) % 10, 50)
    assert len(x) == 50
    assert mean.mean() == pytest.approx(4.5)
    assert low.min() == 0 and high.max() == 9
    few = binned(np.arange(3.0), np.arange(3.0), 50)
    assert few[1].tolist() == few[2].tolist() == [0, 1, 2]
