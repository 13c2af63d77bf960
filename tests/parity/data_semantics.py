"""Golden kinds of sizes, sequences and windows.

Compared is what is no defect of the original. Ours on purpose: hidden files are no frames; key points are read for
faces and poses only, so the street layout passes over text and JSON; of two files of one name the first is used;
numbers in names are sorted as numbers, so the order is compared as that of `natural_key`; too short sequences are
passed over wherever they stand; crops keep to multiples of 32; a missing file is named. Rows with `start_frame` are
left out: it is a setting of a source here, the files are cut before they become sequences. So are runs whose pictures
are made from a single frame, which is no video model and refused. Crop boxes of faces are compared where
their landmarks are (kind `data_face`), not in the runs, which keep one for all sequences.
"""

import re
import tempfile
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch

from parity.fixture import Comparison, Fixture
from parity.geometry import Draws
from parity.inference import Frames, Recorder
from vid2vid_core.config import (
    ControlConfig,
    DataConfig,
    GeneratorConfig,
    OptimizerConfig,
    ScheduleConfig,
    StageConfig,
    parse,
    picture_channels,
)
from vid2vid_core.config.schedule import schedule, training_window
from vid2vid_core.config.sources import natural_key
from vid2vid_core.dataset.frames import FrameReader, FrameSample
from vid2vid_core.dataset.geometry import SIDE, crop_size, crops, draw_geometry
from vid2vid_core.dataset.layout import read_layout
from vid2vid_core.dataset.manifest import frame_rows
from vid2vid_core.legacy.resize_modes import translate_mode
from vid2vid_core.models import VideoGenerator
from vid2vid_core.render.stream import render_run

KINDS_OF_RUNS = {"street": "labels", "face": "face", "pose": "pose"}
KEY_POINTS = (".txt", ".json")
ENOUGH = 32
"""Side of the pictures that windows are made of."""


def run_sizes(fixture: Fixture, comparison: Comparison) -> None:
    """Every row of the table: sizes, crop, and the ranges its numbers were drawn from."""
    for number, row in enumerate(fixture.side["case"]):
        _compare_size(row, f"{number} {row['mode']} {row['size_wh']} {row['loadSize']} {row['fineSize']}", comparison)


def _compare_size(row: dict[str, Any], name: str, comparison: Comparison) -> None:
    mode, _ = translate_mode(row["mode"])
    data = parse(DataConfig, {"resize_or_crop": mode} | {key: row[key] for key in ("loadSize", "fineSize")}, name)
    size, new, wanted = tuple(row["size_wh"]), row["new_size_wh"], row["crop_size_wh"]
    ranges = {what: (low, high) for what, low, high in row["randint_calls"]}
    integers = [row["scale_draw"]] if "scale" in ranges else []
    if "crop_y" in ranges:
        integers.append(min(max(row["crop_y_draw"], ranges["crop_y"][0]), ranges["crop_y"][1]))
    if "resize" in mode:
        new = [row["loadSize"]] * 2  # the rounded size of the table was computed and not used
    if min(new) < SIDE:
        comparison.require(f"{name}: refused", _refused(data, size, integers, row["normal_draw"]))
        return
    draws = Draws(integers, row["normal_draw"])
    geometry = draw_geometry(data, size, cast(np.random.Generator, draws))
    comparison.equal(f"{name}: size", list(geometry.scaled), new)
    if "scale" in ranges:
        low, high = ranges["scale"]
        comparison.equal(f"{name}: range of scales", draws.ranges[0], [low, high - 1])  # one too many, a defect
    if not crops(mode):
        return
    comparison.equal(f"{name}: crop wanted", list(crop_size(data, size)), wanted)
    if "crop_y" in ranges and wanted[1] <= new[1]:
        comparison.equal(f"{name}: range of rows", draws.ranges[-1], list(ranges["crop_y"]))
    for axis in (0, 1):
        if wanted[axis] <= new[axis]:
            got = [geometry.crop[axis], geometry.crop[2 + axis]]
            comparison.equal(f"{name}: crop on axis {axis}", got, [row["crop_pos_xy"][axis], wanted[axis]])


def _refused(data: DataConfig, size: tuple[int, int], integers: list[int], normal: float | None) -> bool:
    try:
        draw_geometry(data, size, cast(np.random.Generator, Draws(integers, normal)))
    except ValueError:
        return True
    return False


def run_sequences(fixture: Fixture, comparison: Comparison) -> None:
    """Every part of the file."""
    case = fixture.side["case"]
    for number, run in enumerate(case["test_mode_runs"]):
        if "start_frame" not in run["options"] and run["options"]["n_frames_G"] > 1:
            _compare_run(run, f"run {number} of {run['kind']}", comparison)
    for number, tree in enumerate(case["grouping"]):
        _compare_grouping(tree, f"tree {number}", comparison)
    for number, row in enumerate(case["training_window"]):
        _compare_window(row, f"window {number}", comparison)
    for number, row in enumerate(case["sequence_growth"]):
        _compare_growth(row, f"growth {number}", comparison)
    _compare_validity(comparison)


