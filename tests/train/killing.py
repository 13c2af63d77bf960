"""Trains a toy stage in processes that are killed, and says whether it ends as if they had not been.

    python killing.py FOLDER video|best|image KILLS SEED

`best` is a video stage that ends with its best weights.

A program of its own, which imports torch once and forks: a process for each kill would spend its life importing. With
`ranks` two gloo ranks train the video stage, and one of them, drawn by lot, is killed. The last line it prints is JSON:
how many trainings were killed, in how many a save was under way, whether the weights equal those of an undisturbed
training bit for bit, and how many steps were done in all and twice.
"""

import contextlib
import io
import json
import os
import random
import signal
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import torch
from ranks import free_port
from toy import Toy, make_dataset, toy_image_stage, toy_recipe, toy_stage, train_image

from vid2vid_core.config import (
    ImageStageConfig,
    OptimizerConfig,
    StageConfig,
    ValidationConfig,
)
from vid2vid_core.storage import write_json
from vid2vid_core.train.stage import train_stage

AT_EVERY_STEP = 1e-9
"""Minutes between checkpoints."""


def video_stage() -> StageConfig:
    """Long clips in chunks of one frame, sparse temporal groups at two rates, an average: all that a clip can leave."""
    stage = toy_stage(niter=3, n_frames_total=8, max_frames_per_gpu=1)
    sizes = replace(stage.discriminator, n_frames_D=2, n_scales_temporal=2, sparse_D=True)
    return replace(stage, discriminator=sizes, optimizer=OptimizerConfig(ema=0.9))


def image_stage() -> ImageStageConfig:
    """A generator with features, one picture a step."""
    return replace(toy_image_stage("global_with_features"), optimizer=OptimizerConfig(ema=0.9))


def train(kind: str, toy: Toy, folder: Path, minutes: float) -> None:
    """One call of what is under test."""
    if kind == "image":
        train_image(toy, folder, image_stage(), minutes)
        return
    recipe = toy_recipe(video_stage(), checkpoint_minutes=minutes)
    if kind == "best":
        recipe = replace(recipe, validation=ValidationConfig(every_steps=7, frames=4, keep="best"))
    places = {"state_dir": folder / "state", "out_dir": folder / "out", "device": "cpu"}
    tables = {"manifest": toy.manifest, "flow_tables": toy.flow_tables, "init": None}
    train_stage(video_stage(), recipe=recipe, **tables, **places)


def begin(job: Callable[[], None]) -> int:
    """Run `job` in a process of its own."""
    pid = os.fork()
    if pid == 0:
        try:
            job()
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    return pid


def begin_training(kind: str, job: Callable[[], None], folder: Path) -> int:
    """Run `job` in a process of its own, or in two ranks that this process starts and outlives."""
    return begin(lambda: in_ranks(job, folder)) if kind == "ranks" else begin(job)


def in_ranks(job: Callable[[], None], folder: Path) -> None:
    """Run `job` in two ranks and end as they do; if one fails, the other is killed, as a launcher does."""
    port = free_port()

    def rank(number: int) -> None:
        names = {"RANK": number, "WORLD_SIZE": 2, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
        os.environ.update({name: str(value) for name, value in names.items()})
        sys.stderr = Path(os.devnull).open("w")  # the one that is left complains
        job()

    pids = [begin(lambda number=number: rank(number)) for number in range(2)]
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / "pids", pids)
    first, status = os.wait()
    (left,) = (pid for pid in pids if pid != first)
    if status:
        os.kill(left, signal.SIGKILL)
    ends = [os.waitstatus_to_exitcode(status), finish(left)]
    if -signal.SIGKILL in ends:
        os.kill(os.getpid(), signal.SIGKILL)
    assert ends == [0, 0], ends


