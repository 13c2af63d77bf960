"""Tensors from one rank to another, of shapes that both know beforehand; nothing is pickled.

Between two ranks tensors arrive in the order in which they were sent.
"""

from collections.abc import Sequence

import torch
import torch.distributed as dist
from torch import Tensor


class Parcel:
    """A tensor on its way to this rank."""

    def __init__(self, tensor: Tensor, work: dist.Work | None) -> None:
        """`work` fills the tensor."""
        self._tensor, self._work = tensor, work

    def open(self) -> Tensor:
        """The tensor, once it is here."""
        if self._work is not None:
            self._work.wait()
        return self._tensor


class Wire:
    """What this rank sends and receives."""

    def __init__(self, device: torch.device) -> None:
        """`device`: of all tensors."""
        self._device = device
        self._under_way: list[tuple[dist.Work | None, Tensor]] = []

    def send(self, tensor: Tensor, to: int) -> None:
        """Send without waiting; the tensor must not change until `finish`."""
        tensor = tensor.detach().contiguous()
        self._under_way.append((dist.isend(tensor, to), tensor))

    def expect(self, shape: Sequence[int], dtype: torch.dtype, source: int) -> Parcel:
        """Begin to receive."""
        tensor = torch.empty(tuple(shape), dtype=dtype, device=self._device)
        return Parcel(tensor, dist.irecv(tensor, source))

    def finish(self) -> None:
        """Wait until all that was sent has gone."""
        for work, _ in self._under_way:
            if work is not None:
                work.wait()
        self._under_way.clear()


class LooseWire(Wire):
    """Ends nowhere: what is sent is kept until `finish`, what is received has no content. For plans."""

    def send(self, tensor: Tensor, to: int) -> None:
        """Keep a tensor as if it were sent."""
        self._under_way.append((None, tensor.detach().contiguous()))

    def expect(self, shape: Sequence[int], dtype: torch.dtype, source: int) -> Parcel:
        """A tensor as if it had come."""
        return Parcel(torch.empty(tuple(shape), dtype=dtype, device=self._device), None)


def pack(tensors: Sequence[Tensor], dtype: torch.dtype) -> Tensor:
    """Tensors of any shapes as one of one axis."""
    return torch.cat([tensor.detach().to(dtype).flatten() for tensor in tensors])


def unpack(packed: Tensor, shapes: Sequence[Sequence[int]]) -> list[Tensor]:
    """The tensors of these shapes that `pack` put together."""
    sizes = [torch.Size(shape).numel() for shape in shapes]
    return [part.view(tuple(shape)) for part, shape in zip(packed.split(sizes), shapes, strict=True)]
