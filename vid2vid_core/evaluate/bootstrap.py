"""Percentile bootstrap over clips."""

import numpy as np
from numpy.typing import NDArray

LEVEL = 0.95
"""Share of the resampled means inside an interval."""


def resampled_means(values: NDArray[np.float64], resamples: int, seed: int) -> NDArray[np.float64]:
    """Means of clips drawn with replacement.

    Args:
        values: (clips, methods); a draw takes whole rows, so methods are compared on the same clips.
        resamples: Number of draws.
        seed: Same seed, same draws.

    Returns:
        (resamples, methods).
    """
    generator = np.random.default_rng(seed)
    counts = generator.multinomial(len(values), np.full(len(values), 1 / len(values)), size=resamples)
    return np.asarray(counts @ values / len(values), dtype=np.float64)


def interval(means: NDArray[np.float64]) -> tuple[float, float]:
    """The central `LEVEL` of (resamples,) means."""
    tail = 100 * (1 - LEVEL) / 2
    low, high = np.percentile(means, [tail, 100 - tail])
    return float(low), float(high)
