"""What a step is said to need and compute, against what a real one does."""

from dataclasses import replace

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode
from toy import LABELS, toy_stage, with_batch

from vid2vid_core.config import (
    ImageDiscriminatorConfig,
    ImageGeneratorConfig,
    ImageLossConfig,
    ImageStageConfig,
    OptimizerConfig,
    ParallelConfig,
    SpeedConfig,
)
from vid2vid_core.config.schedule import EpochState
from vid2vid_core.dataset.frame_pairs import FramePair
from vid2vid_core.train.image_loop import picture_step
from vid2vid_core.train.image_networks import ImageOptimizers, build_image_networks
from vid2vid_core.train.networks import build_networks
from vid2vid_core.train.optimizers import Optimizers
from vid2vid_core.train.parallel.ranks import Ranks
from vid2vid_core.train.plan.memory import Meter
from vid2vid_core.train.plan.phases import Phase
from vid2vid_core.train.plan.simulate import simulate_step
from vid2vid_core.train.plan.simulate_image import simulate_picture_step
from vid2vid_core.train.plan.simulate_roles import simulate_roles, together
from vid2vid_core.train.stepping import ClipStepper
from vid2vid_core.types import Clip

CPU = torch.device("cpu")
SIZE = (64, 32)
MEGABYTE = 1_000_000


def clip_of(frames, batch):
    labels = torch.randint(0, LABELS, (batch, frames, 1, SIZE[1], SIZE[0]))
    picture = torch.rand(batch, frames, 3, SIZE[1], SIZE[0])
    return Clip(picture, labels, labels * 7, torch.rand_like(picture[:, 1:, :2]), torch.rand_like(picture[:, 1:, :1]))


def phase_of(stage, chunk, chunks, *, all_scales=True):
    state = EpochState(1, 2e-4, chunk * chunks, chunk, 1, all_scales)
    return Phase(state, 1, 1, chunks, chunk, chunk, chunk * chunks + stage.generator.n_frames_G - 1)


def really(stage, phase):
    """Peak and operations of the most expensive step of a clip, on real tensors."""
    steps = []
    with Meter() as meter:
        networks = build_networks(stage, LABELS + 1, 0, None, CPU)
        optimizers = Optimizers(networks, stage.optimizer, phase.state.train_all_scales, stage.speed)
        stepper = ClipStepper(stage, LABELS, networks, optimizers, Ranks.alone(CPU))
        stepper.begin([clip_of(phase.clip_frames, stage.data.batchSize) for _ in range(stage.parallel.accumulate)])
        past = stage.generator.n_frames_G - 1
        for begin in range(0, phase.clip_frames - past, phase.chunk_frames):
            meter.restart()
            stepper.step(phase.state, begin, phase.chunk_frames, "here")
            steps.append((meter.peak, meter.operations))
    return max(steps)


