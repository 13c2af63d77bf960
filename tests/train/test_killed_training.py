"""A training killed at any moment ends as if it had not been, and one that is asked to stop does so in time."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from toy import make_dataset, toy_recipe, toy_stage

from vid2vid_core.config import to_dict

ENVIRONMENT = os.environ | {"OMP_NUM_THREADS": "1"}


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "kills"), [("video", 20), ("best", 8), ("image", 6), ("ranks", 6)])
def test_killed_at_random_moments_ends_as_if_undisturbed(tmp_path: Path, kind: str, kills: int) -> None:
    driver = Path(__file__).with_name("killing.py")
    command = [sys.executable, str(driver), str(tmp_path), kind, str(kills), "7"]
    done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    facts = json.loads(done.stdout.splitlines()[-1])
    assert facts["killed"] == kills and facts["saving"] >= kills // 5, facts
    assert facts["same_weights"] and facts["same_log"], facts


@pytest.mark.slow
@pytest.mark.parametrize(("number", "workers"), [(signal.SIGTERM, 2), (signal.SIGUSR1, 0)])
def test_a_signal_to_the_whole_group_leaves_a_checkpoint_and_the_code_to_requeue(
    tmp_path: Path, number: signal.Signals, workers: int
) -> None:
    make_dataset(tmp_path / "data", frames=12)
    stage = toy_stage(niter=2, n_frames_total=8, max_frames_per_gpu=1)
    stage = replace(stage, data=replace(stage.data, num_workers=workers))
    (tmp_path / "toy.yaml").write_text(yaml.safe_dump(to_dict(toy_recipe(stage, checkpoint_minutes=60))))
    command = [sys.executable, "-m", "vid2vid_core", "train", str(tmp_path / "toy.yaml"), "--device", "cpu"]
    command += ["--dataset", str(tmp_path / "data"), "--out", str(tmp_path / "out")]
    log = tmp_path / "out" / "stages" / "coarse" / "log.jsonl"

    process = subprocess.Popen(command, env=ENVIRONMENT, stderr=subprocess.PIPE, text=True, start_new_session=True)
    while process.poll() is None and not (log.exists() and log.read_text()):
        time.sleep(0.01)
    asked = time.monotonic()
    os.killpg(process.pid, number)
    said = process.communicate(timeout=60)[1]
    assert time.monotonic() - asked < 10
    assert process.returncode == 85, said
    assert f"stopped by {number.name} after a checkpoint was written" in said and "Traceback" not in said
    done = [json.loads(line)["step"] for line in log.read_text().splitlines()]
    checkpoints = [path.name for path in (tmp_path / "out" / "state" / "coarse").glob("*.pt")]
    assert checkpoints == [f"checkpoint-{done[-1]:09d}.pt"] and done[-1] < 30

    again = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, timeout=120)
    assert again.returncode == 0, again.stderr
    assert f"resuming from {tmp_path / 'out' / 'state' / 'coarse' / checkpoints[0]}" in again.stderr
    assert [json.loads(line)["step"] for line in log.read_text().splitlines()] == list(range(1, 37))


def started(folder: Path, ranks: int) -> tuple[subprocess.Popen[str], Path]:
    """A training by so many ranks, and its log once there is something in it."""
    if not (folder / "toy.yaml").exists():
        make_dataset(folder / "data", frames=12)
        stage = toy_stage(niter=4, n_frames_total=8, max_frames_per_gpu=1)
        (folder / "toy.yaml").write_text(yaml.safe_dump(to_dict(toy_recipe(stage, checkpoint_minutes=60))))
    command = [sys.executable, "-m", "vid2vid_core", "train", str(folder / "toy.yaml"), "--device", "cpu"]
    command += ["--dataset", str(folder / "data"), "--out", str(folder / "out"), "--ranks", str(ranks)]
    log = folder / "out" / "stages" / "coarse" / "log.jsonl"
    process = subprocess.Popen(command, env=ENVIRONMENT, stderr=subprocess.PIPE, text=True)
    while process.poll() is None and not (log.exists() and log.read_text()):
        time.sleep(0.01)
    return process, log


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.mark.slow
def test_of_four_ranks_one_is_killed(tmp_path: Path) -> None:
    process, _ = started(tmp_path, 4)
    victim = children(process.pid)[2]
    killed = time.monotonic()
    os.kill(victim, signal.SIGKILL)
    said = process.communicate(timeout=60)[1]
    assert time.monotonic() - killed < 30
    assert process.returncode == 1, said
    assert f"vid2vid train: rank 2 (process {victim} on " in said and "was killed by SIGKILL" in said
    assert "Traceback" not in said


@pytest.mark.slow
def test_a_signal_to_one_rank_ends_all_and_other_ranks_go_on(tmp_path: Path) -> None:
    process, log = started(tmp_path, 2)
    asked = time.monotonic()
    os.kill(children(process.pid)[1], signal.SIGTERM)
    said = process.communicate(timeout=60)[1]
    assert time.monotonic() - asked < 10
    assert process.returncode == 85, said
    assert said.count("stopped by SIGTERM after a checkpoint was written") == 1 and "Traceback" not in said
    steps = len(log.read_text().splitlines())
    assert [path.name for path in (tmp_path / "out/state/coarse").glob("*.pt")] == [f"checkpoint-{steps:09d}.pt"]

    again, _ = started(tmp_path, 1)
    said = again.communicate(timeout=120)[1]
    assert again.returncode == 0, said
    assert "2" in next(line for line in said.splitlines() if "the checkpoint was written by" in line)
    assert json.loads(log.read_text().splitlines()[-1])["epoch"] == 4


@pytest.mark.slow
def test_torchrun_starts_ranks_too(tmp_path: Path) -> None:
    make_dataset(tmp_path / "data", frames=6)
    (tmp_path / "toy.yaml").write_text(yaml.safe_dump(to_dict(toy_recipe(toy_stage(niter=1)))))
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    command += ["-m", "vid2vid_core", "train", str(tmp_path / "toy.yaml"), "--device", "cpu"]
    command += ["--dataset", str(tmp_path / "data"), "--out", str(tmp_path / "out")]
    done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "on 2 x cpu" in done.stderr and done.stdout.count("Weights: ") == 1
