"""The whole chain, run for real at a tiny size."""

import copy
import json

import pytest
from tiny_configs import TINY_IMAGE_STAGE, TINY_RECIPE, TINY_WORLD
from workspace import TARGETS, Workspace

from vid2vid_core.storage import read_table


@pytest.mark.parametrize("target", TARGETS)
def test_every_stage_is_a_target(workspace: Workspace, target: str) -> None:
    workspace.configure(TINY_WORLD)
    planned = workspace.planned(target)
    assert sum(planned.values()) > 0
    assert ("train_stage" in planned) == (target in ("all", "train", "render", "evaluate", "report"))


@pytest.mark.slow
def test_chain_runs_once_and_reruns_what_an_edit_affects(workspace: Workspace) -> None:
    with_first, single = TINY_RECIPE | {"image_stage": TINY_IMAGE_STAGE}, {"first_frame": "single"}
    workspace.configure(TINY_WORLD, with_first, render=single)
    workspace.build("all")
    run = workspace.folder / "results" / "runs" / "run"
    assert (run / "report" / "index.html").stat().st_size > 10_000
    assert list((run / "render" / "drive-01").glob("*.mp4"))
    assert {"psnr", "ssim"} <= set(json.loads((run / "evaluate" / "metrics.json").read_text())["metrics"])
    metadata = read_table(run / "render" / "drive-01.parquet")[1]
    assert metadata["first_frame"] == "single" and metadata["single"].endswith("stages/first/weights.safetensors")
    assert "Stage first stands beside them" in (run / "report" / "index.html").read_text()
    assert "Nothing to be done" in workspace.build("all")

    recipe = copy.deepcopy(with_first)
    recipe["image_stage"]["schedule"]["niter"] = 2
    workspace.configure(TINY_WORLD, recipe, render=single)
    after_first = workspace.planned("all")
    assert after_first["train_image_stage"] == after_first["render_video"] == 1
    assert after_first["train_stage"] == 0

    recipe = copy.deepcopy(with_first) | {"checkpoint_minutes": 3}
    recipe["stages"][1] |= {"speed": {"compile": True}, "parallel": {"recompute": "scale"}}
    recipe["image_stage"]["speed"] = {"fused_adam": False}
    workspace.configure(TINY_WORLD, recipe, render=single)
    after_speed = workspace.planned("all")
    trained = ("check_dataset", "train_stage", "train_image_stage", "render_video", "score_video")
    assert [after_speed[rule] for rule in trained] == [0] * len(trained)

    recipe = copy.deepcopy(with_first)
    recipe["stages"][1]["optimizer"] = {"lr": 0.0001}
    workspace.configure(TINY_WORLD, recipe, render=single)
    after_recipe = workspace.planned("all")
    assert after_recipe["train_stage"] == 1 and after_recipe["train_image_stage"] == 0
    assert after_recipe["render_video"] == after_recipe["score_video"] == after_recipe["build_report"] == 1
    assert after_recipe["decode_frames"] == after_recipe["estimate_flow"] == after_recipe["build_dataset"] == 0
    printed = workspace.build("--dry-run", "all")
    assert "stage=fine" in printed
    assert "stage=coarse" not in printed

    workspace.configure(TINY_WORLD | {"flow": {"preset": "fast"}}, with_first, render=single)
    after_flow = workspace.planned("all")
    assert after_flow["estimate_flow"] == 2
    assert after_flow["train_stage"] == 2 and after_flow["train_image_stage"] == 0
    assert after_flow["decode_frames"] == after_flow["annotate_frames"] == after_flow["build_dataset"] == 0


def test_an_image_stage_may_be_named_like_a_stage_of_another_run(workspace: Workspace) -> None:
    workspace.configure(TINY_WORLD, TINY_RECIPE | {"image_stage": TINY_IMAGE_STAGE})
    other = {"name": "other", "stages": [{"name": "first"}]}
    workspace.write("other.yaml", other)
    runs = [{"name": name, "dataset": "dataset.yaml", "recipe": f"{name}.yaml"} for name in ("recipe", "other")]
    workspace.write("run.yaml", {"runs": runs})
    planned = workspace.planned("train")
    assert planned["train_image_stage"] == 1 and planned["train_stage"] == 3
