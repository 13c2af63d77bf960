"""A stopped job asks SLURM to start it again, unless it has been cancelled."""

import os
import sys
from pathlib import Path

import pytest

from vid2vid_core.jobs.slurm import requeue, requeued_when_stopped
from vid2vid_core.runlog import REQUEUE_CODE


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that says what SLURM was asked; its commands answer as `state` and `refuse` in the folder say."""
    for name, answer in (("squeue", f"cat {tmp_path}/state"), ("scontrol", f"! test -e {tmp_path}/refuse")):
        command = tmp_path / name
        command.write_text(f'#!/bin/sh\necho {name} "$@" >> {tmp_path}/asked\n{answer}\n')
        command.chmod(0o755)
    (tmp_path / "state").write_text("RUNNING\n")
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("SLURM_JOB_ID", "17")
    return tmp_path / "asked"


def end_with(code: int) -> int | str | None:
    with pytest.raises(SystemExit) as ended, requeued_when_stopped():
        sys.exit(code)
    return ended.value.code


def test_a_stopped_job_is_put_back(asked: Path) -> None:
    assert end_with(REQUEUE_CODE) == REQUEUE_CODE
    assert asked.read_text().splitlines()[-1] == "scontrol requeue 17"


def test_a_failed_job_is_not(asked: Path) -> None:
    assert end_with(1) == 1
    assert not asked.exists()


@pytest.mark.parametrize("state", ["CANCELLED", "TIMEOUT", "COMPLETING", ""])
def test_a_job_that_somebody_ended_stays_ended(asked: Path, state: str) -> None:
    (asked.parent / "state").write_text(state)
    assert not requeue("17")
    assert "scontrol" not in asked.read_text()


def test_a_refusal_is_said_and_the_code_remains(asked: Path, caplog: pytest.LogCaptureFixture) -> None:
    (asked.parent / "refuse").touch()
    assert end_with(REQUEUE_CODE) == REQUEUE_CODE
    assert "could not be put back" in caplog.text


def test_outside_slurm_nothing_is_asked(asked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SLURM_JOB_ID")
    assert end_with(REQUEUE_CODE) == REQUEUE_CODE
    assert not asked.exists()
