"""Two runs at once in one folder: neither gets in the other's way."""

import signal
import subprocess
import time

import pytest
from tiny_configs import TINY_WORLD
from workspace import Workspace

from vid2vid_core.storage import read_table


def begin(workspace: Workspace, *arguments: str) -> "subprocess.Popen[str]":
    command = workspace.command(*arguments)
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


@pytest.mark.slow
def test_of_two_runs_for_the_same_one_goes_on_and_one_is_refused(workspace: Workspace) -> None:
    workspace.configure(TINY_WORLD)
    both = [begin(workspace, "frames"), begin(workspace, "frames")]
    printed = [process.communicate(timeout=240)[0] for process in both]
    codes = [process.returncode for process in both]
    assert sorted(codes) == [0, 1], "\n".join(printed)
    assert "Another run is at work here, process" in printed[codes.index(1)]
    assert "Nothing to be done" in workspace.build("frames")
    assert read_table(workspace.prepared / "frames/drive-00.parquet")[1]["quarantined"] is None


@pytest.mark.slow
def test_runs_that_share_a_finished_dataset_go_side_by_side(workspace: Workspace) -> None:
    workspace.configure(TINY_WORLD)
    workspace.build("dataset", "flow")
    recipe = {"recipe": "recipe.yaml", "dataset": "dataset.yaml"}
    first, second = ([{"name": name, **recipe}] for name in ("first", "second"))
    workspace.write("run.yaml", {"runs": first})
    one = begin(workspace, "results/runs/first/stages/coarse/weights.safetensors")
    until = time.monotonic() + 120
    while not (workspace.folder / "logs/train_stage/first/coarse.log").exists():
        assert time.monotonic() < until and one.poll() is None
        time.sleep(0.05)
    one.send_signal(signal.SIGSTOP)  # it trains on, but does not end before the others
    try:
        workspace.write("run.yaml", {"runs": second})
        workspace.build("results/runs/second/stages/coarse/weights.safetensors")
        workspace.configure(TINY_WORLD | {"frames": {"scale": [32, 16]}})
        assert "is at work with results/datasets/tiny/" in workspace.fail("dataset")
    finally:
        one.send_signal(signal.SIGCONT)
    printed = one.communicate(timeout=240)[0]
    assert one.returncode == 0, printed
    for name in ("first", "second"):
        assert (workspace.folder / f"results/runs/{name}/stages/coarse/weights.safetensors").exists()
    assert not list((workspace.folder / ".snakemake/claims").glob("*.json"))
