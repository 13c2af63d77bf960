"""Claims of runs that work in one folder at the same time."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from vid2vid_core.jobs.claims import ClaimedError, RunsInFolder

OTHER = """
import sys, time
from pathlib import Path
from vid2vid_core.jobs.claims import RunsInFolder
runs = RunsInFolder(Path(sys.argv[1]))
runs.claim(["made"], ["read"])
print("claimed", flush=True)
time.sleep(60)
"""


@pytest.fixture
def other(tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    """Another run that writes `made` and reads `read`."""
    process = subprocess.Popen([sys.executable, "-c", OTHER, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None and process.stdout.readline() == "claimed\n"
    yield process
    process.kill()
    process.wait()


@pytest.mark.parametrize(
    ("writes", "reads"), [(["made"], []), (["read"], []), ([], ["made"])], ids=["same", "its input", "its output"]
)
def test_a_run_in_the_way_is_refused(
    other: "subprocess.Popen[str]", tmp_path: Path, writes: list[str], reads: list[str]
) -> None:
    runs = RunsInFolder(tmp_path)
    assert not runs.alone
    with pytest.raises(ClaimedError, match=f"process {other.pid} .* is at work with {(writes + reads)[0]}"):
        runs.claim(writes, reads)


def test_runs_may_read_the_same_and_write_different_files(other: "subprocess.Popen[str]", tmp_path: Path) -> None:
    runs = RunsInFolder(tmp_path)
    runs.claim(["another"], ["read"])
    assert len(list(tmp_path.glob("*.json"))) == 2
    runs.release()
    assert len(list(tmp_path.glob("*.json"))) == 1


def test_the_claim_of_a_killed_run_is_gone(other: "subprocess.Popen[str]", tmp_path: Path) -> None:
    other.kill()
    other.wait()
    runs = RunsInFolder(tmp_path)
    assert runs.alone
    runs.claim(["made"], [])


def test_a_claim_of_another_computer_that_is_not_locked_may_be_alive(tmp_path: Path) -> None:
    (tmp_path / "elsewhere-1.json").write_text("{}")
    runs = RunsInFolder(tmp_path)
    assert not runs.alone
    assert runs.unclear == [tmp_path / "elsewhere-1.json"]
