"""Batches read while the training computes, in the order they are asked for."""

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Protocol, Self, TypeVar

import torch
from torch.utils.data import DataLoader, Dataset

from vid2vid_core.train.stop_signals import leave_signals_to_parent

Key = TypeVar("Key")
Sample = TypeVar("Sample")


class Batch(Protocol):
    """What a batch can do."""

    def pin_memory(self) -> Self:
        """The same in memory that a GPU can copy from by itself."""


BatchT = TypeVar("BatchT", bound=Batch)


def read_ahead(
    read: Callable[[Key], Sample],
    batches: Iterable[list[Key]],
    collate: Callable[[list[Sample]], BatchT],
    *,
    workers: int,
    device: torch.device,
    beside: bool = True,
) -> Generator[BatchT, None, None]:
    """Read batch after batch, a little ahead: each loader process one batch, or without them a thread one batch.

    Samples depend on their keys alone, so that it makes no difference who reads them, and when. One call serves a whole
    training: a new one for each epoch would start its processes anew and have nothing read when the epoch begins.

    Args:
        read: gives the sample of a key.
        batches: keys of each batch; looked at as far as is read ahead.
        collate: joins samples.
        workers: loader processes.
        device: that computes. For a GPU, batches come in pinned memory, so that `to(..., non_blocking=True)` waits for
            nothing.
        beside: whether, without loader processes, a thread may read beside the training.
    """
    pinned = device.type == "cuda"
    if workers:
        loader = DataLoader(
            _Readable(read),
            batch_sampler=batches,
            collate_fn=collate,
            num_workers=workers,
            prefetch_factor=1,  # a clip of the largest size takes gigabytes
            pin_memory=pinned,
            worker_init_fn=leave_signals_to_parent,
            generator=torch.Generator(),  # its own, so that opening a loader once more after a stop draws no number
        )
        arriving = iter(loader)
        try:
            yield from arriving
        finally:
            # A traceback keeps the iterator alive, and at its end Python waits for ever for processes that ignore its
            # signal; so they are told to end now.
            arriving._shutdown_workers()  # type: ignore[attr-defined]
        return

    def whole(keys: list[Key]) -> BatchT:
        batch = collate([read(key) for key in keys])
        return batch.pin_memory() if pinned else batch

    yield from _in_thread(whole, batches) if beside else map(whole, batches)


def _in_thread(whole: Callable[[list[Key]], BatchT], batches: Iterable[list[Key]]) -> Iterator[BatchT]:
    with ThreadPoolExecutor(1, "read-ahead") as thread:
        pending = deque[Future[BatchT]]()
        try:
            for keys in batches:
                pending.append(thread.submit(whole, keys))
                if len(pending) > 1:
                    yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()
        finally:
            for future in pending:
                future.cancel()


class _Readable(Dataset[Any]):
    """As the DataLoader wants it."""

    def __init__(self, read: Callable[[Any], Any]) -> None:
        self._read = read

    def __getitem__(self, key: Any) -> Any:
        return self._read(key)