def test_meter_counts_tensors_until_nobody_holds_them():
    with Meter() as meter:
        first = torch.zeros(MEGABYTE // 4)
        view = first.view(10, -1)[1:]
        assert meter.now == pytest.approx(MEGABYTE, rel=0.001)
        del first
        assert meter.now == pytest.approx(MEGABYTE, rel=0.001)  # the view holds it all
        second = view * 2
        assert meter.now == pytest.approx(1.9 * MEGABYTE, rel=0.001)
        del view, second
        assert meter.now == 0
        assert meter.peak == pytest.approx(1.9 * MEGABYTE, rel=0.001)
        meter.restart()
        assert meter.peak == 0


def test_meter_counts_operations_as_pytorch_does():
    layer, picture = torch.nn.Conv2d(3, 8, 3, padding=1), torch.rand(2, 3, 16, 16, requires_grad=True)
    with FlopCounterMode(display=False) as counter:
        layer(picture).sum().backward()
    with Meter() as meter:
        layer(picture).sum().backward()
    assert meter.operations == counter.get_total_flops() == 3 * 2 * 2 * 8 * 3 * 9 * 16 * 16


def cases():
    plain = toy_stage()
    judged = replace(plain.discriminator, n_scales_temporal=2, n_frames_D=2)
    yield pytest.param(plain, 2, 3, True, id="plain")
    yield pytest.param(replace(plain, discriminator=judged), 1, 4, True, id="two temporal scales")
    yield pytest.param(replace(plain, discriminator=replace(judged, sparse_D=True)), 1, 4, True, id="sparse")
    yield pytest.param(with_batch(plain, 2), 2, 2, True, id="batch of two")
    yield pytest.param(replace(plain, optimizer=OptimizerConfig(ema=0.9)), 2, 2, True, id="average")
    yield pytest.param(toy_stage(scales=2), 2, 2, True, id="two scales")
    yield pytest.param(replace(plain, parallel=ParallelConfig(accumulate=2)), 2, 2, True, id="two batches a step")
    frugal = ParallelConfig(recompute="frame")
    yield pytest.param(replace(toy_stage(scales=2), parallel=frugal), 4, 2, True, id="recomputed")
    yield pytest.param(replace(plain, speed=SpeedConfig(autocast="bf16")), 2, 2, True, id="bfloat16")
    yield pytest.param(replace(plain, speed=SpeedConfig(fused_adam=False)), 2, 2, True, id="plain Adam")
    yield pytest.param(toy_stage(scales=2), 2, 2, False, id="coarse scale frozen")


@pytest.mark.parametrize(("stage", "chunk", "chunks", "all_scales"), list(cases()))
def test_step_without_content_needs_and_computes_what_a_real_one_does(stage, chunk, chunks, all_scales):
    phase = phase_of(stage, chunk, chunks, all_scales=all_scales)
    said = simulate_step(stage, LABELS, SIZE, phase, perceptual=False)
    peak, operations = really(stage, phase)
    assert said.operations == operations
    assert said.peak == pytest.approx(peak, rel=0.08)
    assert said.frames == chunk * stage.data.batchSize * stage.parallel.accumulate


def test_longer_chunks_and_the_perceptual_network_need_more():
    stage = toy_stage()
    stage = replace(stage, losses=replace(stage.losses, no_vgg=False))
    short, long = (simulate_step(stage, LABELS, SIZE, phase_of(stage, chunk, 1), False).peak for chunk in (1, 4))
    seen = simulate_step(stage, LABELS, SIZE, phase_of(stage, 4, 1), True)
    assert long > 2 * short
    weights_of_vgg19 = 4 * 12_944_960
    assert seen.lasting > weights_of_vgg19
    assert seen.peak > long + weights_of_vgg19


@pytest.mark.parametrize("kind", ["global", "local_with_features"])
def test_step_of_an_image_stage_too(kind):
    generator = ImageGeneratorConfig(
        netG=kind, ngf=8, n_downsample_global=1, n_blocks_global=1, n_blocks_local=1, nef=4, n_downsample_E=1
    )
    sizes = ImageDiscriminatorConfig(ndf=4, n_layers_D=2, num_D=1)
    stage = ImageStageConfig(
        name="first", generator=generator, discriminator=sizes, losses=ImageLossConfig(no_vgg=True)
    )
    said = simulate_picture_step(stage, LABELS, SIZE, perceptual=False)
    steps = []
    with Meter() as meter:
        networks = build_image_networks(stage, LABELS, 0, None, CPU)
        optimizers = ImageOptimizers(networks, stage)
        ids = torch.randint(64, (1, 1, SIZE[1], SIZE[0]))
        values = {"images": torch.rand(1, 3, SIZE[1], SIZE[0]), "controls": torch.rand(1, LABELS, SIZE[1], SIZE[0])}
        pair = FramePair(**{field: values.get(field, ids) for field in FramePair._fields})
        for _ in range(2):
            meter.restart()
            picture_step(networks, optimizers, stage, pair.controls, pair, "here")
            steps.append((meter.peak, meter.operations))
    peak, operations = max(steps)
    assert said.operations == operations
    assert said.peak == pytest.approx(peak, rel=0.08)


def test_ranks_with_roles_compute_together_what_one_does_alone_in_less_memory():
    stage = toy_stage(n_gpus_gen=2, n_frames_total=8)
    phase = phase_of(stage, 4, 2)
    alone = simulate_step(stage, LABELS, SIZE, phase, False)
    shares = simulate_roles(stage, LABELS, SIZE, phase, False, 5)
    assert [(share.ranks, share.does) for share in shares] == [
        (2, "generate"), (1, "judges image"), (1, "judges temporal.0"), (1, "judges flow"),
    ]  # fmt: skip
    cost = together(shares)
    assert (cost.operations, cost.frames) == (alone.operations, alone.frames)
    assert cost.peak < 0.6 * alone.peak
    assert together(simulate_roles(stage, LABELS, SIZE, phase, False, 1)).operations == alone.operations  # as if 3
