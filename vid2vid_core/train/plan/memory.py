"""Memory and operations of a computation, counted as tensors come and go; the tensors need not have any content."""

import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensor, FakeTensorMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import flop_registry

_BLOCK = 512
"""Bytes that memory is handed out in, as on a GPU."""

_IDS = 64
"""Different ids in a map of parts or objects."""

_aten = torch.ops.aten


class Meter(TorchDispatchMode):
    """Counts the memory of all tensors that are made while it is on, until nobody holds them any more.

    What a kernel needs for itself while it runs (workspaces of convolutions) is not seen.
    """

    def __init__(self) -> None:
        super().__init__()
        self.now = 0
        """Bytes held."""
        self.peak = 0
        """The most that was held since `restart`."""
        self.operations = 0
        """Floating-point operations since `restart`; a multiplication and an addition are two."""
        self._held: dict[int, int] = {}

    def restart(self) -> None:
        """Begin anew with what is held."""
        self.peak, self.operations = self.now, 0

    def __torch_dispatch__(
        self, function: Any, types: Any, arguments: tuple[Any, ...] = (), named: dict[str, Any] | None = None
    ) -> Any:
        named = named or {}
        result = _answer(function, arguments, named)
        count = flop_registry.get(function._overloadpacket)
        if count is not None:
            self.operations += count(*arguments, **named, out_val=result)
        for value in tree_leaves(result):
            if isinstance(value, Tensor):
                self._hold(value.untyped_storage())
        return result

    def _hold(self, storage: torch.UntypedStorage) -> None:
        key = storage._cdata
        if key in self._held:
            return
        self._held[key] = size = -(-storage.nbytes() // _BLOCK) * _BLOCK
        self.now += size
        self.peak = max(self.peak, self.now)
        weakref.finalize(storage, self._release, key)

    def _release(self, key: int) -> None:
        self.now -= self._held.pop(key)


@contextmanager
def without_content() -> Iterator[Meter]:
    """Tensors made in here have shapes and no content, so that networks of any size fit; yields what they would take.

    Questions about their values get the answers of a training that goes well: conditions hold, ids are 0, other
    numbers 1, maps show some dozen ids.
    """
    with FakeTensorMode(), Meter() as meter:
        yield meter


def _answer(function: Any, arguments: tuple[Any, ...], named: dict[str, Any]) -> Any:
    """What a function returns; for tensors without content also where that depends on the content."""
    stand_in = _STAND_INS.get(function)
    if stand_in is None or not isinstance(arguments[0], FakeTensor):
        return function(*arguments, **named)
    return stand_in(*arguments, **named)


def _number(value: Tensor) -> bool | int | float:
    if value.dtype is torch.bool:
        return True
    return 1.0 if value.is_floating_point() else 0


def _one_place(condition: Tensor) -> Tensor:
    return condition.new_zeros((1, condition.dim()), dtype=torch.int64)


def _some_ids(value: Tensor, *_: bool, **__: bool) -> tuple[Tensor, Tensor, Tensor]:
    found = value.new_empty(_IDS)
    return found, value.new_empty(value.shape, dtype=torch.int64), found.new_empty(_IDS, dtype=torch.int64)


def _counts(value: Tensor, weights: Tensor | None = None, minlength: int = 0) -> Tensor:
    return value.new_empty(minlength, dtype=torch.int64)


_STAND_INS: dict[Any, Callable[..., Any]] = {
    _aten._local_scalar_dense.default: _number,
    _aten.nonzero.default: _one_place,
    _aten._unique2.default: _some_ids,
    _aten.bincount.default: _counts,
}
