"""The processes that train together: which of them this is, and what they agree on.

They find each other by the variables that `torchrun` and `launch` set: RANK, WORLD_SIZE, LOCAL_RANK, MASTER_ADDR and
MASTER_PORT. Tensors travel by NCCL between GPUs and by gloo between CPUs. A process without these variables is alone,
and everything here then returns at once.
"""

import os
import pickle
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, TypeVar

import torch
import torch.distributed as dist
from torch import Tensor

from vid2vid_core.models.device import choose_device

T = TypeVar("T")

_PATIENCE = timedelta(minutes=30)
"""How long a rank waits for another within a step. A rank that ends is noticed at once by its broken connections or by
the launcher; this is for one that hangs. Steps take seconds, reading a clip from a busy file system takes minutes."""

_POLL = 0.01
"""Seconds between two looks for a result of the main rank."""


class Ranks:
    """This process and those it trains with."""

    def __init__(self, rank: int, size: int, device: torch.device, store: dist.Store | None = None) -> None:
        """Made by `alone` and `join`; `store` is needed by several ranks."""
        self.rank, self.size, self.device = rank, size, device
        self._store, self._turns = store, 0

    @classmethod
    def alone(cls, device: torch.device) -> "Ranks":
        """A process that trains by itself."""
        return cls(0, 1, device)

    @classmethod
    def join(cls, device: str) -> "Ranks":
        """Find the other ranks, if the environment says that there are any; called again, it returns the same.

        Args:
            device: "auto" (a GPU each, if there are any), "cpu", "cuda"; a process that is alone may name its GPU.

        Raises:
            ValueError: the device does not exist, or there is none for this rank.
        """
        size = int(os.environ.get("WORLD_SIZE", "1"))
        if size == 1:
            return cls.alone(choose_device(device))
        global _joined
        if _joined is None:
            target = _own_device(device)
            store, rank, size = next(iter(dist.rendezvous("env://", timeout=_PATIENCE)))
            backend = "gloo" if target.type == "cpu" else "cpu:gloo,cuda:nccl"
            dist.init_process_group(backend, store=store, rank=rank, world_size=size, timeout=_PATIENCE)
            _joined = cls(rank, size, target, dist.PrefixStore("vid2vid", store))
        return _joined

    @property
    def main(self) -> bool:
        """Whether this is the rank that writes files and speaks to people."""
        return self.rank == 0

    def describe(self) -> str:
        """Kind and number of devices, for people."""
        name = torch.cuda.get_device_name(self.device) if self.device.type == "cuda" else "cpu"
        return name if self.size == 1 else f"{self.size} x {name}"

    def main_only(self, work: Callable[[], T]) -> T:
        """Have the main rank do something, however long it takes; all get its result, which must be picklable."""
        if self._store is None:
            return work()
        self._turns += 1
        key = f"turn-{self._turns}"
        if self.main:
            result = work()
            self._store.set(key, pickle.dumps(result).hex())
            return result
        while not self._store.check([key]):
            time.sleep(_POLL)
        received: T = pickle.loads(bytes.fromhex(self._store.get(key).decode()))
        return received

    def leave(self) -> None:
        """Part from the others at the end of all work, not before the main rank: srun ends what outlives the first."""
        if self._store is None:
            return
        self.main_only(lambda: None)
        self.gather(None)  # the main rank goes last, and with it the store that the others look at
        dist.destroy_process_group()

    def gather(self, value: T) -> list[T]:
        """The values of all ranks, in their order, on the main rank; elsewhere an empty list."""
        if self.size == 1:
            return [value]
        received: list[Any] = [None] * self.size
        dist.gather_object(value, received if self.main else None)
        return received if self.main else []

    def gather_all(self, value: T) -> list[T]:
        """The values of all ranks, in their order, on all of them."""
        if self.size == 1:
            return [value]
        received: list[Any] = [None] * self.size
        dist.all_gather_object(received, value)
        return received

    def any(self, flag: bool) -> bool:
        """Whether the flag of any rank is set."""
        return self.highest(int(flag)) > 0

    def highest(self, number: int) -> int:
        """The highest of all ranks' numbers."""
        if self.size == 1:
            return number
        numbers = torch.tensor(number)
        dist.all_reduce(numbers, dist.ReduceOp.MAX)
        return int(numbers)

    def means(self, terms: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Means of named scalars over the ranks that have them, without waiting for the device."""
        if self.size == 1:
            return dict(terms)
        names = self.gather_all(tuple(terms))
        counts = {name: sum(name in own for own in names) for own in names for name in own}
        zero = torch.zeros_like(next(iter(terms.values())))
        sums = torch.stack([terms.get(name, zero) / count for name, count in counts.items()])
        dist.all_reduce(sums)
        return dict(zip(counts, sums.unbind(), strict=True))

    def average(self, tensors: Sequence[Tensor]) -> None:
        """Replace tensors, the same list on every rank, by their means over the ranks."""
        if self.size == 1 or not tensors:
            return
        flat = torch.cat([tensor.flatten() for tensor in tensors]) / self.size
        dist.all_reduce(flat)
        for tensor, mean in zip(tensors, flat.split([tensor.numel() for tensor in tensors]), strict=True):
            tensor.copy_(mean.view_as(tensor))


_joined: Ranks | None = None


def _own_device(name: str) -> torch.device:
    """The device of this rank on its machine, made the current one."""
    local = int(os.environ.get("LOCAL_RANK", "0"))
    if name == "cpu" or (name == "auto" and not torch.cuda.is_available()):
        return torch.device("cpu")
    if name not in ("auto", "cuda"):
        raise ValueError(f"device '{name}': several ranks take a GPU each, in turn; give auto, cuda or cpu")
    if local >= torch.cuda.device_count():
        raise ValueError(
            f"rank {local} of this machine finds no GPU of its own, there are {torch.cuda.device_count()}; start as "
            "many ranks on a machine as it has GPUs, or give --device cpu"
        )
    torch.cuda.set_device(local)
    return torch.device("cuda", local)
