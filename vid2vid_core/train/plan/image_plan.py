"""What the image stage of a recipe will take."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import torch

from vid2vid_core.config import ImageStageConfig, RecipeConfig, picture_channels
from vid2vid_core.config.schedule import describe_image_stage
from vid2vid_core.dataset.frame_pairs import FramePairs, collate_pairs
from vid2vid_core.dataset.manifest import Manifest
from vid2vid_core.ops import encode_controls
from vid2vid_core.train.image_loop import picture_step
from vid2vid_core.train.image_networks import ImageOptimizers, build_image_networks
from vid2vid_core.train.perceptual import perceptual_file
from vid2vid_core.train.plan.advice import Change, first_that_fits
from vid2vid_core.train.plan.device_memory import PeakMemory
from vid2vid_core.train.plan.disk import disk_of
from vid2vid_core.train.plan.frame_size import largest_pictures
from vid2vid_core.train.plan.probe import Probe, wait_for
from vid2vid_core.train.plan.rate import operations_per_second
from vid2vid_core.train.plan.simulate import StepCost
from vid2vid_core.train.plan.simulate_image import image_networks, simulate_picture_step
from vid2vid_core.train.plan.stage_plan import PhasePlan, Question, StagePlan


def plan_image_stage(
    stage: ImageStageConfig, recipe: RecipeConfig, table: Manifest, manifest: Path, asked: Question
) -> StagePlan:
    """Plan the image stage; nothing is written.

    Args:
        stage: of the recipe.
        recipe: seed, checkpoints.
        table: the manifest of the dataset.
        manifest: its file.
        asked: for which device, how exactly.
    """
    by_object = stage.generator.features_of == "objects"
    pairs = FramePairs(manifest, stage.data, stage.controls, recipe.seed, by_object=by_object)
    vgg, size = perceptual_file(stage.losses.no_vgg), largest_pictures(table, stage)
    cost = simulate_picture_step(stage, table.label_nc, size, vgg is not None)
    too_much = asked.memory is not None and cost.peak > asked.memory
    probe = None
    if asked.steps and not too_much:
        probe = _probe(stage, pairs, asked, vgg)
    peak = max(cost.peak, 0 if probe is None else probe.peak)
    networks = image_networks(stage, table.label_nc, perceptual=False)
    averages = [] if networks.average is None else list(networks.average.networks.values())
    trained = networks.trained()
    phase = _phase(stage, pairs, cost, probe, asked)

    def peak_of(changed: ImageStageConfig) -> int:
        return simulate_picture_step(changed, table.label_nc, largest_pictures(table, changed), vgg is not None).peak

    return StagePlan(
        name=stage.name,
        schedule=describe_image_stage(stage),
        size=size,
        weights={name: sum(weight.numel() for weight in network.parameters()) for name, network in trained.items()},
        phases=[phase],
        disk=disk_of(stage, recipe, trained.values(), averages, size, phase.steps),
        probe=probe,
        probed="pictures of the dataset" if probe else "it would not fit" if too_much else "none asked for",
        probe_estimate=cost.peak,
        peak=peak,
        memory=asked.memory,
        changes=[] if asked.memory is None or peak <= asked.memory else _changes(stage, peak_of, asked.memory),
    )


def _phase(
    stage: ImageStageConfig, pairs: FramePairs, cost: StepCost, probe: Probe | None, asked: Question
) -> PhasePlan:
    """All epochs: they are alike."""
    epochs = stage.schedule.niter + stage.schedule.niter_decay
    per_epoch = len(pairs.order(1, stage.schedule.frames_per_epoch))
    if probe is None:
        each = cost.operations / cost.frames / operations_per_second(asked.device)
    elif asked.device.type == "cpu":
        each = probe.seconds + probe.loading
    else:
        each = max(probe.seconds, probe.loading / max(1, stage.data.num_workers))
    frames, steps = epochs * per_epoch, epochs * -(-per_epoch // stage.data.batchSize)
    together = -(-per_epoch // (stage.data.batchSize * asked.gpus))
    return PhasePlan(
        epochs=(1, epochs),
        clips=frames,
        steps=steps,
        frames=frames,
        peak=cost.peak,
        seconds=frames * each,
        steps_together=epochs * together,
        seconds_together=epochs * together * stage.data.batchSize * each,
    )


def _probe(stage: ImageStageConfig, pairs: FramePairs, asked: Question, vgg: Path | None) -> Probe:
    """Train for some steps with networks that are thrown away; the first warms up."""
    device, label_nc = asked.device, pairs.manifest.label_nc
    random, memory = torch.random.get_rng_state(), PeakMemory(device)
    networks = build_image_networks(stage, picture_channels(stage, label_nc), 0, vgg, device)
    optimizers = ImageOptimizers(networks, stage)
    optimizers.enter(1e-12)
    keys, size = pairs.order(1, None), stage.data.batchSize
    loading = seconds = 0.0
    for number in range(asked.steps + 1):
        start = time.perf_counter()
        pair = collate_pairs([pairs[keys[(number * size + i) % len(keys)]] for i in range(size)])
        loading += time.perf_counter() - start
        pair = pair.to(device)
        wait_for(device)
        start = time.perf_counter()
        picture_step(networks, optimizers, stage, encode_controls(pair.controls, None, label_nc), pair, "probe")
        wait_for(device)
        seconds += time.perf_counter() - start if number else 0.0
    torch.random.set_rng_state(random)
    frames = asked.steps * size
    return Probe(asked.steps, seconds / frames, loading / (frames + size), memory.peak())


def _changes(stage: ImageStageConfig, peak_of: Callable[[ImageStageConfig], int], limit: int) -> list[Change]:
    def lighter() -> Iterator[tuple[str, ImageStageConfig]]:
        changed, keys = stage, []
        if stage.speed.autocast == "float32":
            keys.append("speed.autocast: bf16")
            changed = replace(changed, speed=replace(changed.speed, autocast="bf16"))
            yield ", ".join(keys), changed
        if stage.data.batchSize > 1:
            keys.append("data.batchSize: 1")
            changed = replace(changed, data=replace(changed.data, batchSize=1))
            yield ", ".join(keys), changed
        if stage.generator.ngf % 2 == 0:
            keys.append(f"generator.ngf: {stage.generator.ngf // 2}")
            yield ", ".join(keys), replace(changed, generator=replace(changed.generator, ngf=stage.generator.ngf // 2))

    return first_that_fits(lighter(), peak_of, limit)