def finish(pid: int) -> int:
    """Its exit code, negative for a signal."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def newest(folder: Path) -> int:
    """Step of the newest checkpoint."""
    return max((int(path.stem[-9:]) for path in (folder / "state").glob("checkpoint-*.pt")), default=0)


def kill_after(pid: int, folder: Path, checkpoints: int, seconds: float, ranked: bool, draw: random.Random) -> bool:
    """Kill a process, or one of its ranks, so many seconds after so many new checkpoints; False if it ended before."""
    first, ranks = newest(folder), folder / "pids"
    while newest(folder) < first + checkpoints or (ranked and not ranks.exists()):
        if os.waitpid(pid, os.WNOHANG)[0]:
            return False
        time.sleep(0.001)
    time.sleep(seconds)
    with contextlib.suppress(ProcessLookupError):  # a rank that is done
        os.kill(draw.choice(json.loads(ranks.read_text())) if ranked else pid, signal.SIGKILL)
    return finish(pid) == -signal.SIGKILL


def half_a_save(countdown: int) -> None:
    """From now on, save number `countdown` of this process writes half a file and then kills it."""
    save = torch.save

    def torn(value: object, path: Path | io.BytesIO, **options: bool) -> None:
        nonlocal countdown
        countdown -= isinstance(path, Path)
        if countdown or not isinstance(path, Path):  # ranks send each other tensors as saved bytes
            save(value, path, **options)
            return
        whole = io.BytesIO()
        save(value, whole)
        path.write_bytes(whole.getvalue()[: whole.tell() // 2])
        os.kill(os.getpid(), signal.SIGKILL)

    torch.save = torn


def disturbed(kind: str, toy: Toy, folder: Path, kills: int, draw: random.Random) -> tuple[int, int]:
    """Train with so many kills; returns how many there were, and how many while saving."""
    killed = saving = 0

    def job(torn_save: int) -> None:
        if torn_save:
            half_a_save(torn_save)
        train(kind, toy, folder, AT_EVERY_STEP)

    for number in range(kills):
        torn_save = draw.randint(1, 3) if number % 5 == 4 else 0
        (folder / "pids").unlink(missing_ok=True)
        pid = begin_training(kind, lambda torn_save=torn_save: job(torn_save), folder)
        if torn_save:
            killed += finish(pid) == -signal.SIGKILL
        else:
            killed += kill_after(pid, folder, draw.randint(0, 3), draw.uniform(0, 0.1), kind == "ranks", draw)
        saving += any((folder / "state").glob(".*.checkpoint-*.pt"))
    assert finish(begin_training(kind, lambda: train(kind, toy, folder, AT_EVERY_STEP), folder)) == 0
    return killed, saving


def judgements(path: Path) -> list[dict[str, object]]:
    """What validations have found, without the time they took."""
    lines = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    return [{key: value for key, value in line.items() if key != "seconds"} for line in lines]


def main(folder: Path, kind: str, kills: int, seed: int) -> None:
    """Train undisturbed and disturbed, and compare."""
    torch.set_num_threads(1)
    toy = make_dataset(folder / "data", frames=12)
    whole_folder = folder / "whole"
    assert finish(begin_training(kind, lambda: train(kind, toy, whole_folder, 10.0), whole_folder)) == 0
    killed, saving = disturbed(kind, toy, folder / "parts", kills, random.Random(seed))
    files = [folder / run / "out" / "weights.safetensors" for run in ("whole", "parts")]
    logs = [
        [json.loads(line) for line in (folder / run / "out" / "log.jsonl").read_text().splitlines()]
        for run in ("whole", "parts")
    ]
    kept = ("step", "epoch", "clip", "frames", "lr", "losses")
    whole, parts = ([{key: line[key] for key in kept} for line in log] for log in logs)
    judged = [judgements(folder / run / "out" / "validation.jsonl") for run in ("whole", "parts")]
    facts = {
        "killed": killed,
        "saving": saving,
        "same_weights": files[0].read_bytes() == files[1].read_bytes(),
        "same_log": whole == parts and judged[0] == judged[1],
        "judged": len(judged[0]),
        "steps": len(whole),
    }
    sys.stdout.write(json.dumps(facts) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
