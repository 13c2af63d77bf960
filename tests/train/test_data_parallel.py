"""Several ranks train as one process with a larger batch does, whatever the number and length of clips."""

from dataclasses import replace
from typing import Any

import pytest
from ranks import run_on_ranks
from toy import toy_stage, with_batch

from vid2vid_core.config import ParallelConfig, StageConfig, control_channels
from vid2vid_core.config.schedule import schedule
from vid2vid_core.train.clip_groups import ClipGroup
from vid2vid_core.train.networks import build_networks
from vid2vid_core.train.optimizers import Optimizers
from vid2vid_core.train.parallel.ranks import Ranks
from vid2vid_core.train.stepping import ClipStepper
from vid2vid_core.train.toy_clip import toy_clip, toy_labels
from vid2vid_core.types import Clip

FRAMES = 5


def stage_of(norm: str, batch: int = 1, **parallel: Any) -> StageConfig:
    """Five steps of a frame each, temporal groups at two rates."""
    stage = with_batch(toy_stage(n_frames_total=FRAMES, max_frames_per_gpu=1), batch)
    sizes = replace(stage.discriminator, norm=norm, n_frames_D=2, n_scales_temporal=2)
    generator = replace(stage.generator, norm=norm)
    return replace(stage, generator=generator, discriminator=sizes, parallel=ParallelConfig(**parallel))


def five_steps(stage: StageConfig) -> dict[str, Any]:
    """Weights after training on a group of two clips, and the losses of the last step.

    In float64: Adam divides gradients by their size, so that weights which make no difference, such as the bias before
    a normalisation, would follow the rounding of float32.
    """
    ranks, label_nc = Ranks.join("cpu"), toy_labels(stage)
    networks = build_networks(stage, control_channels(stage, label_nc), 0, None, ranks.device)
    for network in networks.trained().values():
        network.double()
    optimizers = Optimizers(networks, stage.optimizer, True)
    stepper = ClipStepper(stage, label_nc, networks, optimizers, ranks)
    both = toy_clip(with_batch(stage, 2), FRAMES + 2, 32, 64, seed=1)
    batches = stepper.share(ClipGroup((0, 1), FRAMES + 2, FRAMES, 1))
    stepper.begin([_part(both, batch) for batch in batches])
    state, terms = schedule(stage, FRAMES + 2)[0], {}
    for number in range(FRAMES):
        terms = stepper.step(state, number, 1, "here").terms
    weights = {
        f"{name}.{key}": tensor
        for name, network in networks.trained().items()
        for key, tensor in network.state_dict().items()
    }
    return {name: value.numpy() for name, value in (weights | terms).items()}


def _part(clip: Clip, numbers: list[int]) -> Clip:
    images, flow, confidence = (x[numbers].double() for x in (clip.images, clip.flow, clip.confidence))
    assert clip.instances is not None
    return Clip(images, clip.controls[numbers], clip.instances[numbers], flow, confidence)


def distance(left: dict[str, Any], right: dict[str, Any]) -> float:
    assert left.keys() == right.keys() and any(key.startswith("temporal.1") for key in left)
    return max(float(abs(left[key] - right[key]).max()) for key in left)


@pytest.mark.parametrize("norm", ["instance", "batch"])
def test_two_ranks_are_one_process_with_two_clips(norm: str) -> None:
    alone = five_steps(stage_of(norm, batch=2))
    first, second = run_on_ranks(2, five_steps, stage_of(norm, sync_batch_norm=norm == "batch"))
    assert distance(alone, first) < 1e-8
    assert distance(first, second) == 0


def test_two_batches_one_after_the_other_are_one_of_both() -> None:
    assert distance(five_steps(stage_of("instance", batch=2)), five_steps(stage_of("instance", accumulate=2))) < 1e-8
