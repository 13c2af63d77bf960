"""Which rank with a role holds which networks: on its device those it needs, and on the main rank's CPU the others."""

import logging
from typing import Any

from torch import Tensor

from vid2vid_core.config import StageConfig
from vid2vid_core.train.networks import Networks
from vid2vid_core.train.optimizers import Optimizers
from vid2vid_core.train.parallel.costs import part_costs
from vid2vid_core.train.parallel.ranks import Ranks
from vid2vid_core.train.parallel.roles import Roles, assign_roles, loss_parts
from vid2vid_core.train.parallel.side import Task

logger = logging.getLogger("vid2vid_core.train")


def take_roles(stage: StageConfig, networks: Networks, ranks: Ranks) -> Roles:
    """Decide who does what, and move what this rank needs from the CPU to its device; before optimisers are made.

    The generator's average is kept by the main rank alone, and the perceptual network where pictures are compared.

    Raises:
        ValueError: so many ranks cannot share the work of the stage.
    """
    costs = part_costs(loss_parts(stage, networks.vgg is not None), networks, stage)
    roles = assign_roles(stage, ranks.size, costs)
    logger.info("%s", roles.describe())
    parts = roles.of(ranks.rank)
    for name, network in networks.trained().items():
        if name in held(roles, ranks.rank):
            network.to(ranks.device)
    networks.vgg = networks.vgg.to(ranks.device) if networks.vgg is not None and "likeness" in parts else None
    if not ranks.main:
        networks.average = None
    elif networks.average is not None:
        for network in networks.average.networks.values():
            network.to(ranks.device)
    return roles


def held(roles: Roles, rank: int) -> set[str]:
    """The trained networks that are at home on a rank, by the names of `Networks.trained`."""
    if rank < roles.makers:
        return {"generator"}
    parts = roles.of(rank)
    temporal = {part for part in parts if part.startswith("temporal.")}
    return temporal | ({"discriminator", "discriminator_face"} if "image" in parts else set())


def release(networks: Networks, optimizers: Optimizers, roles: Roles, ranks: Ranks) -> None:
    """Free the memory of what is at home elsewhere, once weights and optimisers are loaded; the main rank keeps all."""
    if ranks.main:
        return
    own = held(roles, ranks.rank)
    for name, network in networks.trained().items():
        if name not in own:
            for parameter in network.parameters():
                parameter.data = parameter.data.new_empty(0)
    for name, optimizer in optimizers.named().items():
        if name not in own:
            optimizer.state.clear()


def collect(task: Task, ranks: Ranks) -> None:
    """Copy the judges' networks and optimisers into the main rank's."""
    own = held(task.roles, ranks.rank) if ranks.rank >= task.roles.makers else set()
    networks, optimizers = task.networks.trained(), task.optimizers.named()
    shares = ranks.gather(
        (
            {name: _on_cpu(network.state_dict()) for name, network in networks.items() if name in own},
            {name: _on_cpu(optimizer.state_dict()) for name, optimizer in optimizers.items() if name in own},
        )
    )
    for weights, states in shares:
        for name, state in weights.items():
            networks[name].load_state_dict(state)
        for name, state in states.items():
            optimizers[name].load_state_dict(state)


def _on_cpu(state: Any) -> Any:
    """State of a network or optimiser with its tensors on the CPU."""
    if isinstance(state, Tensor):
        return state.cpu()
    if isinstance(state, dict):
        return {key: _on_cpu(value) for key, value in state.items()}
    if isinstance(state, list):
        return [_on_cpu(value) for value in state]
    return state
