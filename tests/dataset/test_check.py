import json
import os
from pathlib import Path

import numpy as np
import pytest
from drawn_layouts import Layout, textured_frame, write_ids
from PIL import Image

from vid2vid_core.config import (
    CheckConfig,
    ControlConfig,
    DataConfig,
    DatasetConfig,
    GeneratorConfig,
    RecipeConfig,
    ScheduleConfig,
    StageConfig,
)
from vid2vid_core.dataset.check import accept, check_dataset, check_path, write_check
from vid2vid_core.dataset.check_result import CheckResult, Problem
from vid2vid_core.dataset.layout import read_layout


def check(layout: Layout, recipe: RecipeConfig | None = None, **config: object) -> CheckResult:
    contents = read_layout(layout.root)
    metadata = {"layout": str(layout.root), "sources": contents.sources, "notes": []}
    dataset = DatasetConfig(**{"name": "d", "label_nc": 2} | config)
    return check_dataset(contents.table, metadata, layout.root, dataset, recipe)


def only(result: CheckResult) -> Problem:
    (problem,) = result.problems
    return problem


def files(problem: Problem) -> list[str]:
    return [finding.file for finding in problem.findings]


@pytest.fixture
def good(layout: Layout) -> Layout:
    layout.sequence("train", "a", 4)
    layout.sequence("test", "b", 3)
    return layout


def ids(layout: Layout, split: str, name: str, frame: str, values: np.ndarray, folder: str = "A") -> None:
    write_ids(layout.path(f"{split}_{folder}", name, frame), values)


def test_a_good_dataset_has_no_problems(good):
    result = check(good)
    assert result.problems == ()
    assert result.exit_code == 0
    assert result.splits["train"] == {"videos": 1, "sequences": 1, "frames": 4, "valid_frames": 4, "files": 8}


def test_ids_outside_the_range_are_named_with_value_count_and_range(good):
    labels = np.zeros((32, 64), np.uint8)
    labels[0, :5], labels[1, :7] = 255, 9
    ids(good, "train", "a", "0001", labels)
    ids(good, "test", "b", "0000", labels)
    nine, unlabelled = check(good).problems
    assert (nine.severity, nine.code) == ("error", "label-range")
    assert "label id 9 in 2 label maps (14 pixels); allowed are 0 .. 1 (label_nc: 2)" in nine.message
    assert "label id 255 in 2 label maps (10 pixels)" in unlabelled.message
    assert files(unlabelled) == ["train_A/a/0001.png", "test_A/b/0000.png"]
    assert unlabelled.findings[0].detail == "5 of 2048 pixels are 255"
    assert only(check(good, ignore=(255,))).message.startswith("label id 9 ")
    assert check(good, ignore=(255,), label_nc=10).problems == ()


def test_rgb_labels_are_errors_palette_labels_are_read_as_ids(good):
    labels = np.zeros((32, 64, 3), np.uint8)
    ids(good, "train", "a", "0000", labels)
    palette = Image.fromarray(np.eye(32, 64, dtype=np.uint8) * 7).convert("P")
    palette.putpalette([0, 0, 0] * 256)
    palette.save(good.path("train_A", "a", "0001"))
    colour, outside, read_as = check(good).problems
    assert (colour.severity, colour.code, files(colour)) == ("error", "label-rgb", ["train_A/a/0000.png"])
    assert "label id 7" in outside.message
    assert (read_as.severity, read_as.code) == ("warning", "label-palette")
    assert "the palette index of a pixel is read as its id" in read_as.message


def test_jpeg_labels_are_errors(good):
    label = good.path("train_A", "a", "0000")
    Image.open(label).save(label.with_suffix(".jpg"))
    label.unlink()
    assert "label-lossy" in {problem.code for problem in check(good, label_nc=255).problems}


def test_unreadable_files_of_every_kind(good):
    image, label = good.path("train_B", "a", "0001"), good.path("train_A", "a", "0002")
    image.write_bytes(image.read_bytes()[:-200])  # the header is whole
    label.write_bytes(b"")
    noise = good.path("test_B", "b", "0001")
    noise.write_text("no picture")
    photographs, labels, left_out = check(good).problems
    assert files(photographs) == ["train_B/a/0001.png", "test_B/b/0001.png"]
    assert "truncated" in photographs.findings[0].detail
    assert labels.findings[0].detail == "empty file (0 bytes)"
    assert left_out.code == "left-out"


