"""srun, which starts the ranks of several nodes, is asked to stop them in the way it understands."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from ranks import run_on_ranks

from vid2vid_core.commands.train_stage import StageJob
from vid2vid_core.config import RecipeConfig, StageConfig
from vid2vid_core.runlog import REQUEUE_CODE

START = """
import signal, sys
from vid2vid_core.runlog import REQUEUE_CODE, StoppedBySignal
from vid2vid_core.train.parallel.nodes import launch_on_nodes
signal.signal(signal.SIGINT, signal.default_int_handler)  # tests may run in the background, where it is ignored
try:
    launch_on_nodes(["train"], 8, 2, threads=16)
except StoppedBySignal:
    sys.exit(REQUEUE_CODE)
"""


def started(tmp_path: Path) -> subprocess.Popen[bytes]:
    """A launcher on two nodes, once it has called srun."""
    srun = f"""#!/bin/sh
trap '' INT
trap 'exit {REQUEUE_CODE}' USR1
trap 'touch {tmp_path}/ended; exit 1' TERM
echo "$@" > {tmp_path}/asked
for i in $(seq 400); do sleep 0.05; done
"""
    for name, text in (("srun", srun), ("squeue", "#!/bin/sh\necho 2\n")):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    outer = {name: value for name, value in os.environ.items() if not name.startswith("SLURM_")}
    environment = outer | {"PATH": f"{tmp_path}:{os.environ['PATH']}", "SLURM_JOB_ID": "7"}  # all the plugin leaves
    process = subprocess.Popen([sys.executable, "-c", START], env=environment)
    deadline = time.monotonic() + 30
    while not (tmp_path / "asked").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    return process


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGUSR1])
def test_a_signal_reaches_the_ranks_as_one_that_srun_passes_on(tmp_path: Path, number: signal.Signals) -> None:
    process = started(tmp_path)
    process.send_signal(number)
    assert process.wait(timeout=30) == REQUEUE_CODE
    asked = (tmp_path / "asked").read_text()
    assert "--nodes=2 --ntasks=2 --ntasks-per-node=1" in asked
    assert "--cpus-per-task=16" in asked


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_srun_does_not_outlive_a_launcher_that_is_interrupted_or_killed(tmp_path: Path, number: signal.Signals) -> None:
    process = started(tmp_path)
    process.send_signal(number)
    assert process.wait(timeout=30) == -number
    deadline = time.monotonic() + 10
    while not (tmp_path / "ended").exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_without_an_answer_of_slurm_training_ends_with_what_it_was_asked(tmp_path: Path) -> None:
    squeue = tmp_path / "squeue"
    squeue.write_text("#!/bin/sh\necho 'slurm_load_jobs error: Unable to contact' >&2; exit 1\n")
    squeue.chmod(0o755)
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "SLURM_JOB_ID": "7"}
    done = subprocess.run([sys.executable, "-c", START], env=environment, capture_output=True, text=True, timeout=30)
    assert "RankError: SLURM gave no answer to `squeue" in done.stderr and "Unable to contact" in done.stderr


def job_ended() -> tuple[float, float]:
    """When this rank had trained, and when it was done with its job; the main rank has results to write meanwhile."""
    trained = 0.0

    def train(self: StageJob) -> None:
        nonlocal trained
        time.sleep(0 if int(os.environ["RANK"]) else 1)
        trained = time.monotonic()

    StageJob._train = train
    recipe = RecipeConfig(name="r", stages=(StageConfig(name="a"),))
    StageJob(recipe=recipe, stage="a", manifest="", flow_tables=(), init=None, state="", out="", device="cpu").run()
    return trained, time.monotonic()


def test_no_rank_ends_before_the_main_one() -> None:
    """When a node's are done, srun gives the other nodes half a minute, whatever there is still to write."""
    (written, _), *others = run_on_ranks(3, job_ended)
    assert all(trained < written <= ended for trained, ended in others)
