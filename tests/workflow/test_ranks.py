"""A run that asks for several GPUs trains in as many processes, on a machine without any on its CPUs."""

import json

import pytest
from tiny_configs import TINY_RECIPE, TINY_WORLD
from workspace import Workspace


@pytest.mark.slow
def test_two_processes_train_a_stage(workspace: Workspace) -> None:
    recipe = TINY_RECIPE | {"stages": TINY_RECIPE["stages"][:1]}
    workspace.configure(TINY_WORLD, recipe, train={"gpus": 2})
    weights = "results/runs/run/stages/coarse/weights.safetensors"
    workspace.build(weights)
    told = json.loads((workspace.folder / weights).with_name("provenance.json").read_text())
    assert told["device"]["name"].startswith("2 x ")
    assert "on 2 x" in (workspace.folder / "logs" / "train_stage" / "run" / "coarse.log").read_text()
