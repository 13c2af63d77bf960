"""A config that cannot work is refused before anything runs."""

import copy

import pytest
from tiny_configs import TINY_RECIPE, TINY_WORLD
from workspace import Workspace


def test_unknown_key_and_wrong_value(workspace: Workspace) -> None:
    workspace.configure(TINY_WORLD | {"labels_nc": 3, "flow": {"preset": "slow"}})
    printed = workspace.fail("all")
    assert "dataset.yaml: labels_nc: unknown key; did you mean 'label_nc'?" in printed
    assert "dataset.yaml: flow.preset: should be 'ultrafast', 'fast', 'medium' or 'fine', got 'slow'" in printed
    assert not (workspace.folder / "results").exists()


def test_unknown_key_in_the_run_file(workspace: Workspace) -> None:
    workspace.configure(TINY_WORLD)
    workspace.write("run.yaml", {"runs": [{"name": "r", "dataset": "dataset.yaml", "recipes": "recipe.yaml"}]})
    printed = workspace.fail("all")
    assert "runs[0].recipes: unknown key; did you mean 'recipe'?" in printed


def test_missing_video(workspace: Workspace) -> None:
    videos = [{"path": "nowhere/clip.mp4", "split": "train"}]
    workspace.configure({"name": "tiny", "videos": videos, "annotate": {"segmenter": "unsupervised"}})
    assert "videos[0].path: no such file or folder" in workspace.fail("all")


@pytest.mark.parametrize("stages", [["a", "a"], []])
def test_stage_names(workspace: Workspace, stages: list[str]) -> None:
    recipe = copy.deepcopy(TINY_RECIPE) | {"stages": [{"name": name} for name in stages]}
    workspace.configure(TINY_WORLD, recipe)
    assert "recipe.yaml: " in workspace.fail("all")


def test_a_single_first_frame_needs_a_generator(workspace: Workspace) -> None:
    workspace.configure(TINY_WORLD, render={"first_frame": "single"})
    assert "run 'run': render.first_frame is single, which needs a single-image generator" in workspace.fail("all")
