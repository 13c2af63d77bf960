"""The whole chain, run for real at a tiny size."""

import copy
import json

import pytest
from workspace import TARGETS, TINY_RECIPE, TINY_WORLD, Workspace


@pytest.mark.parametrize("target", TARGETS)
def test_every_stage_is_a_target(workspace: Workspace, target: str) -> None:
    workspace.configure(TINY_WORLD)
    planned = workspace.planned(target)
    assert sum(planned.values()) > 0
    assert ("train_stage" in planned) == (target in ("all", "train", "render", "evaluate", "report"))


@pytest.mark.slow
def test_chain_runs_once_and_reruns_what_an_edit_affects(workspace: Workspace) -> None:
    workspace.configure(TINY_WORLD)
    workspace.build("all")
    run = workspace.folder / "results" / "runs" / "run"
    assert (run / "report" / "index.html").stat().st_size > 10_000
    assert list((run / "render" / "drive-01").glob("*.mp4"))
    assert {"psnr", "ssim"} <= set(json.loads((run / "evaluate" / "metrics.json").read_text())["metrics"])
    assert "Nothing to be done" in workspace.build("all")

    recipe = copy.deepcopy(TINY_RECIPE)
    recipe["stages"][1]["optimizer"] = {"lr": 0.0001}
    workspace.configure(TINY_WORLD, recipe)
    after_recipe = workspace.planned("all")
    assert after_recipe["train_stage"] == 1
    assert after_recipe["render_video"] == after_recipe["score_video"] == after_recipe["build_report"] == 1
    assert after_recipe["decode_frames"] == after_recipe["estimate_flow"] == after_recipe["build_dataset"] == 0
    printed = workspace.build("--dry-run", "all")
    assert "stage=fine" in printed
    assert "stage=coarse" not in printed

    workspace.configure(TINY_WORLD | {"flow": {"preset": "fast"}})
    after_flow = workspace.planned("all")
    assert after_flow["estimate_flow"] == 2
    assert after_flow["train_stage"] == 2
    assert after_flow["decode_frames"] == after_flow["annotate_frames"] == after_flow["build_dataset"] == 0
