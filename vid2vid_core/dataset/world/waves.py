"""Motion that looks unplanned: smooth, seeded functions of time."""

from collections.abc import Callable

import numpy as np

Wave = Callable[[float], float]
"""From a time in seconds to a value between -1 and 1."""

_PITCHES = (0.55, 1.0, 1.62)
_LOUDNESS = np.array([0.4, 0.38, 0.22])


def wave(rng: np.random.Generator, hertz: float) -> Wave:
    """A sum of three sines about this frequency, which never repeats within a clip."""
    turns = 2 * np.pi * hertz * np.array(_PITCHES) * rng.uniform(0.9, 1.1, 3)
    phases = rng.uniform(0, 2 * np.pi, 3)

    def value(time: float) -> float:
        return float(_LOUDNESS @ np.sin(turns * time + phases))

    return value


def pulses(rng: np.random.Generator, every: float, length: float) -> Wave:
    """0, and again and again a bump to 1: `length` seconds long, about `every` seconds after the one before."""
    starts = np.cumsum(rng.uniform(0.6 * every, 1.4 * every, 1000)) - rng.uniform(0, every)

    def value(time: float) -> float:
        passed = time - starts[max(0, int(np.searchsorted(starts, time)) - 1)]
        return float(np.sin(np.pi * passed / length) ** 2) if 0 <= passed <= length else 0.0

    return value