def test_partners_missing_or_misnamed(good):
    good.path("train_A", "a", "0001").rename(good.path("train_A", "a", "0009"))
    for index in range(3):
        good.path("test_B", "b", f"{index:04d}").unlink()
    good.frame("test", "c", "0000")
    by_code = {problem.code: problem for problem in check(good).problems}
    assert files(by_code["missing-label"]) == ["train_B/a/0001.png"]
    assert "no label map of the same name for 1 of 5 frames" in by_code["missing-label"].message
    result = check(good)
    without = [problem for problem in result.problems if problem.code == "missing-photograph"]
    assert [files(problem) for problem in without] == [
        ["train_A/a/0009.png"],
        ["test_A/b/0000.png", "test_A/b/0001.png", "test_A/b/0002.png"],
    ]
    assert {problem.severity for problem in without} == {"error"}


def test_other_shape_is_an_error_other_size_a_warning(good):
    ids(good, "train", "a", "0000", np.eye(32, 48, dtype=np.uint8))
    ids(good, "train", "a", "0001", np.eye(16, 32, dtype=np.uint8))
    shape, size = check(good).problems
    assert (shape.severity, shape.code) == ("error", "label-aspect")
    assert (shape.findings[0].detail, shape.findings[0].partner) == ("48x32, photograph 64x32", "train_B/a/0000.png")
    assert (size.severity, size.code, files(size)) == ("warning", "label-size", ["train_A/a/0001.png"])


def test_frames_of_one_sequence_need_one_size(good):
    good.frame("train", "a", "0002", size=(128, 64))
    problem = only(check(good))
    assert (problem.severity, problem.code, files(problem)) == ("error", "sequence-size", ["train_B/a/0002.png"])


def test_instances_missing_in_some_frames(good):
    stage = StageConfig(name="s", generator=GeneratorConfig(n_frames_G=2), data=DataConfig(use_instance=True))
    recipe = RecipeConfig(name="r", stages=(stage,))
    assert "missing-instance" in {problem.code for problem in check(good, recipe).errors}
    ids(good, "train", "a", "0001", np.zeros((32, 64), np.uint16), "inst")
    some = only(check(good))
    assert (some.severity, some.code, len(some.findings)) == ("warning", "missing-instance", 3)


def test_constant_and_empty_labels(good):
    ids(good, "train", "a", "0000", np.ones((32, 64), np.uint8))
    ids(good, "train", "a", "0001", np.full((32, 64), 255, np.uint8))
    empty, constant = check(good, ignore=(255,)).problems
    assert (empty.code, empty.severity, files(empty)) == ("label-empty", "warning", ["train_A/a/0001.png"])
    assert (constant.code, files(constant)) == ("label-constant", ["train_A/a/0000.png"])
    strict = CheckConfig(constant_labels="error")
    assert len(check(good, ignore=(255,), check=strict).errors) == 2
    assert check(good, ignore=(255,), check=CheckConfig(constant_labels="off")).problems == ()


def recipe_of(n_frames_G: int = 2, n_frames_total: int = 2, **data: object) -> RecipeConfig:
    stage = StageConfig(
        name="coarse",
        generator=GeneratorConfig(n_frames_G=n_frames_G, n_downsample_G=2),
        schedule=ScheduleConfig(niter=4, niter_decay=0, niter_step=2, n_frames_total=n_frames_total),
        data=DataConfig(**{"resize_or_crop": "none"} | data),
    )
    return RecipeConfig(name="r", stages=(stage,))


def test_controls_of_another_kind(good):
    stage = StageConfig(name="s", generator=GeneratorConfig(n_frames_G=2), controls=ControlConfig(kind="pose"))
    found = check(good, RecipeConfig(name="r", stages=(stage,))).errors
    assert [problem.code for problem in found if "reads pose controls" in problem.message] == ["controls"]


