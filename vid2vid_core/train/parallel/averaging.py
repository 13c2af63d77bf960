"""Means of gradients over all ranks, on their way while the backward pass that makes the rest is still at work.

Parameters are put together in buckets, from the last to the first, which is about the order in which a backward pass
reaches them. A bucket is sent as soon as its last gradient is there, but never before the one in front of it, so that
all ranks send the same in the same order.

Source: Li et al., PyTorch Distributed: Experiences on Accelerating Data Parallel Training, 2020.
"""

from collections.abc import Callable, Sequence
from types import TracebackType

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from vid2vid_core.train.parallel.ranks import Ranks

_BUCKET = 6_000_000
"""Numbers sent together: enough to hide that every message takes its time, few enough to send early."""


class Averaging:
    """Within a `with` block goes the backward pass that completes the gradients; `finish` puts the means in place."""

    def __init__(self, parameters: Sequence[nn.Parameter], ranks: Ranks) -> None:
        """`parameters`: the same on every rank, in the same order; alone, nothing is done."""
        self._size = ranks.size
        self._buckets = _cut(parameters) if ranks.size > 1 else []
        self._handles: list[RemovableHandle] = []
        self._sent = 0

    def __enter__(self) -> "Averaging":
        for bucket in self._buckets:
            for parameter in bucket.parameters:
                hook = self._hook(bucket)
                self._handles.append(parameter.register_post_accumulate_grad_hook(hook))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for handle in self._handles:
            handle.remove()
        if error is None:
            for bucket in self._buckets[self._sent :]:  # some of its parameters have no gradient
                bucket.send()
            self._sent = len(self._buckets)

    def finish(self) -> None:
        """Wait for the means and put them in place of the gradients."""
        for bucket in self._buckets:
            bucket.finish(self._size)

    def _hook(self, bucket: "_Bucket") -> Callable[[Tensor], None]:
        def arrived(parameter: Tensor) -> None:
            bucket.missing -= 1
            while self._sent < len(self._buckets) and self._buckets[self._sent].missing == 0:
                self._buckets[self._sent].send()
                self._sent += 1

        return arrived


def sum_gradients(parameters: Sequence[nn.Parameter], group: dist.ProcessGroup) -> None:
    """Replace gradients by their sums over the ranks of a group, of which some may lack some.

    Args:
        parameters: the same on every rank of the group, in the same order.
        group: one that this rank belongs to.
    """
    for bucket in _cut(parameters):
        bucket.send(group)
        bucket.finish(1)


class _Bucket:
    """Gradients sent together. After them goes one number for each: whether this rank has it."""

    def __init__(self, parameters: list[nn.Parameter]) -> None:
        self.parameters = parameters
        self.missing = len(parameters)
        """Gradients that are still to come."""

    def send(self, group: dist.ProcessGroup | None = None) -> None:
        """Start to add up over the ranks, all or those of a group."""
        first = self.parameters[0]
        found = [parameter.grad is not None for parameter in self.parameters]
        parts = [torch.zeros_like(p).flatten() if p.grad is None else p.grad.flatten() for p in self.parameters]
        self._flat = torch.cat([*parts, torch.tensor(found, dtype=first.dtype).to(first.device, non_blocking=True)])
        self._work = dist.all_reduce(self._flat, group=group, async_op=True)

    def finish(self, size: int) -> None:
        """Wait, and take the means.

        A parameter without a gradient on any rank stays without: its optimiser would otherwise move it by its momentum.
        Only a rank that lacks one has to look whether others have it.
        """
        assert self._work is not None  # this rank belongs to the group
        self._work.wait()
        sums = self._flat.split([*(parameter.numel() for parameter in self.parameters), len(self.parameters)])
        for number, (parameter, own) in enumerate(zip(self.parameters, sums[:-1], strict=True)):
            if parameter.grad is None:
                if not bool(sums[-1][number] > 0):
                    continue
                parameter.grad = torch.empty_like(parameter)
            parameter.grad.copy_(own.view(parameter.shape)).div_(size)
        del self._flat


def _cut(parameters: Sequence[nn.Parameter]) -> list[_Bucket]:
    buckets: list[list[nn.Parameter]] = []
    room = 0
    for parameter in reversed(parameters):
        if parameter.numel() > room:
            buckets.append([])
            room = _BUCKET
        buckets[-1].append(parameter)
        room -= parameter.numel()
    return [_Bucket(bucket) for bucket in buckets]
