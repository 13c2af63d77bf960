"""How a training went, as the page shows it."""

import json
from pathlib import Path

import numpy as np
import pytest
from fabricated import FabricatedRun, save

from vid2vid_core.report.inputs import read_inputs
from vid2vid_core.report.page import build_report
from vid2vid_core.report.validation import describe_course

STEPS = tuple(range(100, 1000, 100))
BEST = 700


def judged(run: FabricatedRun, kept: str = "last", split: str = "test") -> FabricatedRun:
    """Give the last stage validations: nine, the seventh best."""
    folder = run.run_dir / "stages" / run.recipe.stages[-1].name
    lines = []
    for step in STEPS:
        value = 0.7 - abs(step - BEST) / 2000
        metrics = {"video_ssim": value, "psnr": 20 + 5 * value, "tof": 2 - value, "warping_error": 0.004 - value / 1000}
        lines.append({"step": step, "epoch": step // 150 + 1, "frames": step * 4, "seconds": 1.0, "metrics": metrics})
        save(folder / "validation" / f"step-{step:09d}.jpg", np.full((40, 320, 3), step // 10, np.uint8))
    save(folder / "validation" / "clip.jpg", np.vstack([np.zeros((40, 320, 3)), np.full((40, 320, 3), 250)]))
    (folder / "validation.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    about = {"split": split, "sequence": "test-00-000", "first": "000000", "frames": 16}
    real = {"video_ssim": 1.0, "psnr": 100.0, "tof": 0.0, "warping_error": 0.002}
    (folder / "validation" / "clip.json").write_text(json.dumps(about | {"real": real}))
    facts = json.loads((folder / "provenance.json").read_text())
    best = {"step": BEST, "epoch": 5, "value": 0.7}
    facts["validation"] = about | {"metric": "video_ssim", "best": best, "kept": kept}
    (folder / "provenance.json").write_text(json.dumps(facts))
    return run


@pytest.fixture
def run(tmp_path: Path) -> FabricatedRun:
    return FabricatedRun(tmp_path, frames=6, clips=2)


def test_the_strip_goes_from_the_first_to_the_last_and_has_the_best(run: FabricatedRun) -> None:
    course = describe_course(read_inputs(*judged(run).arguments()).stages[-1])
    assert course is not None
    titles = [moment.title for moment in course.moments]
    assert titles[0] == "Step 100" and titles[-3:] == ["Step 900", "Real", "Controls"] and "Step 700" in titles
    assert len(titles) <= 8
    notes = {moment.title: moment.note for moment in course.moments}
    assert notes["Step 700"] == "epoch 5, Video SSIM 0.700, best" and "best" not in notes["Step 900"]
    assert "16 frames of sequence test-00-000 (test split), rendered 9 times" in course.facts
    assert "the weights of step 700 were best (0.700). The stage ends with its last ones." in course.facts
    assert course.caution == ""


def test_charts_begin_with_the_metric_that_decides_and_mark_the_best(run: FabricatedRun) -> None:
    course = describe_course(read_inputs(*judged(run).arguments()).stages[-1])
    assert course is not None
    assert [chart.title.split(" (")[0] for chart in course.charts] == ["Video SSIM", "PSNR", "tOF", "Warping error"]
    assert [curve.name for curve in course.charts[0].curves] == ["best weights", "model"]
    assert [curve.name for curve in course.charts[3].curves] == ["best weights", "model", "real video"]


def test_choosing_by_the_test_split_is_admitted(run: FabricatedRun) -> None:
    course = describe_course(read_inputs(*judged(run, kept="best").arguments()).stages[-1])
    assert course is not None and "flatter the model" in course.caution and "ends with these" in course.facts
    other = describe_course(read_inputs(*judged(run, kept="best", split="train").arguments()).stages[-1])
    assert other is not None and other.caution == ""


def test_the_page_shows_it_and_a_stage_that_was_not_judged_has_no_such_part(run: FabricatedRun) -> None:
    build_report(*run.arguments())
    assert "How the training went" not in run.arguments()[2].read_text(encoding="utf-8")
    build_report(*judged(run).arguments())
    page = run.arguments()[2].read_text(encoding="utf-8")
    assert page.count("How the training went") == 1 and "Step 700 of stage full-size" in page


def test_a_lost_picture_is_named(run: FabricatedRun) -> None:
    judged(run)
    lost = run.run_dir / "stages" / "full-size" / "validation" / "step-000000700.jpg"
    lost.unlink()
    with pytest.raises(ValueError, match="step-000000700.jpg: not a readable picture"):
        build_report(*run.arguments())
