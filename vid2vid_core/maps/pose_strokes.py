"""Broad straight strokes with round ends that mix where they meet: pixel for pixel as published, all at once.

A stroke is stamped offset by offset: first the samples of its line, for all offsets of a square, then its two ends, for
all offsets of a disc. Where all pixels of such a stamp are still black they get the colour; otherwise each becomes the
mean, rounded down, of what it was and the colour. A pixel once touched is never black again, so the first stamp at a
pixel tells all: if that one found only black, the colour stands, else the pixel is averaged once for every stamp that
touches it. Nothing has to be stamped one after the other.

Source: Wang et al., Video-to-Video Synthesis (2018), its pose maps.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vid2vid_core.maps.curves import draw_pieces
from vid2vid_core.maps.face_crop import Box
from vid2vid_core.maps.pose_mixing import Touches, mixed

Index = NDArray[np.intp]
_BEYOND = 1000
"""Strokes that end further than so many pixels beyond the picture are cut there."""


@dataclass(frozen=True)
class Strokes:
    """Strokes in drawing order."""

    ends: NDArray[np.float64]
    """(K, 2, 2): x and y of both ends, pixels."""
    half: Index
    """(K,): half widths, pixels."""
    colours: NDArray[np.uint8]
    """(K, 3): RGB, none of them black."""


def paint(layers: Sequence[Strokes], box: Box) -> NDArray[np.uint8]:
    """Paint strokes on black: those of a layer mix with each other and hide the layers before.

    Args:
        layers: in pixels of the frame.
        box: the part of the frame that is wanted; it may reach beyond it.

    Returns:
        (h, w, 3) RGB of the box, the same as cut out of a larger one.
    """
    width, height = box.size
    picture = np.zeros((height, width, 3), np.uint8)
    for strokes in layers:
        canvas = _Canvas.around(strokes, box)
        stamps = _stamps(strokes, canvas)
        if len(stamps.length):
            changes = (strokes.colours[1:] != strokes.colours[:-1]).any(axis=1)
            run = np.concatenate([[0], np.cumsum(changes)])
            colours = strokes.colours[np.concatenate([[True], changes])]
            places, levels = mixed(stamps.touches(run), colours)
            y, x = np.divmod(places, canvas.width)
            y, x = y + (canvas.top - box.top), x + (canvas.left - box.left)
            inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
            picture[y[inside], x[inside]] = levels[inside]
    return picture


class _Canvas(NamedTuple):
    """The rectangle of the frame that strokes lie in."""

    left: int
    top: int
    width: int
    height: int
    reach: int
    """How far a stroke reaches beyond its samples."""

    @classmethod
    def around(cls, strokes: Strokes, box: Box) -> "_Canvas":
        """Large enough for all strokes, but for what lies far beyond the box."""
        ends, reach = strokes.ends.reshape(-1, 2), 2 * int(strokes.half.max(initial=0))
        low = np.floor(ends.min(axis=0, initial=np.inf)).clip(np.array(box[:2]) - _BEYOND, np.array(box[2:]) + _BEYOND)
        high = np.floor(ends.max(axis=0, initial=-np.inf)).clip(low, np.array(box[2:]) + _BEYOND)
        left, top = (int(corner) - reach for corner in low)
        width, height = (int(side) + 3 + 2 * reach for side in high - low)  # two more for what a short stroke gets
        return cls(left, top, width, height, reach)


class _Stamps(NamedTuple):
    """Stamps in the order of painting."""

    samples: Index
    """Pixels of the lines, then of the ends, as places on the canvas."""
    begin: Index
    """Of each stamp: its first sample."""
    length: Index
    """Of each stamp: its number of samples, at least 1."""
    offset: Index
    """Of each stamp: from a sample to the pixel it touches."""
    stroke: Index
    """Of each stamp: the stroke it belongs to."""

    def touches(self, run: Index) -> Touches:
        """All pixels touched; `run` (K,) is of the strokes."""
        stamp = np.repeat(np.arange(len(self.length)), self.length)
        starts = np.cumsum(self.length) - self.length
        place = np.arange(len(stamp)) + (self.begin - starts)[stamp]
        return Touches(self.samples[place] + self.offset[stamp], stamp, starts, run[self.stroke])


def _stamps(strokes: Strokes, canvas: _Canvas) -> _Stamps:
    """The stamps of all strokes that touch the canvas; samples too far beyond it are left out."""
    lines = draw_pieces(_at_least_a_pixel(strokes.ends)[:, [0, 1, 1]])
    count = len(strokes.ends)
    samples = np.bincount(lines.piece, minlength=count)
    first = np.cumsum(samples) - samples
    ends = np.stack([first, first + samples - 1], axis=1)[np.stack([samples > 0, samples > 1], axis=1)]
    chosen = np.concatenate([np.arange(len(lines.piece)), ends])
    is_end = np.arange(len(chosen)) >= len(lines.piece)
    x, y, piece = lines.x[chosen] - canvas.left, lines.y[chosen] - canvas.top, lines.piece[chosen]
    near = (x >= canvas.reach) & (x < canvas.width - canvas.reach)
    near &= (y >= canvas.reach) & (y < canvas.height - canvas.reach)
    length = np.bincount((piece + count * is_end)[near], minlength=2 * count)
    begin = np.cumsum(length) - length
    stroke, offset, of_ends = _offsets(strokes.half, canvas.width)
    run = stroke + count * of_ends
    used = length[run] > 0
    run = run[used]
    return _Stamps((y * canvas.width + x)[near], begin[run], length[run], offset[used], stroke[used])


def _at_least_a_pixel(ends: NDArray[np.float64]) -> NDArray[np.float64]:
    """The ends, where both lie in about the same pixel so far apart that a single sample is drawn."""
    short = np.abs(ends[:, 1] - ends[:, 0]).max(axis=1) < 1
    stretched = np.stack([ends[:, 0], ends[:, 0] + (1.5, 0)], axis=1)
    return np.where(short[:, None, None], stretched, ends)


class _Brush(NamedTuple):
    """Offsets of one half width, in the order of stamping."""

    y: Index
    x: Index
    of_ends: NDArray[np.bool_]


@cache
def _brush(half: int) -> _Brush:
    """A square for the line, a disc of twice its radius for the ends, both shifted half a pixel up and left."""
    square = np.array([(y, x) for y in range(-half, half) for x in range(-half, half)])
    wide = range(-2 * half, 2 * half)
    disc = np.array([(y, x) for y in wide for x in wide if x * x + y * y < 4 * half * half])
    y, x = np.concatenate([square, disc]).T
    return _Brush(y, x, np.arange(len(y)) >= len(square))


def _offsets(half: Index, width: int) -> tuple[Index, Index, NDArray[np.bool_]]:
    """Of every stamp: its stroke, its offset on a canvas of that width, and whether it stamps the ends."""
    brushes = [_brush(value) for value in half.tolist()]
    if not brushes:
        return np.zeros(0, np.intp), np.zeros(0, np.intp), np.zeros(0, bool)
    stroke = np.repeat(np.arange(len(half)), [len(brush.y) for brush in brushes])
    y, x, of_ends = (np.concatenate(parts) for parts in zip(*brushes, strict=True))
    return stroke, y * width + x, of_ends
