"""Ranks end together, whatever becomes of one of them, and the reason is told once."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from vid2vid_core.runlog import StoppedBySignal
from vid2vid_core.train.parallel import launch as launching
from vid2vid_core.train.parallel.launch import Places, RankError, launch
from vid2vid_core.train.parallel.nodes import launch_on_nodes, places_on_this_node

AS_RANK = """
import os, signal, sys, time
from vid2vid_core.runlog import StoppedBySignal
from vid2vid_core.train.parallel.report import as_rank
rank = int(os.environ["RANK"])
with as_rank():
    {body}
"""


def ranks(number: int, body: str) -> None:
    """Launch ranks that do what `body`, Python that knows its `rank`, says."""
    code = AS_RANK.format(body=body.replace("\n", "\n    "))
    launch([sys.executable, "-c", code], Places.here(number))


def test_every_rank_learns_its_place(tmp_path: Path) -> None:
    names = "RANK LOCAL_RANK WORLD_SIZE MASTER_ADDR MASTER_PORT OMP_NUM_THREADS"
    code = f"import os, json; json.dump([os.environ[n] for n in '{names}'.split()], open(os.environ['RANK'], 'w'))"
    launch(["env", "-C", str(tmp_path), sys.executable, "-c", code], Places.here(3), threads=7)
    places = [json.loads((tmp_path / str(rank)).read_text()) for rank in range(3)]
    assert [place[:4] for place in places] == [[str(rank), str(rank), "3", "127.0.0.1"] for rank in range(3)]
    assert len({place[4] for place in places}) == 1 and {place[5] for place in places} == {"2"}


def test_a_killed_rank_takes_the_others_along_and_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launching, "_GRACE", 0.5)
    start = time.monotonic()
    with pytest.raises(
        RankError, match=r"^rank 2 \(process \d+ on \S+\) was killed by SIGKILL \(out of memory\?\); the"
    ):
        ranks(4, "if rank == 2: os.kill(os.getpid(), signal.SIGKILL)\ntime.sleep(40)")
    assert time.monotonic() - start < 15


def test_an_error_of_all_is_told_once_and_one_of_a_single_rank_with_its_number(capfd: pytest.CaptureFixture) -> None:
    with pytest.raises(ValueError, match="^no such dataset$"):
        ranks(2, "raise ValueError('no such dataset')")
    with pytest.raises(ValueError, match="^rank 1: a.png: damaged$"):
        ranks(
            2, "if rank == 0: raise RuntimeError('[gloo/pair.cc:1] Connection closed')\nraise OSError('a.png: damaged')"
        )
    assert capfd.readouterr() == ("", "")


def test_a_defect_is_told_with_its_traceback() -> None:
    with pytest.raises(RankError, match=r"(?s)^rank 1 failed:\nTraceback.*KeyError: 'x'$"):
        ranks(2, "if rank: {}['x']")


def test_a_rank_that_cannot_even_say_why_is_quoted() -> None:
    with pytest.raises(RankError, match=r"(?s)rank 1 .* ended with code 9; its last words:\nbad driver"):
        ranks(2, "if rank:\n    print('bad driver', flush=True)\n    os._exit(9)")


def test_ranks_that_stopped_at_a_checkpoint_ask_to_be_started_again() -> None:
    with pytest.raises(StoppedBySignal, match="^stopped by SIGUSR1"):
        ranks(2, "time.sleep(rank / 2)\nraise StoppedBySignal('stopped by SIGUSR1 after a checkpoint was written')")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGUSR1])
def test_signals_are_passed_on(tmp_path: Path, number: signal.Signals) -> None:
    body = f"""
def stop(number, frame): raise StoppedBySignal(f'got {{number}}')
signal.signal({number}, stop)
open('{tmp_path}/' + str(rank), 'w').close()
time.sleep(60)"""
    code = (
        f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); from test_launch import *\n"
        f"try: ranks(2, {body!r})\nexcept StoppedBySignal as stopped: sys.exit(str(stopped))"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True)
    while not all((tmp_path / name).exists() for name in "01"):
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(number)
    assert process.communicate(timeout=30)[1].strip() == f"got {number.value}"


def test_ranks_do_not_outlive_a_launcher_that_is_killed(tmp_path: Path) -> None:
    code = f"import os, time; open('{tmp_path}/' + os.environ['RANK'], 'w').write(str(os.getpid())); time.sleep(40)"
    start = (
        "import sys; from vid2vid_core.train.parallel.launch import *; "
        f"launch([sys.executable, '-c', {code!r}], Places.here(2))"
    )
    process = subprocess.Popen([sys.executable, "-c", start])
    while not all((tmp_path / name).exists() and (tmp_path / name).read_text() for name in "01"):
        time.sleep(0.05)
    process.kill()
    process.wait()
    left = [int((tmp_path / name).read_text()) for name in "01"]
    deadline = time.monotonic() + 10
    while any(_lives(pid) for pid in left) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(_lives(pid) for pid in left)


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_more_nodes_than_there_are_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLURM_JOB_NUM_NODES", "1")
    with pytest.raises(ValueError, match="training on 2 nodes needs a SLURM allocation of so many, this one has 1"):
        launch_on_nodes(["true"], 4, 2)


def test_ranks_of_several_nodes_meet_on_the_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = tmp_path / "scontrol"
    fake.write_text(
        '#!/bin/sh\n[ "$2" = hostnames ] && printf "a1\\na2\\n" || echo "NodeName=$3 NodeAddr=10.0.0.7 Port=1"\n'
    )
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    step = {"SLURM_STEP_NUM_NODES": "2", "SLURM_JOB_ID": "77", "SLURM_STEP_ID": "1", "SLURM_STEP_NODELIST": "a[1-2]"}
    first, second = (places_on_this_node(4, step | {"SLURM_NODEID": node}) for node in "01")
    assert (first.first, second.first, second.total) == (0, 4, 8)
    assert first.address == second.address == "10.0.0.7" and first.port == second.port
    assert second.environment(3, None)["RANK"] == "7" and second.environment(3, None)["LOCAL_RANK"] == "3"
