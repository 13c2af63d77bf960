import dataclasses
import html
import re

import markupsafe
import pandas as pd
import pytest
from fabricated import HOSTILE, FabricatedRun

from vid2vid_core.report.inputs import read_inputs
from vid2vid_core.report.page import build_report
from vid2vid_core.report.videos import shelve
from vid2vid_core.storage import read_table, write_table


@pytest.fixture(scope="module")
def page(finished) -> str:
    return finished.out.read_text(encoding="utf-8")


def text_of(page: str) -> str:
    """What a reader sees, in one line."""
    body = re.sub(r"<(style|script)>.*?</\1>", " ", page, flags=re.DOTALL)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", body)))


def test_everything_is_inside_the_page(page):
    sources = re.findall(r'(?:src|href)="([^"]*)"', page)
    assert sources
    assert [source[:40] for source in sources if not source.startswith(("data:", "#"))] == []
    assert "url(" not in page and "@import" not in page
    assert page.count("data:video/mp4;base64,") == 2


def test_user_text_is_escaped(page):
    assert str(markupsafe.escape(HOSTILE)) in page
    assert "<script>alert" not in page
    assert "<b>everywhere</b>" not in page and "&lt;b&gt;everywhere" in page


def test_every_section_says_what_was_found(page):
    text = text_of(page)
    for part in (
        "comes closer to reality than painting every label in its mean colour",
        "not a video: moov atom not found",
        "no label file of this name",
        "constant labels",
        "drive-01-001",
        "Mend 1 quarantined video.",
        "novel_term",
        "Temporal discriminator 0",
        "Means over 12 clips",
        "train_stage 2 7 min 8 s",
    ):
        assert part in text, part
    assert "9,999" not in text and "2 h 46 min" not in text  # another run's cost
    assert "Hallucination weight" not in text  # a term that stays 0


def test_every_picture_has_a_description(page):
    images = re.findall(r"<img [^>]*>", page)
    assert len(images) > 40
    assert all(re.search(r'alt="[^"]{5,}"', image) for image in images)


def test_legend_names_the_labels_that_occur(page):
    legend = re.search(r'<ul class="legend".*?</ul>', page, re.DOTALL)
    assert legend is not None
    names = ("road", "sky", "vegetation", "building", "car", "person")
    assert legend[0].count("<li>") == 6
    assert all(f"</i>{name} " in legend[0] for name in names)


def test_one_clip_and_nothing_amiss_is_worded(small):
    build_report(*small.arguments())
    text = text_of(small.out.read_text(encoding="utf-8"))
    assert "a single clip, so there are no intervals" in text
    assert "so there is no course over time to draw" in text
    assert "Nothing: every video could be read" in text
    assert "What it cost" not in text
    assert "None" not in text and "nan" not in text.lower().split()


@pytest.mark.parametrize(
    ("missing", "rule"),
    [
        ("datasets/town/layout/manifest.parquet", "dataset"),
        ("runs/demo-run/stages/full-size/log.jsonl", "train"),
        ("runs/demo-run/stages/half-size/provenance.json", "train"),
        ("runs/demo-run/render/test-00.parquet", "render"),
        ("runs/demo-run/render/test-00/test-00-000.side_by_side.mp4", "render"),
        ("runs/demo-run/evaluate/metrics.json", "evaluate"),
        ("runs/demo-run/evaluate/videos/test-00.parquet", "evaluate"),
        ("runs/demo-run/check/full-size/problems.json", "dataset"),
    ],
)
def test_a_missing_input_is_named_with_its_rule(small, missing, rule):
    path = small.run_dir.parent.parent / missing
    path.unlink()
    with pytest.raises(ValueError, match=rf"{re.escape(str(path))}.*snakemake {rule}"):
        build_report(*small.arguments())
    assert not small.out.exists()


def test_a_broken_log_names_its_line(small):
    log = small.run_dir / "stages/half-size/log.jsonl"
    lines = log.read_text().splitlines()
    log.write_text("\n".join([lines[0], lines[1][:20], *lines[2:]]))
    with pytest.raises(ValueError, match=r"log\.jsonl, line 2: not valid JSON"):
        build_report(*small.arguments())


def test_a_missing_frame_names_itself(small):
    frame = small.dataset_dir / "layout/train_B/drive-00-000/000005.png"
    frame.unlink()
    with pytest.raises(ValueError, match=re.escape(str(frame))):
        build_report(*small.arguments())


def test_videos_beyond_the_budget_are_linked(finished: FabricatedRun):
    inputs = read_inputs(*finished.arguments())
    first = (finished.run_dir / "render/test-00/test-00-000.side_by_side.mp4").stat().st_size
    shelf = shelve(inputs, budget=first)
    assert [video.embedded for video in shelf.videos] == [True, False]
    assert "1 video of 2" in shelf.note
    linked = shelf.linked[0].source
    assert (finished.out.parent / linked).resolve().is_file()
    assert not linked.startswith("/")


def test_a_run_without_any_rendered_frame_still_has_a_page(small):
    table = small.run_dir / "render/test-00.parquet"
    rows, metadata = read_table(table)
    skipped = [{"sequence": "test-00-000", "frames": 1, "reason": "shorter than 3 frames"}]
    write_table(table, rows[:0], metadata | {"seconds_per_frame": None, "skipped": skipped})
    scores = small.run_dir / "evaluate/videos/test-00.parquet"
    write_table(scores, read_table(scores)[0][:0], {"video": "test-00", "skipped": skipped})
    small.summarise_scores()
    build_report(*small.arguments())
    text = text_of(small.out.read_text(encoding="utf-8"))
    assert "there was nothing to score" in text
    assert "No video, since no frame was rendered" in text
    assert "shorter than 3 frames" in text


def test_a_dataset_used_in_place_needs_no_frame_tables(small):
    for table in (small.dataset_dir / "frames").glob("*.parquet"):
        table.unlink()
    dataset = dataclasses.replace(small.dataset, world=None, layout="/data/town")
    build_report(*small.arguments()[:-1], dataset)
    text = text_of(small.out.read_text(encoding="utf-8"))
    assert "sequences are as they were found" in text
    assert "the dataset's own files, used in place" in text


def test_maps_that_do_not_exist_are_left_out(small):
    manifest = small.dataset_dir / "layout/manifest.parquet"
    rows, metadata = read_table(manifest)
    write_table(manifest, rows.assign(instance=""), metadata)
    for table in (small.dataset_dir / "flow").glob("*.parquet"):
        write_table(table, pd.DataFrame({"sequence": [], "frame": [], "flow": [], "confident": []}))
    build_report(*small.arguments())
    page = small.out.read_text(encoding="utf-8")
    assert "Instances" not in text_of(page)
    assert "Colour wheel" not in page
    assert "No flow is stored for this run." in text_of(page)
    assert "Rendered of test-00-000" in page


def test_long_tables_say_where_the_rest_is(finished: FabricatedRun, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vid2vid_core.report.page._MOST_ROWS", 1)
    whole = finished.out.read_text(encoding="utf-8")
    out = finished.out.with_name("short.html")
    build_report(finished.run_dir, finished.dataset_dir, out, finished.run, finished.recipe, finished.dataset)
    page = out.read_text(encoding="utf-8")
    assert "The first 1 of" not in whole
    assert "all are in layout/manifest.parquet" in page
    assert page.count('<th scope="row">drive-0') < whole.count('<th scope="row">drive-0')
