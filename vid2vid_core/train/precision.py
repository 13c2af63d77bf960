"""Half precision in training: what computes in it, and the loss scale that float16 needs.

Source: Micikevicius et al., Mixed Precision Training, 2018.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any

import torch
from torch import Tensor

from vid2vid_core.config import SpeedConfig

_TYPES = {"bf16": torch.bfloat16, "fp16": torch.float16}


def reduced_precision(speed: SpeedConfig, device: torch.device) -> AbstractContextManager[Any]:
    """Where networks run and losses are formed: convolutions within compute as `speed.autocast` says.

    Around a whole chunk, so that weights are converted once for all its frames. Pictures, flows, warps and losses are
    float32 in any case (`ops.full_precision`); weights, their averages and optimisers are never anything else.
    """
    return torch.autocast(device.type, _TYPES.get(speed.autocast), enabled=speed.autocast != "float32")


class LossScale:
    """Keeps gradients within the range of float16: losses are multiplied by it, gradients divided by it again.

    It doubles after 2000 good steps and halves after a step whose gradients overflowed, which then changes no weight.
    Everything happens on the device: nobody waits for it.
    """

    patience = 2000
    """Good steps before the scale doubles."""

    def __init__(self, device: torch.device, start: float = 2.0**16) -> None:
        self._scale = torch.tensor(start, device=device)
        self._good = torch.zeros((), device=device)

    @property
    def value(self) -> Tensor:
        """The scale, a scalar."""
        return self._scale

    def scaled(self, loss: Tensor) -> Tensor:
        """The loss to take gradients of."""
        return loss * self._scale

    @torch.no_grad()
    def unscale(self, gradients: Sequence[Tensor]) -> None:
        """Divide gradients of a scaled loss, in place."""
        if gradients:
            torch._foreach_mul_(list(gradients), self._scale.reciprocal())

    @torch.no_grad()
    def update(self, overflow: Tensor) -> None:
        """After a step; `overflow` is 1 where a gradient was not finite, else 0."""
        self._good = (self._good + 1) * (1 - overflow)
        doubled = (self._good >= self.patience).to(self._scale)
        self._good = self._good * (1 - doubled)
        self._scale = self._scale * (1 + doubled) * (1 - 0.5 * overflow)

    def state(self) -> dict[str, float]:
        """For a checkpoint."""
        return {"scale": float(self._scale), "good": float(self._good)}

    def resume(self, state: dict[str, float]) -> None:
        """Go on from `state`."""
        self._scale.fill_(state["scale"])
        self._good.fill_(state["good"])
