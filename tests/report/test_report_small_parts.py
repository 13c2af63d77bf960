from pathlib import Path

import pytest

from vid2vid_core.report.costs import rule_costs
from vid2vid_core.report.inputs import read_inputs
from vid2vid_core.report.training import stage_curves, stage_rows
from vid2vid_core.report.wording import count_of, duration, file_size, listed, number, percent


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.42, "0.4 s"),
        (59.4, "59 s"),
        (60, "1 min"),
        (192, "3 min 12 s"),
        (3600, "1 h"),
        (5430, "1 h 30 min"),
        (90_000, "1 d 1 h"),
    ],
)
def test_durations(seconds, text):
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (22.4312, "22.4"),
        (0.71234, "0.712"),
        (0.00312, "0.00312"),
        (-0.5, "−0.500"),
        (1234.5, "1,234"),
        (float("nan"), "–"),
    ],
)
def test_numbers(value, text):
    assert number(value) == text


def test_words():
    assert [file_size(size) for size in (12, 4_200_000, 7_000_000_000)] == ["12 bytes", "4.2 MB", "7.0 GB"]
    assert [count_of(n, "frame") for n in (0, 1, 1200)] == ["0 frames", "1 frame", "1,200 frames"]
    assert [listed(list("abc"[:n])) for n in range(4)] == ["none", "a", "a and b", "a, b and c"]
    assert [percent(share) for share in (0, 0.0002, 0.036, 0.334)] == ["0 %", "under 0.1 %", "3.6 %", "33 %"]


def test_costs_add_up_by_rule_and_leave_other_runs_out(finished):
    costs = {cost.rule: cost for cost in rule_costs(finished.benchmarks, {"demo-run", "town"})}
    assert list(costs) == ["build_dataset", "decode_frames", "train_stage"]
    assert costs["train_stage"].seconds == pytest.approx(428.5)
    assert costs["train_stage"].width == 100
    assert costs["decode_frames"].jobs == 2
    assert (costs["train_stage"].wall, costs["train_stage"].longest) == ("7 min 8 s", "5 min 10 s")
    assert costs["build_dataset"].memory == "–"


def test_a_file_that_is_no_benchmark_is_named(tmp_path: Path):
    path = tmp_path / "rule/town.tsv"
    path.parent.mkdir()
    path.write_text("a\tb\n1\t2\n")
    with pytest.raises(ValueError, match=r"town\.tsv: no column 's'"):
        rule_costs(tmp_path, {"town"})


def test_stages_show_real_sizes_and_time(finished):
    coarse, fine = stage_rows(read_inputs(*finished.arguments()))
    assert (coarse.size, fine.size) == ("96×64", "192×96")
    assert coarse.time == "1 min 48 s" and coarse.steps == "960"
    assert coarse.clip == "22 frames"


def test_terms_of_the_face_have_a_panel(finished):
    inputs = read_inputs(*finished.arguments())
    for line in inputs.stages[0].log:
        line["losses"] |= {"G_f_GAN": 1.0, "D_f_real": 1.0, "D_f_fake": 1.0, "G_f_GAN_Feat": 1.0}
    names = {chart.title: [curve.name for curve in chart.curves] for chart in stage_curves(inputs)[0].charts}
    assert names["Face discriminator"] == ["G_f_GAN", "D_f_real", "D_f_fake"]
    assert names["Feature matching"] == ["G_GAN_Feat", "G_T_GAN_Feat0", "G_f_GAN_Feat"]


def test_terms_of_one_discriminator_share_a_panel(finished):
    charts = stage_curves(read_inputs(*finished.arguments()))[0].charts
    names = {chart.title: [curve.name for curve in chart.curves] for chart in charts}
    assert names["Image discriminator"] == ["G_GAN", "D_real", "D_fake"]
    assert names["Temporal discriminator 0"] == ["G_T_GAN0", "D_T_real0", "D_T_fake0"]
    assert names["Feature matching"] == ["G_GAN_Feat", "G_T_GAN_Feat0"]
    assert names["novel_term"] == ["novel_term"]
    assert all(charts[0].x_ticks[-1].label == "6" for _ in charts)
