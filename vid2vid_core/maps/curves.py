"""Pieces of two or three points become pixels: straight lines and parabolas in closed form, all pieces at once.

Source: Wang et al., Video-to-Video Synthesis (2018), its edge maps of faces.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
STEEPEST = 1.0
"""Parabolas with a larger quadratic coefficient are not drawn as such: they overshoot far beyond their points."""


class Pixels(NamedTuple):
    """Pixels of several pieces, in the order of the pieces."""

    x: NDArray[np.int64]
    y: NDArray[np.int64]
    piece: NDArray[np.int64]
    """Which piece each pixel belongs to."""


def draw_pieces(pieces: Points) -> Pixels:
    """Pixels of parabolas through three points, or of straight lines.

    The abscissa of a piece is x, or y if its largest step in y is the larger one. From the smaller to the larger
    abscissa of its first and last point, `int(difference)` samples are spread evenly, both ends included; coordinates
    are rounded down. A parabola that is too steep, or has two points of one abscissa, is replaced by the straight
    lines between its points.

    Args:
        pieces: (K, 3, 2) x and y; a straight line has its second point repeated as its third.
    """
    straight = (pieces[:, 1] == pieces[:, 2]).all(axis=1)
    swapped = _swapped(pieces)
    abscissa, ordinate = _roles(pieces, swapped)
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = (ordinate[:, 1] - ordinate[:, 0]) / (abscissa[:, 1] - abscissa[:, 0])
        second = (ordinate[:, 2] - ordinate[:, 1]) / (abscissa[:, 2] - abscissa[:, 1])
        bend = np.where(straight, 0.0, (second - slope) / (abscissa[:, 2] - abscissa[:, 0]))
    broken = ~straight & ~(np.abs(bend) <= STEEPEST)  # NaN and infinity too
    owner = np.arange(len(pieces))
    if broken.any():
        first, last = pieces[broken][:, [0, 1, 1]], pieces[broken][:, [1, 2, 2]]
        parts = draw_pieces(np.concatenate([first, last]))
        owners = np.tile(owner[broken], 2)
        whole = draw_pieces(pieces[~broken])
        piece = np.concatenate([owner[~broken][whole.piece], owners[parts.piece]])
        order = np.argsort(piece, kind="stable")
        x, y = np.concatenate([whole.x, parts.x]), np.concatenate([whole.y, parts.y])
        return Pixels(x[order], y[order], piece[order])
    return _sampled(abscissa, ordinate, np.nan_to_num(slope), bend, swapped)


def _swapped(pieces: Points) -> NDArray[np.bool_]:
    steps = np.abs(np.diff(pieces, axis=1)).max(axis=1)
    return np.asarray(steps[:, 0] < steps[:, 1])


def _roles(pieces: Points, swapped: NDArray[np.bool_]) -> tuple[Points, Points]:
    """Abscissae and ordinates, (K, 3) each."""
    chosen = swapped[:, None]
    return np.where(chosen, pieces[..., 1], pieces[..., 0]), np.where(chosen, pieces[..., 0], pieces[..., 1])


def _sampled(abscissa: Points, ordinate: Points, slope: Points, bend: Points, swapped: NDArray[np.bool_]) -> Pixels:
    """Newton's form of each parabola at its samples."""
    low = np.minimum(abscissa[:, 0], abscissa[:, 2])
    length = np.abs(abscissa[:, 2] - abscissa[:, 0])
    counts = length.astype(np.int64)
    piece = np.repeat(np.arange(len(counts)), counts)
    index = np.arange(len(piece)) - np.repeat(np.cumsum(counts) - counts, counts)
    spacing = length / np.maximum(counts - 1, 1)
    t = low[piece] + index * spacing[piece]
    from_first = t - abscissa[piece, 0]
    value = ordinate[piece, 0] + from_first * (slope[piece] + bend[piece] * (t - abscissa[piece, 1]))
    across, along = np.floor(value + _ROUNDING).astype(np.int64), np.floor(t + _ROUNDING).astype(np.int64)
    turned = swapped[piece]
    return Pixels(np.where(turned, across, along), np.where(turned, along, across), piece)


_ROUNDING = 1e-9
"""So that a sample that falls on a whole number does not end below it."""
