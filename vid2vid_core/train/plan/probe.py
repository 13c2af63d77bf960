"""A few real steps of a stage with networks that are thrown away: what they take on the device at hand."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from tqdm import tqdm

from vid2vid_core.config import StageConfig, control_channels
from vid2vid_core.dataset.clips import ClipDataset, collate
from vid2vid_core.dataset.flow_source import FlowSource
from vid2vid_core.dataset.geometry import Size
from vid2vid_core.train.networks import build_networks
from vid2vid_core.train.optimizers import Optimizers
from vid2vid_core.train.parallel.ranks import Ranks
from vid2vid_core.train.plan.device_memory import PeakMemory
from vid2vid_core.train.plan.phases import Phase
from vid2vid_core.train.stepping import ClipStepper
from vid2vid_core.train.toy_clip import toy_clip
from vid2vid_core.types import Clip

_LONGEST = 120.0
"""Seconds after which a probe begins no further step; it does two in any case."""

Clips = Callable[[int], Clip]
"""Gives batch number 0, 1, ... of clips."""


@dataclass(frozen=True, slots=True)
class Probe:
    """What the steps took."""

    steps: int
    """Steps whose time was taken; one before them warmed up."""
    seconds: float
    """For a generated frame, computing alone."""
    loading: float
    """Seconds to read a frame, in one process; 0 where nothing was read."""
    peak: int
    """Bytes at the worst moment, weights included."""


def real_clips(manifest: Path, flow: FlowSource, stage: StageConfig, phase: Phase, seed: int) -> Clips:
    """The clips that training would read first in a phase."""
    dataset = ClipDataset(manifest, flow, stage, phase.state, seed)
    size = stage.data.batchSize

    def batch(number: int) -> Clip:
        return collate([dataset[(number * size + i) % len(dataset)] for i in range(size)])

    return batch


def noise_clips(stage: StageConfig, label_nc: int, phase: Phase, size: Size) -> Clips:
    """Clips of noise of that size, where there is nothing to read yet."""
    width, height = size
    clip = toy_clip(stage, phase.clip_frames, height, width, 0)
    if label_nc:
        clip = replace(clip, controls=clip.controls % label_nc)
    return lambda number: clip


def probe_steps(
    stage: StageConfig,
    label_nc: int,
    phase: Phase,
    clips: Clips,
    *,
    steps: int,
    vgg: Path | None,
    device: torch.device,
) -> Probe:
    """Train for so many steps (fewer if they take minutes) as in `phase`, and one more before them to warm up.

    Args:
        stage: networks and losses.
        label_nc: number of labels; 0 for drawn controls.
        phase: what a step is.
        clips: to train on.
        steps: to take the time of, at least 1.
        vgg: weights of the perceptual network, if it is on.
        device: to run on.
    """
    random = torch.random.get_rng_state()
    memory = PeakMemory(device)
    trial = _Trial(stage, label_nc, phase, clips, vgg, device)
    frames, seconds, done = 0, 0.0, 0
    begun = time.perf_counter()
    for count in tqdm(trial.steps(), desc=f"probe stage {stage.name}", total=steps + 1, unit=" steps", disable=None):
        if trial.number > 1:  # the first one warms up
            frames, done = frames + count, done + 1
            seconds += trial.seconds
        if done == steps or (done and time.perf_counter() - begun > _LONGEST):
            break
    torch.random.set_rng_state(random)
    return Probe(done, seconds / frames, trial.loading / max(1, trial.read), memory.peak())


class _Trial:
    """The state of a probe."""

    def __init__(
        self, stage: StageConfig, label_nc: int, phase: Phase, clips: Clips, vgg: Path | None, device: torch.device
    ) -> None:
        self.stage, self.phase, self.clips, self.device = stage, phase, clips, device
        networks = build_networks(stage, control_channels(stage, label_nc), 0, vgg, device)
        optimizers = Optimizers(networks, stage.optimizer, phase.state.train_all_scales, stage.speed)
        optimizers.enter(replace(phase.state, lr=1e-12))  # as good as still, so that no loss runs away
        self.stepper = ClipStepper(stage, label_nc, networks, optimizers, Ranks.alone(device))
        self.number, self.seconds = 0, 0.0
        self.loading, self.read = 0.0, 0

    def steps(self) -> Iterator[int]:
        """One step after the other; yields how many frames it has generated."""
        read, together = 0, self.stage.parallel.accumulate
        while True:
            start = time.perf_counter()
            clips = [self.clips(read + number) for number in range(together)]
            self.loading += time.perf_counter() - start
            self.read += sum(clip.images.shape[0] * clip.images.shape[1] for clip in clips)
            read += together
            shortest = min(clip.images.shape[1] for clip in clips)
            yield from self._group([clip.first(shortest).to(self.device) for clip in clips])

    def _group(self, clips: list[Clip]) -> Iterator[int]:
        new = clips[0].images.shape[1] - self.stage.generator.n_frames_G + 1
        size = min(new, self.phase.chunk_frames)
        self.stepper.begin(clips)
        for begin in range(0, new - size + 1, size):
            wait_for(self.device)
            start = time.perf_counter()
            self.stepper.step(self.phase.state, begin, size, "probe")
            wait_for(self.device)
            self.seconds = time.perf_counter() - start
            self.number += 1
            yield sum(clip.images.shape[0] for clip in clips) * size


def wait_for(device: torch.device) -> None:
    """Until a GPU has done all it was asked for."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
