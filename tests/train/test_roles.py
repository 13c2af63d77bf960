"""Ranks with roles, some generating frames and the others judging them, train what one process trains."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from ranks import run_on_ranks
from torch import Tensor, nn
from toy import LABELS, toy_stage

from vid2vid_core.config import LossConfig, ParallelConfig, ScheduleConfig, StageConfig
from vid2vid_core.config.schedule import EpochState
from vid2vid_core.train.networks import Networks, build_networks
from vid2vid_core.train.optimizers import Optimizers
from vid2vid_core.train.parallel.ranks import Ranks
from vid2vid_core.train.parallel.role_networks import take_roles
from vid2vid_core.train.parallel.role_stepper import RoleStepper
from vid2vid_core.train.parallel.side import Task
from vid2vid_core.train.parallel.wire import Wire
from vid2vid_core.train.stepping import ClipStepper, Stepper
from vid2vid_core.types import Clip

FRAMES, STEPS = 4, 3
CPU = torch.device("cpu")


class Taps(nn.Module):
    """Stands in for VGG."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, stride=2)
        self.requires_grad_(False)

    def forward(self, x: Tensor) -> list[Tensor]:
        return [self.conv(x) * k for k in range(1, 6)]


def stage_of(makers: int, **generator: Any) -> StageConfig:
    stage = toy_stage(scales=2)
    return replace(
        stage,
        generator=replace(stage.generator, **generator),
        discriminator=replace(stage.discriminator, n_scales_temporal=2, n_frames_D=2),
        losses=LossConfig(lambda_L1=1.0),
        optimizer=replace(stage.optimizer, ema=0.9),
        parallel=ParallelConfig(recompute="frame" if makers > 1 else "none"),
        schedule=ScheduleConfig(n_gpus_gen=makers, max_frames_per_gpu=FRAMES // makers, n_frames_total=FRAMES * STEPS),
    )


def clip_of(kind: torch.dtype = torch.float64) -> Clip:
    frames = FRAMES * STEPS + 2
    draw = torch.Generator().manual_seed(0)
    labels = torch.randint(0, LABELS, (1, frames, 1, 2, 4), generator=draw).repeat_interleave(8, -1)
    labels = labels.repeat_interleave(8, -2)
    return Clip(
        images=torch.rand(1, frames, 3, 16, 32, generator=draw, dtype=kind) * 2 - 1,
        controls=labels,
        instances=labels * 7,
        flow=torch.randn(1, frames - 1, 2, 16, 32, generator=draw, dtype=kind),
        confidence=torch.rand(1, frames - 1, 1, 16, 32, generator=draw, dtype=kind),
    )


def networks_of(stage: StageConfig, kind: torch.dtype = torch.float64) -> Networks:
    """In float64: biases before a batch norm have gradients of rounding errors alone, which Adam would magnify."""
    networks = build_networks(stage, LABELS + 1, 0, None, CPU)
    torch.manual_seed(5)
    networks.vgg = Taps().to(kind)
    for network in networks.stored().values():
        network.to(kind)
    return networks


def unsplit(stage: StageConfig) -> tuple[Stepper, Networks, Optimizers]:
    networks = networks_of(stage)
    optimizers = Optimizers(networks, stage.optimizer, True)
    return ClipStepper(stage, LABELS, networks, optimizers, Ranks.alone(CPU)), networks, optimizers


def split(
    stage: StageConfig, ranks: Ranks, kind: torch.dtype = torch.float64
) -> tuple[RoleStepper, Networks, Optimizers]:
    networks = networks_of(stage, kind)
    roles = take_roles(stage, networks, ranks)
    optimizers = Optimizers(networks, stage.optimizer, True, stage.speed)
    return (
        RoleStepper(Task(ranks.rank, roles, stage, LABELS, networks, optimizers, Wire(CPU)), ranks),
        networks,
        optimizers,
    )


def run(stepper: Stepper, optimizers: Optimizers, state: EpochState, steps: range) -> list[dict[str, float]]:
    optimizers.enter(state)
    return [
        {name: float(value) for name, value in stepper.step(state, step * FRAMES, FRAMES, "here").terms.items()}
        for step in steps
    ]


def weights(networks: Networks) -> dict[str, Any]:
    """As arrays, which outlive the process that sends them."""
    return {f"{name}.{k}": v.numpy() for name, net in networks.stored().items() for k, v in net.state_dict().items()}


def train_both(makers: int, bp: int, generator: dict[str, Any]) -> Any:
    ranks = Ranks.join("cpu")
    stage, state = stage_of(makers, **generator), EpochState(1, 1e-3, FRAMES * STEPS, FRAMES, bp, True)
    stepper, networks, optimizers = split(stage, ranks)
    stepper.begin([clip_of()])
    terms = run(stepper, optimizers, state, range(STEPS))
    stepper.collect()
    if not ranks.main:
        return stepper.reads_flow
    plain, expected, plain_optimizers = unsplit(stage)
    plain.begin([clip_of()])
    return terms, weights(networks), run(plain, plain_optimizers, state, range(STEPS)), weights(expected)


@pytest.mark.parametrize(
    ("makers", "judges", "bp", "generator"),
    [(1, 1, 2, {"no_first_img": True}), (2, 1, 4, {}), (2, 2, 3, {"norm_mode": "eval"})],
    ids=["1+1", "2+1", "2+2"],
)
def test_it_trains_what_one_process_trains(makers: int, judges: int, bp: int, generator: dict[str, Any]) -> None:
    answer, *others = run_on_ranks(makers + judges, train_both, makers, bp, generator)
    terms, got, expected_terms, expected = answer
    assert not any(others[: makers - 1]) and any(others[makers - 1 :])  # makers do not read flow
    for own, wanted in zip(terms, expected_terms, strict=True):
        assert own == pytest.approx(wanted, rel=1e-9)
    assert got.keys() == expected.keys()
    for name, array in got.items():
        np.testing.assert_allclose(array, expected[name], rtol=0, atol=1e-6, err_msg=name)


def odd_chunks(makers: int) -> Any:
    """Two chunks, of which not every maker gets as many frames as the others, or any; in float16, on wild weights."""
    ranks = Ranks.join("cpu")
    stage, state = stage_of(makers), EpochState(1, 1e-3, FRAMES * STEPS, FRAMES, 2, True)
    half = replace(stage, speed=replace(stage.speed, autocast="fp16"))
    both = []
    for made in (split(stage, ranks), unsplit(stage)) if ranks.main else (split(stage, ranks),):
        stepper, networks, optimizers = made
        stepper.begin([clip_of()])
        optimizers.enter(state)
        for begin, frames in ((0, 3), (3, 1)):
            stepper.step(state, begin, frames, "here")
        stepper.collect()
        both.append(weights(networks))
    stepper, _, optimizers = split(half, ranks, torch.float32)
    stepper.begin([clip_of(torch.float32)])
    run(stepper, optimizers, state, range(1))
    return both if ranks.main else None, optimizers.updates.state()


def test_odd_chunks_and_a_common_loss_scale() -> None:
    (both, scale), *others = run_on_ranks(3, odd_chunks, 2)
    assert both is not None
    for name, array in both[0].items():
        np.testing.assert_allclose(array, both[1][name], rtol=0, atol=1e-6, err_msg=name)
    assert scale["scale"] == 2.0**15 and all(other == (None, scale) for other in others)  # gradients have overflown
