"""Poses of one person rendered with a model of another."""

from dataclasses import replace
from pathlib import Path

import cv2
import pytest
import torch
from drawn_controls import POSE_SIZE, POSE_SPEED, flow_of, manifest_of, write_poses
from drawn_sequences import write_weights

from vid2vid_core.cli import main
from vid2vid_core.config import (
    ConfigError,
    ControlConfig,
    DataConfig,
    GeneratorConfig,
    RecipeConfig,
    RenderConfig,
    Run,
    StageConfig,
    require_renderable,
)
from vid2vid_core.dataset.frames import FrameReader
from vid2vid_core.dataset.manifest import read_manifest
from vid2vid_core.evaluate.footage import Footage
from vid2vid_core.maps.stature import Stature
from vid2vid_core.models import VideoGenerator
from vid2vid_core.models.weights import WeightsInfo, read_info, save_weights
from vid2vid_core.render.render import render_video
from vid2vid_core.storage import read_table

STATURE = Stature(300, 200, 60.0, 120.0, 150.0, 50.0, ground=170.0, standing=110.0, torso=40.0, shoulders=25.0)
STAGE = StageConfig(
    name="body",
    controls=ControlConfig(kind="pose", crop="none"),
    generator=GeneratorConfig(ngf=4, n_blocks=2, n_downsample_G=1, no_first_img=True),
    data=DataConfig(resize_or_crop="none"),
)


def pose_weights(path: Path, stature: Stature | None = STATURE, stage: StageConfig = STAGE) -> Path:
    torch.manual_seed(0)
    info = WeightsInfo(stage, 0, (), 6, "dancer", stature)
    save_weights(path, {"generator": VideoGenerator(stage.generator, 6)}, info)
    return path


@pytest.fixture
def dance(tmp_path: Path) -> Path:
    write_poses(tmp_path / "data", "test", "v", 5)
    return manifest_of(tmp_path / "data", "pose")


def render(weights: Path, manifest: Path, out: Path, **config: object) -> tuple[list[Path], dict]:
    """The pictures, and metadata of their table."""
    video = read_manifest(manifest).runs("test")[0].video
    table = out.with_suffix(".parquet")
    render_video(weights, manifest, video, out, table, RenderConfig(**config), "cpu")  # type: ignore[arg-type]
    rows, metadata = read_table(table)
    return [table.parent / path for path in rows["output"]], metadata


def test_pictures_are_those_of_the_training_frames_in_size(tmp_path: Path, dance: Path) -> None:
    weights = pose_weights(tmp_path / "w")
    moved, metadata = render(weights, dance, tmp_path / "moved", retarget=True)
    assert metadata["retarget"] and cv2.imread(str(moved[0])).shape[1::-1] == (300, 200)
    plain, metadata = render(weights, dance, tmp_path / "plain")
    assert not metadata["retarget"] and cv2.imread(str(plain[0])).shape[1::-1] == POSE_SIZE


def test_nothing_is_scored_since_no_real_frame_shows_it(tmp_path: Path, dance: Path) -> None:
    for retarget in (True, False):
        render(pose_weights(tmp_path / "w"), dance, tmp_path / "out", retarget=retarget)
        footage = Footage(tmp_path / "out.parquet", FrameReader(dance, STAGE.data, STAGE.controls), _flow(tmp_path))
        (sequence, frames), *_ = footage.runs()
        assert ("stand in for another person" in footage.unscorable(sequence, frames)) == retarget


def _flow(tmp_path: Path) -> Path:
    flow_of(tmp_path / "data" / "manifest.parquet", POSE_SPEED)
    return tmp_path / "data" / "flow.parquet"


def test_beginning_from_real_pictures_of_the_other_person_is_warned_of(tmp_path: Path, dance: Path, caplog) -> None:
    stage = replace(STAGE, generator=replace(STAGE.generator, no_first_img=False))
    weights = pose_weights(tmp_path / "w", stage=stage)
    render(weights, dance, tmp_path / "plain")
    assert "sequences begin from real pictures of the person whose poses are used" not in caplog.text
    render(weights, dance, tmp_path / "moved", retarget=True)
    assert "sequences begin from real pictures of the person whose poses are used" in caplog.text


def test_what_cannot_work_is_named(tmp_path: Path, dance: Path) -> None:
    with pytest.raises(ValueError, match="w: does not say how large the person of its training frames is"):
        render(pose_weights(tmp_path / "w", None), dance, tmp_path / "out", retarget=True)
    with pytest.raises(ValueError, match="labels: retarget moves poses .* trained on labels"):
        render(write_weights(tmp_path / "labels"), dance, tmp_path / "out", retarget=True)
    recipe = RecipeConfig(name="r", stages=(StageConfig(name="last", generator=GeneratorConfig()),))
    run = Run(name="mine", dataset="d.yaml", recipe="r.yaml", render=RenderConfig(retarget=True))
    with pytest.raises(
        ConfigError, match="run 'mine': render.retarget moves poses, but stage 'last' of r.yaml reads lab"
    ):
        require_renderable(run, recipe)
    require_renderable(run, replace(recipe, stages=(STAGE,)))


def test_the_stature_travels_with_the_weights(tmp_path: Path) -> None:
    assert read_info(pose_weights(tmp_path / "w")).stature == STATURE
    assert read_info(pose_weights(tmp_path / "n", None)).stature is None


def test_command_line_with_a_folder_of_poses(tmp_path: Path, dance: Path) -> None:
    data = tmp_path / "data"
    call = ["render", "--weights", str(pose_weights(tmp_path / "w")), "--controls", str(data / "test_openpose")]
    call += ["--densepose", str(data / "test_densepose"), "--out", str(tmp_path / "out"), "--device", "cpu"]
    assert main([*call, "--retarget"]) == 0
    rows, metadata = read_table(tmp_path / "out" / "render.parquet")
    assert metadata["retarget"] and set(zip(rows["width"], rows["height"], strict=True)) == {(300, 200)}