def _compare_run(run: dict[str, Any], name: str, comparison: Comparison) -> None:
    """Which frames each picture is made from, and where a sequence begins; frames are numbered through, from 1."""
    frames_G, lengths = run["options"]["n_frames_G"], run["sequence_lengths"]
    calls = [call for call in run["calls"] if "exception" not in call]
    windows: list[list[int]] = []
    begins: list[int] = []
    first = 1
    for length in lengths:
        made = _windows(list(range(first, first + length)), frames_G)
        begins += [len(windows)] if made else []
        windows += made
        first += length
    comparison.equal(f"{name}: pictures", len(windows), run["len"])
    counts = [max(0, length - frames_G + 1) for length in lengths]
    comparison.equal(f"{name}: pictures of each", counts, run["frames_count"])
    for key in ("A_ids", "B_ids", "inst_ids"):
        for number, call in enumerate(calls):
            if key in call:
                comparison.equal(f"{name}: {key} {number}", windows[number], call[key])
    if min(lengths) >= frames_G:
        comparison.equal(f"{name}: pictures made", len(calls), len(windows))
        changes = [number for number, call in enumerate(calls) if call["change_seq"]]
        comparison.equal(f"{name}: changes", [0, *changes], begins)  # the original's first one was not marked
    for call in calls:
        if "A_channels" in call:
            comparison.equal(f"{name}: channels", frames_G * _channels(run), call["A_channels"])


def _windows(numbers: list[int], frames_G: int) -> list[list[int]]:
    """The frames behind each picture that rendering makes of a sequence."""
    if len(numbers) < frames_G:
        return []
    sizes = GeneratorConfig(ngf=2, n_blocks=1, n_downsample_G=1, n_frames_G=frames_G, no_first_img=True, no_flow=True)
    generator = VideoGenerator(sizes, 1).requires_grad_(False)
    recorder = Recorder()
    generator.register_forward_hook(recorder)
    shown = [FrameSample(None, torch.full((1, ENOUGH, ENOUGH), float(number)), None) for number in numbers]
    frames = Frames(shown)
    for _ in render_run(cast(FrameReader, frames), frames.run(), generator, 0, first_picture=None):
        pass
    return [[int(value) for value in given[0][-1][0, :, 0, 0].tolist()] for given in recorder.given]


def _channels(run: dict[str, Any]) -> int:
    only = {key: bool(run["options"].get(key)) for key in ("openpose_only", "densepose_only", "no_dist_map")}
    controls = parse(ControlConfig, {"kind": KINDS_OF_RUNS[run["kind"]]} | {k: v for k, v in only.items() if v}, "run")
    return picture_channels(StageConfig(name="run", controls=controls, data=DataConfig(no_flip=True)), 0)


def _compare_grouping(tree: dict[str, Any], name: str, comparison: Comparison) -> None:
    with tempfile.TemporaryDirectory() as folder:
        top = Path(folder) / "train_A"
        for file in tree["files"]:
            (top / file).parent.mkdir(parents=True, exist_ok=True)
            (top / file).touch()
        for link, target in tree["directory_symlinks"]:
            (top / link).symlink_to(top / target, target_is_directory=True)
        rows = frame_rows(read_layout(Path(folder)).table)
    got: dict[str, list[str]] = {}
    for row in rows:
        got.setdefault(row.sequence, []).append(str(Path(row.label).relative_to("train_A")))
    groups = [_as_ours(group) for group in tree["groups"]]
    expected = sorted((group for group in groups if group), key=lambda group: _order(Path(group[0]).parent.as_posix()))
    comparison.equal(name, list(got.values()), expected)


def _as_ours(group: list[str]) -> list[str]:
    files: dict[str, str] = {}
    for file in sorted(group):
        if not Path(file).name.startswith(".") and Path(file).suffix not in KEY_POINTS:
            files.setdefault(Path(file).stem, file)
    return [files[stem] for stem in sorted(files, key=_order)]


def _order(name: str) -> Any:
    return natural_key(Path(name)), name


def _compare_window(row: dict[str, Any], name: str, comparison: Comparison) -> None:
    frames_G, gpus = row["n_frames_G"], row["n_gpus_gen"] if row["batchSize"] == 1 else 1
    length, chunk = row["sequence_length"], row["max_frames_per_gpu"] * gpus
    window = training_window(length, row["n_frames_total_requested"], chunk, frames_G, row["max_t_step"])
    comparison.equal(f"{name}: frames read", window.frames_read, row["frames_read"])
    comparison.equal(f"{name}: largest step", window.largest_step, row["effective_max_step"])
    starts = window.starts(length, 1)
    if row["start_choices"] is not None:
        comparison.equal(f"{name}: starts", starts, row["start_choices"])
    if row["dataset_mode"] == "pose":  # the original's start followed from the index; ours is drawn, of the same
        comparison.equal(f"{name}: start of that index", row["index"] % starts, row["start_if_step_1"])


def _compare_growth(row: dict[str, Any], name: str, comparison: Comparison) -> None:
    ratios = row["after_ratio_1_2_3_4"]
    stage = StageConfig(
        name="fixture",
        generator=GeneratorConfig(n_frames_G=row["n_frames_G"]),
        optimizer=OptimizerConfig(),
        schedule=ScheduleConfig(niter=len(ratios) + 1, niter_step=1, n_frames_total=row["n_frames_total"]),
    )
    states = schedule(stage, row["longest_sequence"])
    comparison.equal(name, [state.n_frames_total for state in states[1 : len(ratios) + 1]], ratios)


def _compare_validity(comparison: Comparison) -> None:
    """What the original answered by a bare assertion, or not at all, is named."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        comparison.require("a missing folder is named", _layout_error(root, r"train_A"))
        for name in ("train_A/s/0.png", "train_A/s/1.png", "train_B/s/0.png", "train_B/s/z.png"):
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).touch()
        reasons = {row.frame: row.reason for row in frame_rows(read_layout(root).table)}
        comparison.require("a missing photograph is named", "'1' in train_B" in reasons["1"])
        comparison.require("a photograph of another name is no partner", "'z' in train_A" in reasons["z"])


def _layout_error(root: Path, said: str) -> bool:
    try:
        read_layout(root)
    except ValueError as error:
        return re.search(said, str(error)) is not None
    return False


KINDS = {"data_semantics_sizes": run_sizes, "data_semantics_sequences": run_sequences}
