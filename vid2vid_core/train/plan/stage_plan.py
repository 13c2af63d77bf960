"""What one stage will take: its phases with steps, memory and time, and its disk space."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from vid2vid_core.config import RecipeConfig, StageConfig
from vid2vid_core.dataset.flow_source import FlowSource
from vid2vid_core.dataset.geometry import Size
from vid2vid_core.dataset.manifest import Manifest
from vid2vid_core.train.out_of_memory import is_out_of_memory
from vid2vid_core.train.perceptual import perceptual_file
from vid2vid_core.train.plan.advice import Change, changes_that_save
from vid2vid_core.train.plan.disk import Disk, disk_of
from vid2vid_core.train.plan.facts import StageOnData
from vid2vid_core.train.plan.phases import Phase
from vid2vid_core.train.plan.probe import Probe, noise_clips, probe_steps, real_clips
from vid2vid_core.train.plan.rate import operations_per_second
from vid2vid_core.train.plan.simulate import StepCost
from vid2vid_core.train.plan.simulate_roles import Share

_RAN_OUT = "memory ran out"

_LESS = 0.8
"""Share of the estimate to aim for where that turned out to be too much."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a plan."""

    device: torch.device
    gpus: int
    """Ranks that train together."""
    steps: int
    """Of the probe; 0: none."""
    memory: int | None
    """Bytes a device has for the training; None: unknown."""


@dataclass(frozen=True, slots=True)
class PhasePlan:
    """Epochs that do the same."""

    epochs: tuple[int, int]
    """The first and the last."""
    clips: int
    steps: int
    frames: int
    """Generated."""
    peak: int
    """Bytes on one device at the worst moment, estimated without running."""
    seconds: float
    steps_together: int
    """With all ranks."""
    seconds_together: float
    """With all ranks, without what they exchange."""


@dataclass(frozen=True, slots=True)
class StagePlan:
    """What a stage will take."""

    name: str
    schedule: str
    """Table of the epochs."""
    size: Size
    """Width and height of the largest training frames, pixels."""
    weights: dict[str, int]
    """Number of trained weights by network."""
    phases: list[PhasePlan]
    disk: Disk
    probe: Probe | None
    probed: str
    """What the probe ran on, or why there was none."""
    probe_estimate: int
    """Bytes that were estimated for what the probe did."""
    peak: int
    """Bytes at the worst moment of all: estimated, or as the probe found if that is more."""
    memory: int | None
    """Bytes there are."""
    changes: list[Change]
    """What would make it fit, where it does not."""
    shares: Sequence[Share] = ()
    """What the ranks of every role take at the worst moment, where ranks have roles."""

    @property
    def fits(self) -> bool:
        """Whether there is enough memory, as far as is known."""
        return self.memory is None or self.peak <= self.memory


def plan_stage(
    stage: StageConfig, recipe: RecipeConfig, table: Manifest, manifest: Path, flow: FlowSource | None, asked: Question
) -> StagePlan:
    """Plan a stage; nothing is written.

    Args:
        stage: one of the recipe's.
        recipe: seed, checkpoints.
        table: the manifest of the dataset.
        manifest: its file.
        flow: reference flow; None where it is not there yet: the probe then runs on noise.
        asked: for which device, how exactly.

    Raises:
        ValueError: the dataset does not fit the stage.
    """
    vgg = perceptual_file(stage.losses.no_vgg)
    known = StageOnData(stage, table, recipe.seed, vgg is not None, asked.gpus)
    alone = known.phases()
    costs = [known.cost(phase) for phase in alone]
    worst = max(range(len(costs)), key=lambda number: costs[number].peak)
    probe, probed = _probe(known, alone[worst], costs[worst], manifest, flow, vgg, asked)
    peak = max(costs[worst].peak, 0 if probe is None else probe.peak)
    limit = asked.memory
    if probed == _RAN_OUT:
        peak, limit = max(peak, 1 + (asked.memory or 0)), int(_LESS * costs[worst].peak)
    networks = known.networks()
    trained = networks.trained()
    averages = [] if networks.average is None else list(networks.average.networks.values())
    return StagePlan(
        name=stage.name,
        schedule=known.table(),
        size=known.size,
        weights={name: sum(weight.numel() for weight in network.parameters()) for name, network in trained.items()},
        phases=_phase_plans(known, alone, costs, probe, costs[worst], asked),
        disk=disk_of(stage, recipe, trained.values(), averages, known.size, sum(phase.steps for phase in alone)),
        probe=probe,
        probed=probed,
        probe_estimate=costs[worst].peak,
        peak=peak,
        memory=asked.memory,
        shares=known.shares(alone[worst]) if known.roles else (),
        changes=[] if limit is None or peak <= limit else changes_that_save(stage, known.peak_with, limit),
    )


def _probe(
    known: StageOnData,
    phase: Phase,
    cost: StepCost,
    manifest: Path,
    flow: FlowSource | None,
    vgg: Path | None,
    asked: Question,
) -> tuple[Probe | None, str]:
    """A probe, if it can be made; and what it ran on, or why there is none."""
    if asked.steps == 0:
        return None, "none asked for"
    if known.roles:
        return None, "a rank with a role trains nothing by itself"
    if asked.memory is not None and cost.peak > asked.memory:
        return None, "it would not fit"
    stage = known.stage
    clips = noise_clips(stage, known.label_nc, phase, known.size)
    if flow is not None:
        clips = real_clips(manifest, flow, stage, phase, known.seed)
    try:
        probe = probe_steps(stage, known.label_nc, phase, clips, steps=asked.steps, vgg=vgg, device=asked.device)
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        return None, _RAN_OUT
    return probe, "noise, since there is no flow yet" if flow is None else "clips of the dataset"


def _phase_plans(
    known: StageOnData,
    alone: Sequence[Phase],
    costs: Sequence[StepCost],
    probe: Probe | None,
    probed: StepCost,
    asked: Question,
) -> list[PhasePlan]:
    """Steps, memory and time of every phase."""
    if probe is None:
        per_operation = 1 / operations_per_second(asked.device)
    else:
        per_operation = probe.seconds * probed.frames / probed.operations
    loading = 0.0 if probe is None else probe.loading
    plans, first = [], 1
    for one, together, cost in zip(alone, known.phases(asked.gpus), costs, strict=True):
        computing = cost.operations / cost.frames * per_operation
        seconds = _seconds_per_frame(known.stage, one, computing, loading, asked.device.type)
        plans.append(
            PhasePlan(
                epochs=(first, first + one.epochs - 1),
                clips=one.clips,
                steps=one.steps,
                frames=one.frames,
                peak=cost.peak,
                seconds=one.frames * seconds,
                steps_together=together.steps,
                seconds_together=together.frames / (1 if known.roles else asked.gpus) * seconds,
            )
        )
        first += one.epochs
    return plans


def _seconds_per_frame(stage: StageConfig, phase: Phase, computing: float, loading: float, device: str) -> float:
    """Reading goes on beside computing, in a thread or in loader processes; on a CPU both want its cores."""
    new = phase.clip_frames - stage.generator.n_frames_G + 1
    reading = loading * phase.clip_frames / new
    return computing + reading if device == "cpu" else max(computing, reading / max(1, stage.data.num_workers))
