import numpy as np
import pytest

from vid2vid_core.evaluate.verdict import compare
from vid2vid_core.quality.metrics import METRICS
from vid2vid_core.report.inputs import read_inputs
from vid2vid_core.report.metrics import clip_charts, describe_metrics
from vid2vid_core.report.verdict import headline, outcome

PSNR, SSIM = METRICS[0], METRICS[1]


def sentences(metric, ours: float, theirs: float, spread: float | None = 0.1) -> list[str]:
    """What the evaluation writes of the model and mean_colour; `spread` None: a single clip."""
    methods = {name: {"mean": mean, "clips": 5} for name, mean in (("model", ours), ("mean_colour", theirs))}
    if spread is None:
        return compare(metric, methods, {})
    noise = np.random.default_rng(0).normal(0, spread, (200, 2))
    return compare(metric, methods, {"model": ours + noise[:, 0], "mean_colour": theirs + noise[:, 1]})


def summary(psnr: tuple[float, float], ssim: tuple[float, float], spread: float | None = 0.001) -> dict:
    metrics, verdict = {}, []
    for metric, (ours, theirs) in ((PSNR, psnr), (SSIM, ssim)):
        methods = {name: {"mean": mean, "clips": 5} for name, mean in (("model", ours), ("mean_colour", theirs))}
        metrics[metric.name] = {"title": metric.title, "unit": metric.unit, "methods": methods}
        verdict += sentences(metric, ours, theirs, spread)
    return {"metrics": metrics, "verdict": verdict}


@pytest.mark.parametrize(
    ("ours", "theirs", "spread", "expected"),
    [
        (22, 18, 0.1, "beats"),
        (18, 22, 0.1, "loses"),
        (20, 20, 1.0, "level"),
        (22, 18, None, "ahead"),
        (18, 22, None, "behind"),
    ],
)
def test_outcome_reads_what_the_evaluation_writes(ours, theirs, spread, expected):
    found = sentences(PSNR, ours, theirs, spread)
    assert outcome(found, "PSNR", "mean_colour") == expected
    assert outcome(found, "PSNR", "copy_previous") == ""
    assert outcome(found, "SSIM", "mean_colour") == ""


def test_headline_of_a_win_gives_both_numbers():
    assert headline(summary((22.4, 19.1), (0.71, 0.55))) == (
        "On video it never saw, the model comes closer to reality than painting every label in its mean colour: "
        "PSNR 22.4 dB against 19.1 and SSIM 0.710 against 0.550."
    )


def test_headline_does_not_dress_up_a_loss():
    assert "does not yet come as close" in headline(summary((17.0, 19.1), (0.4, 0.55)))
    mixed = headline(summary((22.4, 19.1), (0.4, 0.55)))
    assert "ahead in PSNR 22.4 dB against 19.1 and behind in SSIM 0.400 against 0.550" in mixed
    assert "cannot be told apart" in headline(summary((20, 20), (0.5, 0.5), spread=1.0))


def test_headline_of_nothing():
    nothing = {"metrics": {"psnr": {"methods": {}}}, "verdict": ["Nothing was scored: no frame was rendered."]}
    assert "nothing to score" in headline(nothing)


def test_cards_place_means_and_intervals_on_one_axis(finished):
    view = describe_metrics(read_inputs(*finished.arguments()))
    cards = {card.title: card for card in view.cards}
    rows = {row.method: row for row in cards["PSNR"].rows}
    assert rows["mean_colour"].position < rows["copy_previous"].position < rows["model"].position
    assert rows["real"].position is None  # 100 dB would squeeze the others together
    for row in (rows["model"], rows["mean_colour"]):
        assert 0 <= row.left <= row.position <= row.left + row.width <= 100
    assert {row.method: row.position for row in cards["Warping error"].rows}["real"] is not None
    assert cards["PSNR"].standing == "The model beats the mean colour and the copied frame."


def test_a_single_clip_has_no_interval_and_no_course(small):
    inputs = read_inputs(*small.arguments())
    view = describe_metrics(inputs)
    assert "single clip" in view.clips_note
    assert all(row.interval == "" and row.width == 0 for card in view.cards for row in card.rows)
    assert clip_charts(inputs) == ("test-00-000", [])


def test_the_real_video_is_drawn_only_where_it_says_something(finished):
    _, charts = clip_charts(read_inputs(*finished.arguments()))
    names = {chart.title: [curve.name for curve in chart.curves] for chart in charts}
    assert "Real video" not in names["PSNR (dB)"]
    assert "Real video" in names["Warping error"]
