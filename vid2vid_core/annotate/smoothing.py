"""A filter against trembling points, over presentation time."""

import numpy as np
from numpy.typing import NDArray

from vid2vid_core.config import SmoothingConfig


def smooth(
    values: NDArray[np.float64], times: NDArray[np.float64], size: float, config: SmoothingConfig
) -> NDArray[np.float64]:
    """One-euro filter of one stretch without gaps, each coordinate by itself.

    Args:
        values: (T, K) coordinates, pixels. NaN means absent: the filter of that coordinate begins anew behind it.
        times: (T,) seconds, increasing; steps may differ.
        size: of the subject, pixels; speeds are measured in it, so that the same settings serve any resolution.
        config: its three settings.

    Returns:
        (T, K). The first value of each coordinate is kept.

    Raises:
        ValueError: times that do not increase, or a size that is not positive.

    Source: Casiez et al., 1 Euro Filter, CHI 2012.
    """
    if size <= 0:
        raise ValueError(f"size of the subject must be > 0 pixels, got {size}")
    steps = np.diff(times)
    if (steps <= 0).any():
        raise ValueError(f"times must increase, got {times[steps.argmin()]} s before {times[steps.argmin() + 1]} s")
    result = values.copy()
    speed = np.zeros(values.shape[1])  # (K,) sizes per second
    for t, step in enumerate(steps, start=1):
        before = result[t - 1]
        known = np.isfinite(before)
        measured = np.where(known, (values[t] - values[t - 1]) / (size * step), 0.0)
        speed += _weight(config.speed_cutoff, step) * (measured - speed)
        weight = _weight(config.min_cutoff + config.beta * np.abs(speed), step)
        result[t] = np.where(known, before + weight * (values[t] - before), values[t])
        speed = np.where(np.isfinite(result[t]), speed, 0.0)
    return result


def _weight(cutoff: float | NDArray[np.float64], step: float) -> float | NDArray[np.float64]:
    """Weight of the newest value in a low-pass filter with this cut-off (Hz), a time step (s) after the last."""
    return 1 / (1 + 1 / (2 * np.pi * cutoff * step))
