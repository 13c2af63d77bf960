"""Colours of pixels that stamps touch one after the other, found without going through the stamps.

The rule is that of `pose_strokes`: a stamp that finds only black gives its pixels its colour, any other one gives each
of its pixels the mean, rounded down, of its level and the colour.
"""

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Index = NDArray[np.intp]
Levels = NDArray[np.uint8]
_SETTLED = 10
"""After so many averages with the same colour a level no longer changes."""


class Touches(NamedTuple):
    """Which pixels stamps touch, stamp by stamp."""

    pixels: Index
    """(N,): places; those of one stamp differ."""
    stamp: Index
    """(N,): the stamp that touches each, ascending from 0, none left out."""
    starts: Index
    """(S,): the first pixel of each stamp."""
    run: Index
    """(S,): number of the run of neighbouring stamps that have one colour, ascending from 0."""


def mixed(touches: Touches, colours: Levels) -> tuple[Index, Levels]:
    """What the pixels have become, all black at first.

    Args:
        touches: by all stamps.
        colours: (R, 3) RGB of each run, none of them black.

    Returns:
        Places (P,), each once, and their colours (P, 3).
    """
    low = int(touches.pixels.min())
    near, stamp = touches.pixels - low, touches.stamp
    table = np.empty(int(near.max()) + 1, np.int32)
    table[near[::-1]] = stamp[::-1]  # the last to write is the first stamp that touches the pixel
    is_first = table[near] == stamp
    found_black = np.logical_and.reduceat(is_first, touches.starts)
    places, first = near[is_first], stamp[is_first]
    table[places] = np.arange(len(places))
    pixel, run, first_run = table[near], touches.run[stamp], touches.run[first]
    later = run != first_run[pixel]
    times = np.bincount(pixel[~later], minlength=len(places)).clip(max=_SETTLED)
    times[found_black[first]] = _SETTLED + 1
    levels = _first_averages(colours)[first_run, times]
    _average(levels, pixel[later], run[later], colours)
    return places + low, levels


def _average(levels: Levels, pixel: Index, run: Index, colours: Levels) -> None:
    """Average levels (P, 3) with the colours of runs in ascending order, as often as pixel and run are listed."""
    different, times = np.unique(pixel * len(colours) + run, return_counts=True)
    owner, run = np.divmod(different, len(colours))
    turn = np.arange(len(owner)) - np.searchsorted(owner, owner)
    for number in range(int(turn.max(initial=-1)) + 1):
        now = turn == number
        own = owner[now]
        levels[own] = _averages()[colours[run[now]], times[now, None].clip(max=_SETTLED), levels[own]]


def _first_averages(colours: Levels) -> Levels:
    """(R, times, 3): what black becomes by averaging it so many times with each colour; the last is the colour."""
    averaged = _averages()[colours, :, 0].transpose(0, 2, 1)
    return np.concatenate([averaged, colours[:, None]], axis=1)


@cache
def _averages() -> Levels:
    """(256, times, 256): what a level (last axis) becomes by averaging it so many times with another one (first)."""
    other, level = np.arange(256)[:, None], np.arange(256)[None]
    rows = [np.broadcast_to(level, (256, 256))]
    for _ in range(_SETTLED):
        rows.append((rows[-1] + other) // 2)
    return np.stack(rows, axis=1).astype(np.uint8)
