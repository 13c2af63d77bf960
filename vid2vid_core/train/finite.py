"""Stops training when a loss is not finite, without making the program wait for the device at every step.

The device itself leaves the weights alone where a number of the step is not finite (`found_inf` of fused Adam); the
program hears of it some steps later and stops then. Until it has, no checkpoint is written.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

_LATE = 8
"""Steps after which a GPU has surely come so far that looking at their numbers takes no time."""

LEAST_SCALE = 1.0
"""A loss scale of float16 below this does not help: the numbers are not finite by themselves."""


class NotFiniteError(ValueError):
    """A loss or gradient is NaN or infinite; nothing has been updated with it."""


@dataclass(frozen=True, slots=True)
class _Step:
    place: str
    names: tuple[str, ...]
    values: Tensor
    """On the CPU; valid once `arrived` has happened."""
    arrived: torch.cuda.Event | None


class FiniteWatch:
    """Looks at the numbers of every step."""

    def __init__(self, device: torch.device, *, late: bool) -> None:
        """`late`: look at the numbers of a GPU a few steps later; needs optimisers that skip what is not finite."""
        self._late = _LATE if late and device.type == "cuda" else 0
        self._steps: deque[_Step] = deque()

    def look(self, place: str, names: Sequence[str], values: Tensor) -> None:
        """Take note of the numbers of a step.

        Args:
            place: where training is, for the error message.
            names: what the numbers are.
            values: (len(names),), on the device.

        Raises:
            NotFiniteError: a number of this or an earlier step is NaN or infinite; it has changed no network.
        """
        if self._late == 0:
            _judge(_Step(place, tuple(names), values, None))
            return
        host = torch.empty(values.shape, dtype=values.dtype, pin_memory=True)
        host.copy_(values, non_blocking=True)
        arrived = torch.cuda.Event()
        arrived.record()
        self._steps.append(_Step(place, tuple(names), host, arrived))
        while len(self._steps) > self._late:
            _judge(self._steps.popleft())

    def settle(self) -> None:
        """Wait for the numbers of all steps; before a checkpoint is written. Raises NotFiniteError as `look`."""
        while self._steps:
            _judge(self._steps.popleft())


def _judge(step: _Step) -> None:
    if step.arrived is not None:
        step.arrived.synchronize()
    if bool(step.values.isfinite().all()):
        return
    pairs = zip(step.names, step.values.tolist(), strict=True)
    wrong = [f"{name} is {value}" for name, value in pairs if not -float("inf") < value < float("inf")]
    raise NotFiniteError(
        f"{step.place}: {', '.join(wrong)}; stopped before the weights were changed. The last checkpoint is sound. "
        "Lower optimizer.lr, or look for damaged frames or flow in the training data, and start again"
    )
