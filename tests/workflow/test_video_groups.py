"""Jobs that take several videos each: the same results from fewer jobs, and nothing that is done is lost."""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
from footage import broken_videos, draw_video
from tiny_configs import TINY_WORLD
from workspace import Workspace

from vid2vid_core.storage import read_table

FIVE = TINY_WORLD | {"world": {**TINY_WORLD["world"], "train": 3, "test": 2}, "videos_per_job": 2}  # type: ignore[dict-item]


def test_fewer_jobs_and_none_of_both_splits(workspace: Workspace) -> None:
    workspace.configure(FIVE)
    planned = workspace.planned("all")
    assert planned["make_world"] == planned["decode_frames"] == planned["annotate_frames"] == 3
    assert planned["estimate_flow"] == planned["scan_frames"] == 3
    assert planned["render_video"] == planned["score_video"] == 1


@pytest.mark.slow
def test_the_whole_chain_with_groups(workspace: Workspace) -> None:
    workspace.configure(FIVE)
    workspace.build("all")
    run = workspace.folder / "results/runs/run"
    page = (run / "report/index.html").read_text()
    assert all(f"drive-0{index}" in page for index in range(5))
    assert len(list((run / "render").glob("drive-*/*.mp4"))) >= 2
    assert "Nothing to be done" in workspace.build("all")


@pytest.mark.slow
def test_other_groups_and_more_videos_keep_what_is_done(workspace: Workspace) -> None:
    for index in range(3):
        draw_video(workspace.folder / f"videos/{index}.mp4", seed=index)
    dataset = {
        "name": "tiny",
        "videos": [{"path": str(workspace.folder / "videos/*.mp4"), "split": "train"}],
        "label_nc": 3,
        "annotate": {"segmenter": "unsupervised", "clusters": 3, "superpixels": 20},
    }
    workspace.configure(dataset)
    workspace.build("flow")
    made = {path.name: path.stat().st_mtime_ns for path in (workspace.prepared / "flow").glob("*.parquet")}
    broken = next(iter(broken_videos(workspace.folder / "videos").values()))
    workspace.configure(dataset | {"videos_per_job": 3})
    workspace.build("flow")
    log = "".join(path.read_text() for path in (workspace.folder / "logs/estimate_flow").rglob("group_*.log"))
    assert log.count("done before") == 3
    for name, when in made.items():
        assert (workspace.prepared / "flow" / name).stat().st_mtime_ns == when
    quarantined = [
        told["source"]
        for path in (workspace.prepared / "frames").glob("*.parquet")
        if not path.name.startswith("group_") and (told := read_table(path)[1])["quarantined"]
    ]
    assert str(broken) in quarantined


@pytest.mark.slow
def test_a_job_killed_half_way_goes_on_with_the_videos_that_are_missing(workspace: Workspace) -> None:
    world = {**TINY_WORLD["world"], "train": 6, "seconds": 1.5}  # type: ignore[dict-item]
    workspace.configure(TINY_WORLD | {"world": world, "videos_per_job": 6})
    process = subprocess.Popen(
        workspace.command("frames"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    first = wait_for(workspace.prepared / "world/drive-01.parquet", process)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    when = first.stat().st_mtime_ns
    assert not (workspace.prepared / "world/group_0001.parquet").exists()
    workspace.build("frames")
    assert first.stat().st_mtime_ns == when
    assert "drive-00: done before" in (workspace.folder / "logs/make_world/tiny/group_0001.log").read_text()
    assert len(read_table(workspace.prepared / "frames/group_0001.parquet")[0]) == 6


def wait_for(path: Path, process: "subprocess.Popen[bytes]") -> Path:
    deadline = time.monotonic() + 120
    while not path.exists():
        assert process.poll() is None and time.monotonic() < deadline, f"{path} was not made"
        time.sleep(0.02)
    return path
