"""A run killed outright at any stage is finished by the next call."""

import os
import signal
import subprocess
import time
from pathlib import Path

import cv2
import pytest
from workspace import TINY_WORLD, Workspace

from vid2vid_core.models.weights import load_weights
from vid2vid_core.storage import read_table

KILL_IN = (
    "make_world",
    "decode_frames",
    "annotate_frames",
    "estimate_flow",
    "build_dataset",
    "check_dataset",
    "train_stage",
    "render_video",
    "score_video",
    "build_report",
)


def kill_when_started(workspace: Workspace, rule: str, orphans: bool) -> None:
    """Start the run, wait until a job of `rule` has begun, and kill snakemake; its jobs too unless they are orphans."""
    logs = workspace.folder / "logs" / rule
    process = subprocess.Popen(
        workspace.command("all"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    deadline = time.monotonic() + 240
    while not list(logs.rglob("*.log")) and process.poll() is None:
        assert time.monotonic() < deadline, f"{rule} did not start"
        time.sleep(0.05)
    assert process.poll() is None, f"the run ended before {rule} began"
    if orphans:
        process.kill()
    else:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def every_file_is_whole(results: Path) -> None:
    for path in results.rglob("*.parquet"):
        read_table(path)
    for path in results.rglob("*.png"):
        assert cv2.imread(str(path), cv2.IMREAD_UNCHANGED) is not None, path
    for path in results.rglob("*.safetensors"):
        load_weights(path)


@pytest.mark.slow
@pytest.mark.parametrize("orphans", [False, True], ids=["with its jobs", "jobs live on"])
def test_killed_in_every_stage(workspace: Workspace, orphans: bool) -> None:
    workspace.configure(TINY_WORLD)
    for rule in KILL_IN:
        kill_when_started(workspace, rule, orphans)
        every_file_is_whole(workspace.folder / "results")
    workspace.build("all")
    every_file_is_whole(workspace.folder / "results")
    assert (workspace.folder / "results/runs/run/report/index.html").exists()
    assert "Nothing to be done" in workspace.build("all")
    hidden = [path for path in (workspace.folder / "results").rglob(".*") if path.is_dir()]
    assert hidden == []
