"""What `parallel.split: roles` costs in processor time and saves in memory, against one process that does everything.

    .venv/bin/python benchmarks/role_split.py

Frames of 256x128, chunks of four, on CPUs over gloo. Processor time, unlike time on the clock, does not depend on how
many cores are free. Memory is what a process has grown by at most since its networks were made.
"""

import json
import os
import resource
import socket
import subprocess
import sys
import time

import torch

from vid2vid_core.config import (
    DataConfig,
    DiscriminatorConfig,
    GeneratorConfig,
    LossConfig,
    ScheduleConfig,
    StageConfig,
)
from vid2vid_core.config.schedule import EpochState
from vid2vid_core.train.networks import build_networks
from vid2vid_core.train.optimizers import Optimizers
from vid2vid_core.train.parallel.ranks import Ranks
from vid2vid_core.train.parallel.role_networks import take_roles
from vid2vid_core.train.parallel.role_stepper import RoleStepper
from vid2vid_core.train.parallel.side import Task
from vid2vid_core.train.parallel.wire import Wire
from vid2vid_core.train.stepping import ClipStepper, Stepper
from vid2vid_core.train.toy_clip import toy_clip

LABELS, FRAMES, STEPS = 35, 4, 4
CPU = torch.device("cpu")


def main() -> None:
    """Run the splits one after the other."""
    if "RANK" in os.environ:
        print(json.dumps(train(int(sys.argv[1]))))
        return
    rows = {(makers, judges): run(makers, judges) for makers, judges in ((0, 1), (1, 1), (2, 1), (2, 2))}
    for (makers, judges), ranks in rows.items():
        print(f"{makers} + {judges}:" if makers else "one process:")
        for does, seconds, grown in ranks:
            print(f"  {does}: {seconds:.2f} s of a processor a step, {grown:.0f} MB")
        print(f"  in all {sum(seconds for _, seconds, _ in ranks):.2f} s of a processor a step")
    alone, most = rows[0, 1][0][2], max(grown for _, _, grown in rows[2, 2])
    print(f"role_split memory: {alone / most:.1f}x (ours {most:.0f} MB, baseline {alone:.0f} MB)")


def run(makers: int, judges: int) -> list[tuple[str, float, float]]:
    """What every rank does, and needs, in processor seconds and MB."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    size, started = makers + judges, []
    for rank in range(size):
        variables = {
            "RANK": rank,
            "LOCAL_RANK": rank,
            "WORLD_SIZE": size,
            "MASTER_ADDR": "127.0.0.1",
            "MASTER_PORT": port,
        }
        environment = os.environ | {name: str(value) for name, value in variables.items()} | {"OMP_NUM_THREADS": "1"}
        command = [sys.executable, __file__, str(makers)]
        started.append(subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True))
    answers = [process.communicate()[0] for process in started]
    return [tuple(json.loads(answer.splitlines()[-1])) for answer in answers]


def train(makers: int) -> tuple[str, float, float]:
    """Train on a clip, with roles if there are makers."""
    stage, ranks = stage_of(max(1, makers)), Ranks.join("cpu")
    networks = build_networks(stage, LABELS, 0, None, CPU)
    stepper: Stepper
    if makers:
        roles = take_roles(stage, networks, ranks)
        optimizers = Optimizers(networks, stage.optimizer, True)
        stepper = RoleStepper(Task(ranks.rank, roles, stage, LABELS, networks, optimizers, Wire(CPU)), ranks)
        does = f"judges {', '.join(roles.of(ranks.rank))}" if roles.of(ranks.rank) else "generates"
    else:
        optimizers = Optimizers(networks, stage.optimizer, True)
        stepper, does = ClipStepper(stage, LABELS, networks, optimizers, ranks), "does everything"
    state = EpochState(1, 2e-4, FRAMES * STEPS, FRAMES, 2, True)
    optimizers.enter(state)
    stepper.begin([toy_clip(stage, FRAMES * STEPS + 2, 128, 256, 0)])
    before = grown()
    stepper.step(state, 0, FRAMES, "first")
    start = time.process_time()
    for number in range(1, STEPS):
        stepper.step(state, number * FRAMES, FRAMES, "timed")
    return does, (time.process_time() - start) / (STEPS - 1), grown() - before


def stage_of(makers: int) -> StageConfig:
    """A small street model."""
    return StageConfig(
        name="small",
        generator=GeneratorConfig(ngf=32, n_downsample_G=2),
        discriminator=DiscriminatorConfig(ndf=32),
        losses=LossConfig(lambda_L1=1.0),
        schedule=ScheduleConfig(n_gpus_gen=makers, max_frames_per_gpu=FRAMES // makers, n_frames_total=FRAMES * STEPS),
        data=DataConfig(loadSize=256),
    )


def grown() -> float:
    """The most memory this process has had, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
