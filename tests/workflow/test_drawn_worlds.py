"""Faces and poses through the whole chain, on the built-in worlds at a tiny size."""

import json
from typing import Any

import pytest
import yaml
from tiny_configs import TINY_RECIPE
from workspace import ROOT, Workspace

from vid2vid_core.storage import read_table

CHANNELS = {"face": 15, "pose": 6}


def configure(workspace: Workspace) -> None:
    """The datasets of the demo, shorter, and a recipe for each that trains for a moment."""
    runs = []
    for mode in CHANNELS:
        dataset = yaml.safe_load((ROOT / f"config/datasets/{mode}-demo.yaml").read_text(encoding="utf-8"))
        dataset["world"] |= {"seconds": 1.2}
        recipe: dict[str, Any] = {"name": f"{mode}-tiny", "common": TINY_RECIPE["common"] | {}}
        recipe["common"]["generator"] = {"ngf": 4, "n_blocks": 2, "n_downsample_G": 1, "no_first_img": mode == "pose"}
        recipe["common"] |= {"controls": {"kind": mode}, "data": {"loadSize": 64, "no_flip": mode == "pose"}}
        recipe["stages"] = [{"name": "only"}]
        names = (workspace.write(f"{mode}-dataset.yaml", dataset), workspace.write(f"{mode}-recipe.yaml", recipe))
        runs.append({"name": mode, "dataset": names[0].name, "recipe": names[1].name, "evaluate": {"clip_frames": 4}})
    workspace.write("run.yaml", {"runs": runs})


@pytest.mark.slow
def test_faces_and_poses_go_through_the_chain(workspace: Workspace) -> None:
    configure(workspace)
    planned = workspace.planned("all")
    assert planned["make_world"] == 4
    workspace.build("all")
    for mode in CHANNELS:
        run = workspace.folder / "results" / "runs" / mode
        assert (run / "report" / "index.html").stat().st_size > 10_000
        assert list((run / "render" / "clip-01").glob("*.mp4"))
        assert {"psnr", "ssim"} <= set(json.loads((run / "evaluate" / "metrics.json").read_text())["metrics"])
    folder = workspace.folder / "results" / "datasets" / "face-demo" / "layout" / "manifest.parquet"
    manifest, about = read_table(folder)
    assert about["mode"] == "face" and about["label_nc"] == 0
    shots = manifest[manifest.video == "clip-00"].groupby("sequence").valid.agg(["all", "any"])
    assert shots["all"].tolist() == shots["any"].tolist() == [True, False, True], "the middle shot shows no face"
    assert "Nothing to be done" in workspace.build("all")
