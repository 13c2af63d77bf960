"""What both kinds of ranks with a role have in common: what they work on, and what a step asks of them."""

from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor

from vid2vid_core.config import StageConfig
from vid2vid_core.config.schedule import EpochState
from vid2vid_core.train.networks import Networks
from vid2vid_core.train.optimizers import Optimizers
from vid2vid_core.train.parallel.roles import Roles
from vid2vid_core.train.parallel.wire import Wire
from vid2vid_core.train.step import Terms
from vid2vid_core.types import Clip


@dataclass(frozen=True, slots=True)
class Task:
    """Which rank this is, and what it trains."""

    rank: int
    roles: Roles
    stage: StageConfig
    label_nc: int
    """Number of labels; 0 for drawn controls."""
    networks: Networks
    """Those of this rank's role are on its device."""
    optimizers: Optimizers
    """Theirs."""
    wire: Wire
    """To the other ranks."""


@dataclass(frozen=True, slots=True)
class Learnt:
    """What a rank has of a step, before any update."""

    terms: Terms
    """Those it computed."""
    made: Tensor
    """(B, n, 3, H, W), [-1, 1]: generated frames it has seen, without graph."""
    real: Tensor
    """(B, n, 3, H, W): what they should look like."""
    optimizers: list[torch.optim.Optimizer]
    """Those that take the step on this rank; the gradients are there."""


class Side(Protocol):
    """A maker or a judge."""

    def begin(self, clip: Clip, saved: dict[str, Any] | None) -> None:
        """Take a clip; `saved` by a `ClipState` where it goes on within it."""

    def learn(self, state: EpochState, begin: int, frames: int) -> Learnt:
        """Compute the gradients of a chunk on the networks of this rank, exchanging what is needed with the others.

        Args:
            state: of the epoch.
            begin: new frames of the clip before the chunk.
            frames: of the chunk.
        """

    def saved(self) -> dict[str, Any]:
        """For a checkpoint, this rank's share of what `ClipState.saved` gives."""
