"""Where flow comes from decides what is planned."""

import copy
from pathlib import Path

import pytest
from tiny_configs import TINY_RECIPE, TINY_WORLD
from workspace import Workspace


def test_missing_weights_end_the_run_before_its_first_job(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VID2VID_ASSET_DIR", str(workspace.folder / "assets"))
    workspace.configure(TINY_WORLD | {"flow": {"backend": "flownet2"}})
    printed = workspace.fail("all")
    assert f"{workspace.folder}/assets/FlowNet2_checkpoint.pth.tar is missing" in printed
    assert "vid2vid assets get flownet2" in printed and "flow.backend: dis" in printed
    assert not (workspace.folder / "results").exists()


def test_the_network_asks_for_a_gpu_and_dis_does_not(workspace: Workspace) -> None:
    weights = workspace.folder / "weights.pth.tar"
    weights.touch()
    flow = {"backend": "flownet2", "checkpoint": str(weights)}
    workspace.configure(TINY_WORLD | {"flow": flow})
    with_network = resources(workspace.build("--dry-run", "flow"))
    workspace.configure(TINY_WORLD)
    with_dis = resources(workspace.build("--dry-run", "flow"))
    assert with_network and all("gpu=1" in line for line in with_network)
    assert with_dis and not any("gpu=1" in line for line in with_dis)


def resources(printed: str) -> list[str]:
    """The resource lines of the flow jobs."""
    jobs = printed.split("rule estimate_flow:")[1:]
    return [line for job in jobs for line in job.split("\n\n")[0].splitlines() if "mem_mb=" in line]


def test_flow_estimated_online_is_not_stored_for_training(workspace: Workspace) -> None:
    recipe = copy.deepcopy(TINY_RECIPE)
    recipe["common"]["data"]["flow"] = "online"
    workspace.configure(TINY_WORLD, recipe)
    assert workspace.planned("train")["estimate_flow"] == 0
    assert workspace.planned("all")["estimate_flow"] == 1  # of the test video, for its scores
    recipe["stages"][1]["data"] = {"flow": "stored"}
    workspace.configure(TINY_WORLD, recipe)
    assert workspace.planned("all")["estimate_flow"] == 2


@pytest.mark.slow
def test_training_with_online_flow_runs(workspace: Workspace) -> None:
    recipe = copy.deepcopy(TINY_RECIPE)
    recipe["common"]["data"]["flow"] = "online"
    workspace.configure(TINY_WORLD, recipe)
    workspace.build("train")
    assert not (workspace.prepared / "flow").exists()
    log = Path(workspace.folder, "logs/train_stage/run/coarse.log").read_text()
    assert "flow: estimated online, {'flow': 'online', 'backend': 'dis'" in log
