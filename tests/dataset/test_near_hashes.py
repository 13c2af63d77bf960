"""Nearly equal hashes are found without comparing all with all."""

import numpy as np
import pytest

from vid2vid_core.dataset.near_hashes import near_hashes, pack_hashes


def hashes(count: int, seed: int) -> np.ndarray:
    """Few bits of freedom, so that many are near each other."""
    rng = np.random.default_rng(seed)
    bits = np.zeros((count, 64), bool)
    bits[:, rng.choice(64, 12, replace=False)] = rng.random((count, 12)) < 0.3
    return bits


@pytest.mark.parametrize("bits", [0, 1, 2, 5, 7, 8, 30])
def test_it_finds_what_comparing_all_with_all_finds(bits: int) -> None:
    known, wanted = hashes(400, 1), hashes(60, 2)
    distances = (wanted[:, None] != known[None]).sum(axis=2)
    expected = {(i, j, int(distances[i, j])) for i, j in zip(*np.nonzero(distances <= bits), strict=True)}
    found = list(near_hashes(pack_hashes(wanted), pack_hashes(known), bits))
    triples = {(i, int(j), int(d)) for i, near, far in found for j, d in zip(near, far, strict=True)}
    assert expected == triples
    assert expected, "the test would show nothing"
    assert all((np.diff(near) > 0).all() for _, near, _ in found)


def test_nothing_known_or_wanted() -> None:
    nothing = pack_hashes(np.zeros((0, 64), bool))
    assert list(near_hashes(nothing, pack_hashes(hashes(3, 0)), 2)) == []
    assert list(near_hashes(pack_hashes(hashes(3, 0)), nothing, 2)) == []
