"""Which of many 64-bit hashes are nearly equal, without comparing all with all."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

_MOST_PARTS = 8
"""Parts of fewer than 8 bits are equal by chance too often to be of help."""
_ONES = np.array([bin(value).count("1") for value in range(1 << 16)], np.uint8)


def pack_hashes(bits: NDArray[np.bool_]) -> NDArray[np.uint64]:
    """(N, 64) bits as (N,) numbers."""
    return np.packbits(bits, axis=1).view(np.uint64)[:, 0]


def near_hashes(
    wanted: NDArray[np.uint64], known: NDArray[np.uint64], bits: int
) -> Iterator[tuple[int, NDArray[np.int64], NDArray[np.int64]]]:
    """Index of each wanted hash that has near ones; indices of these among the known, ascending; their distances.

    Two hashes that differ in at most `bits` bits agree in at least one of `bits` + 1 parts, so only those are compared
    that share a part (multi-index hashing, Norouzi et al. 2012): time grows with the number of hashes and of near
    pairs, not with the product of both numbers. Where that many parts would be too short, all are compared.
    """
    parts = bits + 1 if bits < _MOST_PARTS else 0
    edges = np.linspace(0, 64, parts + 1).round().astype(int)
    indices = [_Index(known, wanted, low, high) for low, high in pairwise(edges)] or [_Index(known, wanted, 0, 0)]
    for number, value in enumerate(wanted):
        near = [found for index in indices if (found := _close(known, index.of(number), value, bits)).size]
        if near:
            chosen = np.unique(np.concatenate(near))
            yield number, chosen, _distances(known[chosen], value)


class _Index:
    """The known hashes sorted by some of their bits, and where among them each wanted one would stand."""

    def __init__(self, known: NDArray[np.uint64], wanted: NDArray[np.uint64], low: int, high: int) -> None:
        mask, shift = np.uint64((1 << (high - low)) - 1), np.uint64(low)
        keys = (known >> shift) & mask
        self._order = np.argsort(keys, kind="stable")
        places = [np.searchsorted(keys[self._order], (wanted >> shift) & mask, side) for side in ("left", "right")]
        self._first, self._last = places

    def of(self, number: int) -> NDArray[np.int64]:
        """Indices of the known hashes that agree with a wanted one."""
        return self._order[self._first[number] : self._last[number]]


def _close(known: NDArray[np.uint64], indices: NDArray[np.int64], value: np.uint64, bits: int) -> NDArray[np.int64]:
    return indices[_distances(known[indices], value) <= bits]


def _distances(hashes: NDArray[np.uint64], value: np.uint64) -> NDArray[np.int64]:
    """Number of differing bits."""
    return _ONES[(hashes ^ value).view(np.uint16).reshape(-1, 4)].sum(axis=1, dtype=np.int64)
