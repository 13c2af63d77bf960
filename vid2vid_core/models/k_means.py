"""Grouping points by k-means, the same way every time."""

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
"""(N, D)."""

_TRIES = 10
"""Groupings that are tried; the tightest one counts."""
_ROUNDS = 100


def typical_points(points: Points, count: int, seed: int = 0) -> list[tuple[int, float]]:
    """Group points, and of each group take the point nearest to its centre.

    Args:
        points: (N, D), of which at least `count` differ.
        count: number of groups, at least 1.
        seed: of the groupings that are tried.

    Returns:
        Number of the point and share of all points in its group, for each group, the largest first.
    """
    rng = np.random.default_rng(seed)
    centres = min((_k_means(points, count, rng) for _ in range(_TRIES)), key=lambda found: _tightness(points, found))
    group = _distances(points, centres).argmin(axis=1)
    found = [_typical(points, np.flatnonzero(group == number), centre) for number, centre in enumerate(centres)]
    return sorted(found, key=lambda point: (-point[1], point[0]))


def _k_means(points: Points, count: int, rng: np.random.Generator) -> Points:
    """Centres (count, D) of one grouping; every group has members."""
    centres = _scattered(points, count, rng)
    for _ in range(_ROUNDS):
        distances = _distances(points, centres)
        group = distances.argmin(axis=1)
        misfit = distances.min(axis=1)
        for number in np.setdiff1d(np.arange(count), group):  # left without members: begins anew at the worst point
            worst = misfit.argmax()
            group[worst], misfit[worst] = number, 0
        moved = np.stack([points[group == number].mean(axis=0) for number in range(count)])
        if np.array_equal(moved, centres):
            break
        centres = moved
    return centres


def _scattered(points: Points, count: int, rng: np.random.Generator) -> Points:
    """Points to start from, far ones more likely (k-means++, Arthur and Vassilvitskii, 2007)."""
    centres = points[[rng.integers(len(points))]]
    while len(centres) < count:
        weights = _distances(points, centres).min(axis=1)
        centres = np.concatenate([centres, points[[rng.choice(len(points), p=weights / weights.sum())]]])
    return centres


def _distances(points: Points, centres: Points) -> Points:
    """Squared distances (N, K)."""
    return np.stack([np.square(points - centre).sum(axis=1) for centre in centres], axis=1)


def _tightness(points: Points, centres: Points) -> float:
    return float(_distances(points, centres).min(axis=1).sum())


def _typical(points: Points, members: NDArray[np.intp], centre: Points) -> tuple[int, float]:
    nearest = members[np.square(points[members] - centre).sum(axis=1).argmin()]
    return int(nearest), len(members) / len(points)
