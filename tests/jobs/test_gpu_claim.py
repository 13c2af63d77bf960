"""No two jobs have the same GPU, and none is kept from a job that could run."""

import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest

from vid2vid_core.jobs import gpu_claim
from vid2vid_core.jobs.gpu_claim import own_gpus

HOLD = """
import sys, time
from vid2vid_core.jobs import gpu_claim
gpu_claim.visible_gpus = lambda: ["0", "1", "2"]
with gpu_claim.own_gpus(int(sys.argv[1])):
    print(gpu_claim.os.environ["CUDA_VISIBLE_DEVICES"], flush=True)
    time.sleep(60)
"""


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine of three GPUs, whose jobs lock files in a folder of their own."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(gpu_claim, "visible_gpus", lambda: ["0", "1", "2"])
    monkeypatch.setattr(gpu_claim, "_PAUSE", 0.05)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.delenv("SLURM_JOB_ID", raising=False)


def other_job(count: int) -> tuple[subprocess.Popen[str], str]:
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(count)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, process.stdout.readline().strip()


def test_jobs_have_different_gpus_and_a_killed_one_leaves_its_own() -> None:
    process, theirs = other_job(2)
    try:
        with own_gpus(1):
            ours = os.environ["CUDA_VISIBLE_DEVICES"]
        assert {*theirs.split(","), ours} == {"0", "1", "2"}
        assert "CUDA_VISIBLE_DEVICES" not in os.environ
    finally:
        process.kill()
        process.wait()
    with own_gpus(3):
        assert os.environ["CUDA_VISIBLE_DEVICES"] == "0,1,2"


def test_a_job_waits_until_enough_are_free(caplog: pytest.LogCaptureFixture) -> None:
    process, _ = other_job(2)
    threading.Timer(0.4, process.kill).start()
    began = time.monotonic()
    with own_gpus(2):
        assert time.monotonic() - began > 0.3
    assert "waiting for 2 of the machine's 3 GPUs" in caplog.text
    process.wait()


def test_more_gpus_than_there_are() -> None:
    with pytest.raises(ValueError, match=r"asks for 4 GPUs, and this machine has 3 .*train: gpus"), own_gpus(4):
        pass


@pytest.mark.parametrize("given", ["none asked", "slurm", "no gpu"])
def test_nothing_is_claimed(given: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    if given == "slurm":
        monkeypatch.setenv("SLURM_JOB_ID", "1")
    if given == "no gpu":
        monkeypatch.setattr(gpu_claim, "visible_gpus", list)
    with own_gpus(0 if given == "none asked" else 1):
        assert "CUDA_VISIBLE_DEVICES" not in os.environ
    assert not (tmp_path / "vid2vid-gpus").exists()
