"""What each rank of a stage with `parallel.split: roles` holds and computes in a step, tried without content."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch

from vid2vid_core.config import StageConfig, control_channels
from vid2vid_core.dataset.geometry import Size
from vid2vid_core.models import Vgg19Features
from vid2vid_core.train.networks import Networks, build_networks
from vid2vid_core.train.optimizers import Optimizers
from vid2vid_core.train.parallel.costs import part_costs
from vid2vid_core.train.parallel.judge import Judge
from vid2vid_core.train.parallel.maker import Maker
from vid2vid_core.train.parallel.role_networks import held
from vid2vid_core.train.parallel.roles import Roles, assign_roles, loss_parts
from vid2vid_core.train.parallel.side import Side, Task
from vid2vid_core.train.parallel.wire import LooseWire
from vid2vid_core.train.plan.furnish import META, fill_states, furnish
from vid2vid_core.train.plan.memory import without_content
from vid2vid_core.train.plan.phases import Phase
from vid2vid_core.train.plan.simulate import StepCost, clip_state, empty_clip
from vid2vid_core.train.prepare import prepare


@dataclass(frozen=True, slots=True)
class Share:
    """What ranks with the same role take each."""

    ranks: int
    does: str
    """Such as `judges image, flow`."""
    cost: StepCost


def simulate_roles(
    stage: StageConfig, label_nc: int, size: Size, phase: Phase, perceptual: bool, ranks: int
) -> list[Share]:
    """The largest step of a phase on the ranks of every role.

    Args:
        stage: networks, losses; tells how many ranks generate.
        label_nc: number of labels of the dataset; 0 for drawn controls.
        size: width and height of training frames, pixels.
        phase: length of chunks and clips, what is trained.
        perceptual: whether the perceptual loss is on.
        ranks: how many there are in all; counted as the next number that can share the work.
    """
    stage = replace(stage, speed=replace(stage.speed, compile=False))
    networks = _networks(stage, label_nc, perceptual)
    costs = part_costs(loss_parts(stage, perceptual), networks, stage)
    makers = stage.schedule.n_gpus_gen
    roles = assign_roles(stage, min(max(ranks, makers + 1), makers + len(costs)), costs)

    def cost(rank: int) -> StepCost:
        return _simulate(stage, label_nc, size, phase, roles, rank, perceptual)

    # The first maker has as many frames as any, and the average of the weights besides.
    shares = [Share(makers, "generates" if makers == 1 else "generate", cost(0))]
    return shares + [Share(1, f"judges {', '.join(roles.of(rank))}", cost(rank)) for rank in range(makers, roles.size)]


def together(shares: Sequence[Share]) -> StepCost:
    """The step of all ranks: memory of the rank that needs most, operations of all of them."""
    return StepCost(
        lasting=max(share.cost.lasting for share in shares),
        peak=max(share.cost.peak for share in shares),
        operations=sum(share.ranks * share.cost.operations for share in shares),
        frames=shares[0].cost.frames,
    )


def _simulate(
    stage: StageConfig, label_nc: int, size: Size, phase: Phase, roles: Roles, rank: int, perceptual: bool
) -> StepCost:
    networks = _networks(stage, label_nc, perceptual and "likeness" in roles.of(rank))
    networks.average = networks.average if rank == 0 else None
    own = held(roles, rank)
    with without_content() as meter:
        furnish(network for name, network in networks.stored().items() if name.removesuffix("_ema") in own)
        furnish([] if networks.vgg is None else [networks.vgg])
        optimizers = Optimizers(networks, stage.optimizer, phase.state.train_all_scales, stage.speed)
        fill_states(optimizer for name, optimizer in optimizers.named().items() if name in own)
        lasting = meter.now
        clip = empty_clip(stage, label_nc, size, phase.clip_frames)
        begin = phase.clip_frames - (stage.generator.n_frames_G - 1) - phase.chunk_frames
        task = Task(rank, roles, stage, label_nc, networks, optimizers, LooseWire(torch.device("cpu")))
        side: Side = Maker(task, None) if rank < roles.makers else Judge(task)
        side.begin(clip, clip_state(stage, clip, begin).saved())
        meter.restart()
        side.learn(phase.state, begin, phase.chunk_frames)
        return StepCost(lasting, meter.peak, meter.operations, stage.data.batchSize * phase.chunk_frames)


def _networks(stage: StageConfig, label_nc: int, perceptual: bool) -> Networks:
    """The networks, without memory."""
    with META:
        networks = build_networks(stage, control_channels(stage, label_nc), 0, None, META)
        if perceptual:
            networks.vgg = Vgg19Features(None)
            prepare([networks.vgg], stage.speed)
    return networks
