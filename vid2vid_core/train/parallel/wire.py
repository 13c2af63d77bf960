"""Tensors from one rank to another, of shapes that both know beforehand; nothing is pickled.

Between two ranks tensors arrive in the order in which they were sent.
"""

from collections.abc import Sequence

import torch
import torch.distributed as dist
from torch import Tensor


class Wire:
    """What this rank sends and receives."""

    def __init__(self, device: torch.device) -> None:
        """`device`: of all tensors."""
        self._device = device
        self._under_way: list[tuple[dist.Work, Tensor]] = []

    def send(self, tensor: Tensor, to: int) -> None:
        """Send without waiting; the tensor must not change until `finish`."""
        tensor = tensor.detach().contiguous()
        work = dist.isend(tensor, to)
        assert work is not None  # this rank belongs to the group
        self._under_way.append((work, tensor))

    def expect(self, shape: Sequence[int], dtype: torch.dtype, source: int) -> "Parcel":
        """Begin to receive."""
        return Parcel(torch.empty(tuple(shape), dtype=dtype, device=self._device), source)

    def finish(self) -> None:
        """Wait until all that was sent has gone."""
        for work, _ in self._under_way:
            work.wait()
        self._under_way.clear()


class Parcel:
    """A tensor on its way to this rank."""

    def __init__(self, tensor: Tensor, source: int) -> None:
        """Made by `Wire.expect`."""
        self._tensor, work = tensor, dist.irecv(tensor, source)
        assert work is not None  # this rank belongs to the group
        self._work = work

    def open(self) -> Tensor:
        """The tensor, once it is here."""
        self._work.wait()
        return self._tensor


def pack(tensors: Sequence[Tensor], dtype: torch.dtype) -> Tensor:
    """Tensors of any shapes as one of one axis."""
    return torch.cat([tensor.detach().to(dtype).flatten() for tensor in tensors])


def unpack(packed: Tensor, shapes: Sequence[Sequence[int]]) -> list[Tensor]:
    """The tensors of these shapes that `pack` put together."""
    sizes = [torch.Size(shape).numel() for shape in shapes]
    return [part.view(tuple(shape)) for part, shape in zip(packed.split(sizes), shapes, strict=True)]
