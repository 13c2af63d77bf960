"""One optimisation step of a stage on tensors without content: what it holds and computes, at any size, in seconds."""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from vid2vid_core.config import StageConfig, control_channels
from vid2vid_core.dataset.geometry import Size
from vid2vid_core.models import Vgg19Features
from vid2vid_core.ops import pyramid
from vid2vid_core.train.clip_state import ClipState
from vid2vid_core.train.networks import build_networks
from vid2vid_core.train.optimizers import Optimizers
from vid2vid_core.train.parallel.ranks import Ranks
from vid2vid_core.train.plan.furnish import META, fill_states, furnish
from vid2vid_core.train.plan.memory import without_content
from vid2vid_core.train.plan.phases import Phase
from vid2vid_core.train.prepare import prepare
from vid2vid_core.train.rollout import Carry
from vid2vid_core.train.stepping import ClipStepper
from vid2vid_core.types import Chunk, Clip

_BATCHES = 2
"""Batches of a step that are tried: each further one adds its clips to the memory, and as much work again."""


@dataclass(frozen=True, slots=True)
class StepCost:
    """One optimisation step on one device."""

    lasting: int
    """Bytes of weights, their averages and optimisers, which stay from step to step."""
    peak: int
    """Bytes at the worst moment, those included."""
    operations: int
    """Floating-point operations, forward and backward."""
    frames: int
    """Generated frames."""


def simulate_step(stage: StageConfig, label_nc: int, size: Size, phase: Phase, perceptual: bool) -> StepCost:
    """The largest step of a phase, late in a clip, where temporal discriminators have all the frames they want.

    Args:
        stage: networks, losses, batch size.
        label_nc: number of labels of the dataset; 0 for drawn controls.
        size: width and height of training frames, pixels.
        phase: length of chunks and clips, what is trained.
        perceptual: whether the perceptual loss is on.
    """
    stage = replace(stage, speed=replace(stage.speed, compile=False))
    with META:
        networks = build_networks(stage, control_channels(stage, label_nc), 0, None, META)
        if perceptual:
            networks.vgg = Vgg19Features(None)
            prepare([networks.vgg], stage.speed)
    with without_content() as meter:
        furnish(networks.stored().values())
        furnish([] if networks.vgg is None else [networks.vgg])
        optimizers = Optimizers(networks, stage.optimizer, phase.state.train_all_scales, stage.speed)
        fill_states(optimizers.named().values())
        lasting = meter.now
        clips = [empty_clip(stage, label_nc, size, phase.clip_frames) for _ in range(stage.parallel.accumulate)]
        taken = clips[:_BATCHES]
        begin = phase.clip_frames - (stage.generator.n_frames_G - 1) - phase.chunk_frames
        stepper = ClipStepper(stage, label_nc, networks, optimizers, Ranks.alone(torch.device("cpu")))
        stepper.begin(taken, [clip_state(stage, clip, begin).saved() for clip in taken])
        meter.restart()
        stepper.step(phase.state, begin, phase.chunk_frames, "plan")
        operations = meter.operations * len(clips) // len(taken)
        return StepCost(lasting, meter.peak, operations, len(clips) * stage.data.batchSize * phase.chunk_frames)


def empty_clip(stage: StageConfig, label_nc: int, size: Size, frames: int) -> Clip:
    """A batch of clips as a `ClipDataset` gives them."""
    width, height = size
    kinds = {"labels": torch.int64, "face": torch.uint8, "pose": torch.float32}
    channels = 1 if label_nc else control_channels(stage, 0)

    def maps(count: int, channels: int, dtype: torch.dtype = torch.float32) -> Tensor:
        return torch.empty(stage.data.batchSize, count, channels, height, width, dtype=dtype)

    return Clip(
        images=maps(frames, 3),
        controls=maps(frames, channels, kinds[stage.controls.kind]),
        instances=maps(frames, 1, torch.int64) if stage.data.use_instance else None,
        flow=maps(frames - 1, 2),
        confidence=maps(frames - 1, 1),
    )


def clip_state(stage: StageConfig, clip: Clip, begin: int) -> ClipState:
    """What is kept of the frames before the chunk that begins with new frame `begin`."""
    state = ClipState.begin(clip.images, stage)
    if begin == 0:
        return state
    past = stage.generator.n_frames_G - 1
    state.carry = Carry(pyramid(torch.empty_like(clip.images[:, :past]), stage.generator.n_scales_spatial), first=False)
    sizes = stage.discriminator
    wanted = sizes.n_frames_D ** max(0, sizes.n_scales_temporal - 1) * (sizes.n_frames_D - 1)
    state.history.add(_past_chunk(clip, past + begin - min(wanted, begin), past + begin))
    return state


def _past_chunk(clip: Clip, first: int, end: int) -> Chunk:
    """Frames of a clip as if they had been generated; they take memory of their own."""
    real = clip.images[:, first:end]
    made = torch.empty_like(real)
    flow, confidence = clip.flow[:, first - 1 : end - 1], clip.confidence[:, first - 1 : end - 1]
    return Chunk(made, made, None, None, clip.controls[:, first:end], real, real, real, flow, confidence)
