"""Every job has a log file; errors a person can mend are plain on the console."""

import fcntl
import logging
import subprocess
import sys
from pathlib import Path

import pytest

from vid2vid_core.runlog import job_log


def test_messages_and_traceback_go_to_the_file_and_a_plain_error_to_the_console(tmp_path: Path) -> None:
    path = tmp_path / "logs" / "job.log"
    with pytest.raises(SystemExit) as stopped, job_log(path):
        logging.getLogger("vid2vid_core.part").info("half way")
        raise ValueError("label 255 is not allowed")
    assert str(stopped.value) == f"ERROR: label 255 is not allowed\nLog: {path}"
    text = path.read_text()
    assert "half way" in text
    assert "Traceback" in text


def test_a_bug_keeps_its_traceback(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), job_log(tmp_path / "job.log"):
        raise ZeroDivisionError
    assert "ZeroDivisionError" in (tmp_path / "job.log").read_text()


def test_waits_for_an_earlier_job_with_the_same_log(tmp_path: Path) -> None:
    path = tmp_path / "job.log"
    code = f"from vid2vid_core.runlog import job_log\nwith job_log({str(path)!r}): print('in', flush=True)"
    with path.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        job = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert job.stderr is not None
        assert "still running; waiting for it" in job.stderr.readline()
        assert job.poll() is None
    assert job.communicate(timeout=60)[0] == "in\n"