def test_sequences_shorter_than_the_generator_needs(good):
    good.sequence("train", "short", 2)
    problem = only(check(good, recipe_of(n_frames_G=3, n_frames_total=1)))
    assert (problem.severity, problem.code, files(problem)) == ("error", "too-short", ["train_B/short/0000.png"])
    assert "1 of 2 train sequences shorter than generator.n_frames_G (3 frames)" in problem.message
    assert problem.findings[0].detail == "train-short-000: 2 frames"


def test_the_whole_schedule_is_simulated(good):
    good.sequence("train", "long", 9)
    problem = only(check(good, recipe_of(n_frames_total=3)))  # grows to 6 in epoch 3
    assert (problem.severity, problem.code) == ("warning", "shorter-than-schedule")
    assert "clips of 3, growing to 6, new frames (and 1 to start from); 1 of 2" in problem.message
    assert "4 frames give at most 3 new ones, less than wanted from epoch 3 on" in problem.findings[0].detail


def test_a_gap_cuts_and_its_short_piece_is_only_a_warning(good):
    good.sequence("train", "gap", 6)
    good.path("train_B", "gap", "0001").write_text("broken")
    codes = {(problem.severity, problem.code) for problem in check(good, recipe_of(n_frames_total=1)).problems}
    assert ("warning", "short-piece") in codes
    assert not {code for _, code in codes} & {"too-short"}


def test_frames_that_vanish_or_do_not_fit_the_generator(tmp_path):
    layout = Layout(tmp_path / "tiny")
    layout.sequence("train", "a", 2, size=(3, 3))
    layout.sequence("test", "b", 2, size=(64, 32))
    codes = [problem.message for problem in check(layout, recipe_of()).errors if problem.code == "frame-size"]
    assert "frames of 3x3 become 0x0" in codes[0]
    odd = recipe_of(resize_or_crop="resize", loadSize=50)
    messages = [problem.message for problem in check(layout, odd).errors if problem.code == "frame-size"]
    assert "reads frames at 50x50, but its generator needs multiples of 4" in messages[0]
    narrow = recipe_of(resize_or_crop="resize", loadSize=4)
    messages = [problem.message for problem in check(layout, narrow).errors if problem.code == "frame-size"]
    assert "at 4x4, but its generator needs multiples of 4 and at least 8" in messages[0]


def test_test_frames_may_have_any_size(tmp_path):
    layout = Layout(tmp_path / "odd")
    layout.sequence("train", "a", 3, size=(64, 32))
    layout.sequence("test", "b", 3, size=(61, 37))
    found = check(layout, recipe_of(resize_or_crop="none")).problems
    assert not [problem for problem in found if problem.code == "frame-size"]


def test_nothing_to_train_on_is_an_error(layout):
    layout.sequence("test", "b", 3)
    assert [problem.code for problem in check(layout).errors] == ["no-training-frames"]


def test_near_duplicates_between_the_splits(good):
    twin = Image.open(good.path("train_B", "a", "0002"))
    twin.resize((128, 64)).resize((64, 32)).save(good.path("test_B", "b", "0001"), quality=90)
    problem = only(check(good))
    assert (problem.severity, problem.code) == ("error", "leak-near-duplicate")
    (finding,) = problem.findings
    assert (finding.file, finding.partner) == ("test_B/b/0001.png", "train_B/a/0002.png")
    assert only(check(good, check=CheckConfig(leakage="warning"))).severity == "warning"
    assert check(good, check=CheckConfig(leakage="off")).problems == ()


def test_pictures_of_little_structure_are_no_duplicates(layout):
    """Dark frames, plain ones of different brightness, and smooth ramps of different colour have equal hashes."""
    for index, split in enumerate(("train", "test")):
        layout.sequence(split, "s", 4)
        across = np.tile(np.linspace(0, 200, 64), (32, 1))
        pictures = [
            np.full((32, 64, 3), 4),
            np.full((32, 64, 3), 80 + 60 * index),
            np.dstack([across, across * index, across * (1 - index)]),
        ]
        for frame, picture in enumerate(pictures):
            Image.fromarray(picture.astype(np.uint8)).save(layout.path(f"{split}_B", "s", f"{frame:04d}"))
    assert check(layout).problems == ()


