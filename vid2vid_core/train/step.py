"""One optimisation step: all losses of a chunk, then all gradients, then all updates.

Source: Wang et al., Video-to-Video Synthesis, 2018, section 3 (losses).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from vid2vid_core.config import StageConfig
from vid2vid_core.losses import (
    face_region,
    face_side,
    face_terms,
    flow_terms,
    image_terms,
    likeness_terms,
    temporal_terms,
    total,
)
from vid2vid_core.train.networks import Networks
from vid2vid_core.train.optimizers import Optimizers, allocate_state
from vid2vid_core.train.temporal import Groups
from vid2vid_core.train.updates import Updates
from vid2vid_core.types import Chunk

Terms = dict[str, Tensor]

FRAME_PARTS = ("image", "likeness", "flow")
"""Losses of single frames: what image and face discriminator say, pictures against real ones, flow and warping."""


@dataclass(frozen=True, slots=True)
class Job:
    """What one optimiser does in a step."""

    name: str
    """G, D, D_T0, ...: names loss and gradient norm in the log."""
    loss: Tensor
    """Scalar with graph."""
    networks: Sequence[nn.Module]
    """Those whose trained parameters the optimiser steps."""
    optimizer: torch.optim.Optimizer

    def parameters(self) -> list[nn.Parameter]:
        """Those it trains."""
        return [p for network in self.networks for p in network.parameters() if p.requires_grad]


@dataclass(slots=True)
class StepLosses:
    """Named scalar losses of one chunk; every network has its own, with graph."""

    generator: Terms
    discriminator: Terms
    temporal: dict[int, Terms]
    """Of the temporal discriminators that have groups, by their number."""

    def all(self) -> Terms:
        """Every term by its name; terms of temporal discriminator k end in k."""
        named = {**self.generator, **self.discriminator}
        for k, terms in self.temporal.items():
            named |= {f"{name}{k}": value for name, value in terms.items()}
        return named


def chunk_losses(
    networks: Networks,
    chunk: Chunk,
    groups: Sequence[Groups | None],
    stage: StageConfig,
    parts: Collection[str] = FRAME_PARTS,
) -> StepLosses:
    """All losses of a chunk, before anything is updated.

    Args:
        networks: generator losses reach the generator, discriminator losses only the discriminators.
        chunk: generated frames, with graph, and what they are compared with.
        groups: of every temporal discriminator; None where there is not enough history yet.
        stage: weights and sizes.
        parts: which of the losses of single frames.
    """
    losses, sizes, generator = stage.losses, stage.discriminator, stage.generator
    for_generator: Terms = {}
    for_discriminator: Terms = {}
    if "image" in parts:
        for_generator, for_discriminator = image_terms(networks.discriminator, chunk, losses, sizes)
    if "likeness" in parts:
        for_generator |= likeness_terms(chunk, losses, networks.vgg)
    if "image" in parts and networks.face is not None:
        region = face_region(chunk.controls.flatten(0, 1), stage.controls, face_side(stage.data.fineSize))
        pictures, judge = face_terms(networks.face, chunk, region, losses, sizes)
        for_generator, for_discriminator = for_generator | pictures, for_discriminator | judge
    if "flow" in parts:
        for_generator |= flow_terms(chunk, losses, generator.n_scales_spatial, generator.no_first_img)
    temporal = {}
    for k, (network, group) in enumerate(zip(networks.temporal, groups, strict=True)):
        if group is not None:
            pictures, temporal[k] = temporal_terms(network, group.real, group.fake, group.flows, losses, sizes)
            for_generator |= {f"{name}{k}": value for name, value in pictures.items()}
    return StepLosses(for_generator, for_discriminator, temporal)


def update(networks: Networks, optimizers: Optimizers, losses: StepLosses, place: str) -> Terms:
    """Take one step of every network that has losses.

    Args:
        networks: stepped in place.
        optimizers: theirs.
        losses: of one chunk.
        place: where training is, for the error message.

    Returns:
        Every loss term, the totals and the gradient norms, as scalars without graph.

    Raises:
        NotFiniteError: a loss or gradient is NaN or infinite; no network has been changed.
    """
    report = take_step(all_jobs(networks, optimizers, losses), losses.all(), place, optimizers.updates)
    if networks.average is not None:
        networks.average.update()
    return report


def all_jobs(networks: Networks, optimizers: Optimizers, losses: StepLosses) -> list[Job]:
    """What the optimisers do, in the order of `take_step`."""
    generator = Job("G", total(losses.generator), [networks.generator], optimizers.generator)
    return [*discriminator_jobs(networks, optimizers, losses), generator]


def discriminator_jobs(networks: Networks, optimizers: Optimizers, losses: StepLosses) -> list[Job]:
    """What the optimisers of the discriminators do: of those that have losses."""
    judges = [networks.discriminator] if networks.face is None else [networks.discriminator, networks.face]
    jobs = []
    if losses.discriminator:
        jobs.append(Job("D", total(losses.discriminator) / 2, judges, optimizers.discriminator))
    for k, terms in losses.temporal.items():
        jobs.append(Job(f"D_T{k}", total(terms) / 2, [networks.temporal[k]], optimizers.temporal[k]))
    return jobs


def take_step(jobs: Sequence[Job], terms: Terms, place: str, updates: Updates) -> Terms:
    """All gradients, then all updates.

    Args:
        jobs: discriminators first: they share the forward pass of the generated pictures with the generator's losses,
            and only the last backward pass frees it. Each pass computes gradients of its own networks alone.
        terms: loss terms, for the report.
        place: where training is, for the error message.
        updates: of the stage's optimisers.

    Returns:
        The terms, the loss and the gradient norm of every job, as scalars without graph.

    Raises:
        NotFiniteError: a loss or gradient is NaN or infinite; no network has been changed.
    """
    report = {name: value.detach() for name, value in (terms | compute_gradients(jobs, updates)).items()}
    apply_gradients(jobs, report, place, updates)
    return report


def compute_gradients(jobs: Sequence[Job], updates: Updates) -> Terms:
    """Gradients of all jobs, in their order; the last pass frees the graph. Returns their losses and gradient norms."""
    for job in jobs:
        job.optimizer.zero_grad(set_to_none=True)
        backward(job, updates, keep_graph=job is not jobs[-1])
        updates.unscale(job.parameters())
    losses = {f"loss_{job.name}": job.loss for job in jobs}
    return losses | {f"gradient_{job.name}": gradient_norm(job.parameters()) for job in jobs}


def backward(job: Job, updates: Updates, *, keep_graph: bool, share: float = 1.0) -> None:
    """Add the gradients of a job's scaled loss, times `share`, to those of the trained parameters of its networks."""
    loss = job.loss if share == 1.0 else share * job.loss
    torch.autograd.backward(updates.scaled(loss), inputs=job.parameters(), retain_graph=keep_graph)


def apply_gradients(jobs: Sequence[Job], report: Terms, place: str, updates: Updates) -> None:
    """All updates, unless something is not finite: see `Updates.take`."""
    for job in jobs:
        allocate_state(job.optimizer)
    updates.take([job.optimizer for job in jobs], report, place)


def gradient_norm(parameters: Sequence[nn.Parameter]) -> Tensor:
    """Of all gradients together."""
    return torch.nn.utils.get_total_norm([p.grad for p in parameters if p.grad is not None])
