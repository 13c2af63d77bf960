"""All updates of a step, or none of them: what is not finite changes no network."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from vid2vid_core.config import SpeedConfig
from vid2vid_core.train.finite import LEAST_SCALE, FiniteWatch
from vid2vid_core.train.precision import LossScale

Terms = dict[str, Tensor]

_GRADIENT = "gradient_"


class Updates:
    """Steps the optimisers of a stage together."""

    def __init__(self, speed: SpeedConfig, device: torch.device) -> None:
        """`device`: of the networks."""
        self._on_device = speed.fused_adam
        self._watch = FiniteWatch(device, late=speed.fused_adam)
        self._skips = speed.autocast == "fp16" or (speed.fused_adam and device.type == "cuda")
        self._scale = LossScale(device) if speed.autocast == "fp16" else None

    def scaled(self, loss: Tensor) -> Tensor:
        """The loss to take gradients of."""
        return loss if self._scale is None else self._scale.scaled(loss)

    def unscale(self, parameters: Sequence[nn.Parameter]) -> None:
        """Make gradients of a scaled loss those of the loss; once, when they are complete."""
        if self._scale is not None:
            self._scale.unscale([parameter.grad for parameter in parameters if parameter.grad is not None])

    def take(self, optimizers: Sequence[torch.optim.Optimizer], report: Terms, place: str) -> None:
        """Step the optimisers, unless a number of the step is not finite.

        With a loss scale, gradients that overflow are nothing unusual: the step is left out and the scale halved.

        Args:
            optimizers: all of the step; their gradients are complete and not scaled.
            report: loss terms, totals and gradient norms, on the device.
            place: where training is, for the error message.

        Raises:
            NotFiniteError: a number of this step, or on a GPU of one some steps earlier, is NaN or infinite; no network
                has been changed with it.
        """
        values = torch.stack(list(report.values()))
        wrong = (~values.isfinite()).any().float() if self._skips else None
        self._look(report, values, place)
        if wrong is None or self._on_device:
            for optimizer in optimizers:
                if wrong is not None:
                    optimizer.found_inf = wrong  # type: ignore[attr-defined]  # PyTorch's way to tell a fused optimiser
                optimizer.step()
        elif not bool(wrong):
            for optimizer in optimizers:
                optimizer.step()
        if self._scale is not None and wrong is not None:
            self._scale.update(wrong)

    def settle(self) -> None:
        """Wait until it is known that all steps were finite; before a checkpoint. Raises NotFiniteError as `take`."""
        self._watch.settle()

    def state(self) -> dict[str, Any] | None:
        """For a checkpoint; None without loss scale."""
        return None if self._scale is None else self._scale.state()

    def resume(self, state: dict[str, Any] | None) -> None:
        """Go on from `state`; one that was saved without loss scale leaves it as it is."""
        if self._scale is not None and state is not None:
            self._scale.resume(state)

    def _look(self, report: Terms, values: Tensor, place: str) -> None:
        """What must be finite: everything; with a loss scale the losses alone, and that it is not too small."""
        names = list(report)
        if self._scale is not None:
            judged = [number for number, name in enumerate(names) if not name.startswith(_GRADIENT)]
            scale = self._scale.value
            small = torch.where(scale < LEAST_SCALE, torch.full_like(scale, float("nan")), scale)
            values = torch.stack([*(values[number] for number in judged), small])
            names = [*(names[number] for number in judged), "loss scale of float16"]
        self._watch.look(place, names, values)
