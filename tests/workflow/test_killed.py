"""A run killed outright at any stage is finished by the next call."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import pytest
from tiny_configs import TINY_WORLD
from workspace import Workspace

from vid2vid_core.models.weights import load_weights
from vid2vid_core.storage import read_table

KILL_IN = (
    "make_world",
    "decode_frames",
    "annotate_frames",
    "estimate_flow",
    "build_dataset",
    "scan_frames",
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


def finished_files(results: Path) -> Iterator[Path]:
    """Every file under its final name. What begins with a dot is still being written by a job that lives on."""
    for folder, folders, files in os.walk(results):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (Path(folder, name) for name in files if not name.startswith("."))


def read_picture(path: Path) -> None:
    if cv2.imread(str(path), cv2.IMREAD_UNCHANGED) is None:
        raise ValueError(f"{path}: not a readable picture")


READERS: dict[str, Callable[[Path], object]] = {
    ".parquet": read_table,
    ".png": read_picture,
    ".safetensors": load_weights,
}


def every_file_is_whole(results: Path) -> None:
    for path in finished_files(results):
        try:
            READERS.get(path.suffix, Path.stat)(path)
        except ValueError:
            if path.exists():  # else a job that lives on has just put a new one in its place
                raise


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
