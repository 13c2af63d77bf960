"""Golden fixtures of sizes, crops, flips, and of the frames a clip is made of."""

from collections.abc import Sequence
from typing import Any, cast

import numpy as np

from parity.fixture import Comparison, Fixture
from parity.schedules import imported_stage
from vid2vid_core.config import DataConfig, parse
from vid2vid_core.config.schedule import training_window
from vid2vid_core.dataset.geometry import SIDE, Geometry, crop_size, crops, draw_geometry
from vid2vid_core.legacy.resize_modes import translate_mode

SIZE_KEYS = ("loadSize", "fineSize")


class Draws:
    """Stands in for a random generator: gives what the fixture drew, and remembers what it was asked for."""

    def __init__(self, integers: Sequence[int] = (), normal: float | None = None, uniform: float = 0.0) -> None:
        self._integers, self._normal, self._uniform = iter(integers), normal, uniform
        self.ranges: list[list[int]] = []
        self.took_normal = False

    def integers(self, low: int, high: int, *, endpoint: bool) -> int:
        """The next integer of the fixture, whatever the range."""
        self.ranges.append([low, high if endpoint else high - 1])
        return next(self._integers)

    def standard_normal(self) -> float:
        """The fixture's normal value."""
        self.took_normal = True
        return 0.0 if self._normal is None else self._normal

    def random(self) -> float:
        """The fixture's uniform value."""
        return self._uniform


def run_image_and_video_params(fixture: Fixture, comparison: Comparison) -> None:
    """Every part of the fixture."""
    for case in fixture.side["deterministic"]:
        geometry = _draw(_data(case), case["size"], Draws())
        name = f"{case['mode']} {case['loadSize']} {case['size']}"
        comparison.equal(f"{name}: size", list(geometry.scaled), _exact(case, case["new_size"]))
        comparison.equal(f"{name}: final size", list(geometry.size), case["final_size"])
    for case in fixture.side["random"]:
        for row in case["rows"]:
            _compare_random(case, row, comparison)
    for case in fixture.side["flip"]:
        flags = "" if case["dataset_mode"] == "temporal" else f"--dataset_mode {case['dataset_mode']} --input_nc 6"
        data = imported_stage(flags).data
        flip = _draw(data, [data.loadSize, data.loadSize], Draws(uniform=case["uniform_draw"])).flip
        comparison.equal(f"flip of {case['dataset_mode']} at {case['uniform_draw']}", flip, case["flip"])
    for case in fixture.side["video"]:
        _compare_video(case, comparison)


def _compare_random(case: dict[str, Any], row: list[Any], comparison: Comparison) -> None:
    """One draw; where the crop is larger than the picture ours keeps to multiples of 32, the original's did not."""
    choice, normal, ranges, new_size, wanted, position, final = row
    pick = {"lo": lambda low, high: low, "mid": lambda low, high: (low + high) // 2, "hi": lambda low, high: high}
    data, name = _data(case), f"{case['mode']} {case['loadSize']} {case['size']} {choice} {normal}"
    draws = Draws([pick[choice](*pair) for pair in ranges], normal)
    geometry = _draw(data, case["size"], draws)
    comparison.equal(f"{name}: size", list(geometry.scaled), new_size)
    comparison.equal(f"{name}: draws a place", draws.took_normal, normal is not None)
    if data.resize_or_crop.startswith("randomScale"):
        ranges[0][1] -= 1  # the original could exceed loadSize by one, a defect
        comparison.equal(f"{name}: range of scales", draws.ranges[0], ranges[0])
    if not crops(data.resize_or_crop):
        comparison.equal(f"{name}: whole", list(geometry.crop), [0, 0, *final])
        return
    comparison.equal(f"{name}: crop wanted", list(crop_size(data, (case["size"][0], case["size"][1]))), wanted)
    if wanted[1] <= new_size[1]:
        comparison.equal(f"{name}: range of rows", draws.ranges[-1], ranges[-1])
    for axis in (0, 1):
        got = [geometry.crop[axis], geometry.crop[2 + axis]]
        if wanted[axis] <= new_size[axis]:
            comparison.equal(f"{name}: crop on axis {axis}", got, [position[axis], final[axis]])
        else:
            comparison.equal(f"{name}: shortened crop on axis {axis}", got[1], new_size[axis] // SIDE * SIDE)
            comparison.equal(f"{name}: all that is left on axis {axis}", final[axis], new_size[axis] - position[axis])


def _compare_video(case: dict[str, Any], comparison: Comparison) -> None:
    name = f"video {case}"[:120]
    if case["flags"].startswith("test"):
        # A picture is made from the tG frames that end with it; rendering has no other way (see kind `inference`).
        frames = imported_stage(case["flags"].removeprefix("test"), "test").generator.n_frames_G
        comparison.equal(name, [frames, case["index"], 1], case["result"])
        return
    stage = imported_stage(case["flags"])
    length, chunk = case["sequence_length"], stage.schedule.max_frames_per_gpu * stage.schedule.n_gpus_gen
    window = training_window(length, case["n_frames_total"], chunk, stage.generator.n_frames_G, stage.data.max_t_step)
    chunk_length = window.new_frames // window.chunks
    comparison.equal(f"{name}: frames read", window.frames_read, case["frames_read"])
    comparison.equal(f"{name}: chunk length", chunk_length, case["chunk_length"])
    starts = [number * chunk_length for number in range(window.chunks)]
    comparison.equal(f"{name}: chunk starts", starts, case["chunk_starts"])
    options = [
        {"t_step": step, "first_frame_choices": window.starts(length, step)}
        for step in range(1, window.largest_step + 1)
    ]
    comparison.equal(f"{name}: options", options, case["options"])
    # Poses began at the item's index modulo the choices; ours are drawn, of the same choices.
    for index, first in case.get("pose_first_frame_of_index (t_step 1)", {}).items():
        comparison.equal(f"{name}: first frame of {index}", int(index) % window.starts(length, 1), first)


def _data(case: dict[str, Any]) -> DataConfig:
    """The config; misspelt modes, which the original took for something, are translated as the importer does."""
    mode, _ = translate_mode(case["mode"])
    return parse(DataConfig, {"resize_or_crop": mode} | {key: case[key] for key in SIZE_KEYS}, "fixture")


def _draw(data: DataConfig, size: list[int], draws: Draws) -> Geometry:
    return draw_geometry(data, (size[0], size[1]), cast(np.random.Generator, draws))


def _exact(case: dict[str, Any], size: list[int]) -> list[int]:
    """With `resize` the original computed a rounded size and did not use it."""
    return case["final_size"] if "resize" in case["mode"] else size


KINDS = {"image_and_video_params": run_image_and_video_params}
