"""What is asked of every stage of a trial, and what is told of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class ToyStage:
    """What became of one stage."""

    name: str
    seconds: float
    """Its two steps at toy size."""
    frames: int
    """Frames generated in them."""
    parameters: dict[str, int]
    """At full size, by network."""
    losses: dict[str, float]
    """Of the second step."""
    weights: Path
    """Its weights file, at toy size."""


def count_parameters(networks: Mapping[str, nn.Module]) -> dict[str, int]:
    """Number of parameters of each network."""
    return {name: sum(p.numel() for p in network.parameters()) for name, network in networks.items()}


def copy_parameters(networks: Mapping[str, nn.Module]) -> dict[str, list[Tensor]]:
    """The parameters of each network as they are now."""
    return {name: [p.detach().clone() for p in network.parameters()] for name, network in networks.items()}


def require_learning(networks: Mapping[str, nn.Module], before: Mapping[str, list[Tensor]], stage: str) -> None:
    """Raise ValueError unless every network has changed since `copy_parameters` was called."""
    idle = [
        name
        for name, network in networks.items()
        if all(torch.equal(new, old) for new, old in zip(network.parameters(), before[name], strict=True))
    ]
    if idle:
        raise ValueError(f"stage '{stage}' at toy size: two steps changed nothing in {', '.join(idle)}")