@pytest.mark.parametrize(
    ("first", "severity", "code"), [(3, "error", "leak-overlap"), (4, "warning", "leak-same-video")]
)
def test_one_source_in_both_splits(good, first, severity, code):
    contents = read_layout(good.root)
    test = contents.table["split"] == "test"
    contents.table.loc[test, "number"] += first
    metadata = {"sources": {"train-a": "/v/x.mp4", "test-b": "/v/./x.mp4"}, "notes": []}
    problem = only(check_dataset(contents.table, metadata, good.root, DatasetConfig(name="d", label_nc=2)))
    assert (problem.severity, problem.code) == (severity, code)
    if code == "leak-overlap":
        assert "share frames 3 .. 3" in problem.message


def test_linked_training_folder_as_test_folder_is_an_overlap(layout):
    layout.sequence("train", "a", 3)
    for kind in "AB":
        os.symlink(layout.root / f"train_{kind}", layout.root / f"test_{kind}")
    codes = {problem.code for problem in check(layout).errors}
    assert codes == {"leak-overlap", "leak-near-duplicate"}


def test_all_problems_are_reported_not_the_first(good):
    ids(good, "train", "a", "0000", np.full((32, 64), 99, np.uint8))
    ids(good, "train", "a", "0001", np.zeros((32, 64, 3), np.uint8))
    good.path("train_B", "a", "0002").write_bytes(b"")
    good.path("train_A", "a", "0003").unlink()
    textured_frame(5, 64, 32).save(good.root / "train_B" / "a" / "0000.jpg")
    codes = {problem.code for problem in check_path(good.root, label_nc=2).errors}
    assert codes == {"label-range", "label-rgb", "unreadable", "missing-label", "same-name"}


def test_built_datasets_say_why_frames_and_videos_are_left_out(good):
    contents = read_layout(good.root)
    row = contents.table.index[1]
    contents.table.loc[row, ["image", "label", "reason"]] = ["", "", "no face"]
    contents.table.loc[row, "valid"] = False
    metadata = {"layout": None, "quarantined": {"v": "no video stream"}, "sources": {"v": "/videos/v.mp4"}}
    result = check_dataset(contents.table, metadata, good.root, DatasetConfig(name="d", label_nc=2))
    assert [(problem.severity, problem.code) for problem in result.problems] == [
        ("warning", "quarantined"),
        ("warning", "left-out"),
    ]
    assert result.problems[0].findings[0].file == "/videos/v.mp4"
    assert result.problems[1].message == "video train-a: 1 frame left out: no face"


def test_results_are_written_for_programs_and_people_and_errors_stop_the_run(good, tmp_path):
    ids(good, "train", "a", "0000", np.full((32, 64), 99, np.uint8))
    result = check_path(good.root, label_nc=2)
    data, page = tmp_path / "problems.json", tmp_path / "page" / "index.html"
    write_check(result, data, page)
    stored = json.loads(data.read_text())
    assert (stored["errors"], stored["warnings"], stored["exit_code"]) == (1, 1, 1)
    assert stored["problems"][0]["findings"][0]["file"] == "train_A/a/0000.png"
    html = page.read_text()
    assert "1 error" in html
    assert html.count("data:image/png;base64,") == 2
    assert "http" not in html.replace("http-equiv", "")
    assert "label id 99" in result.to_text()
    with pytest.raises(ValueError, match=r"1 error; .*index.html shows them:\s+label-range: label id 99"):
        accept(data, page)
    write_check(check_path(good.root, label_nc=100), data, page)
    accept(data, page)


def test_check_path_takes_a_folder_with_a_manifest(good, tmp_path):
    from vid2vid_core.dataset.build import build_dataset

    build_dataset([], [], tmp_path / "built", DatasetConfig(name="x", label_nc=2, layout=str(good.root)))
    assert check_path(tmp_path / "built").problems == ()
    assert check_path(tmp_path / "built").label_nc == 2
    assert check_path(tmp_path / "built", label_nc=1).exit_code == 1
    with pytest.raises(ValueError, match="not a street dataset"):
        check_path(Path(tmp_path / "nowhere"))
