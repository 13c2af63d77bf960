"""A stage trained on poses knows afterwards how large its person is."""

from dataclasses import replace
from pathlib import Path

import pytest
from drawn_controls import POSE_SIZE, POSE_SPEED, flow_of, manifest_of, write_poses
from toy import toy_recipe, toy_stage

from vid2vid_core.config import ControlConfig, DataConfig
from vid2vid_core.models.weights import read_info
from vid2vid_core.train.stage import train_stage


def test_its_weights_hold_the_stature_of_the_person(tmp_path: Path) -> None:
    write_poses(tmp_path, "train", "a", 5)
    manifest = manifest_of(tmp_path, "pose")
    flow_of(manifest, POSE_SPEED)
    data = DataConfig(loadSize=64, resize_or_crop="scaleWidth")
    stage = replace(toy_stage(niter=1), controls=ControlConfig(kind="pose"), data=data)
    train_stage(
        stage,
        recipe=toy_recipe(stage),
        manifest=manifest,
        flow_tables=[tmp_path / "flow.parquet"],
        init=None,
        state_dir=tmp_path / "state",
        out_dir=tmp_path / "out",
        device="cpu",
    )
    stature = read_info(tmp_path / "out" / "weights.safetensors").stature
    assert stature is not None and (stature.frame_width, stature.frame_height) == POSE_SIZE
    assert stature.standing == pytest.approx(0.86 * 60, abs=1) and stature.neck_x == pytest.approx(66)
