"""Line charts as plain geometry: everything in percent of the plot area, so that the page can stretch it to any width.

The template draws the paths in an SVG that is stretched without keeping its aspect (strokes do not scale), and the
tick labels as ordinary text beside it. So letters never shrink on a telephone, and colours follow the page's theme.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vid2vid_core.report.wording import number


@dataclass(frozen=True)
class Line:
    """One line of a chart: points with finite values, in order of x."""

    name: str
    style: str
    """CSS class that colours it, such as `model`."""
    x: Sequence[float]
    y: Sequence[float]
    low: Sequence[float] | None = None
    """Lower edge of a band around the line, or None."""
    high: Sequence[float] | None = None


@dataclass(frozen=True)
class Tick:
    """A labelled position on an axis."""

    position: float
    """Percent from the left or from the bottom."""
    label: str


@dataclass(frozen=True)
class Curve:
    """A line in plot coordinates: x 0..100 to the right, y 0..100 downwards (as SVG has it)."""

    name: str
    style: str
    path: str
    band: str
    """Closed path, empty without a band."""
    dots: str
    """Path of zero-length strokes, one a point; empty when there are too many points to tell apart."""


@dataclass(frozen=True)
class Chart:
    """One chart, ready to be drawn."""

    title: str
    description: str
    """What a reader who cannot see it needs to know."""
    x_label: str
    x_ticks: list[Tick]
    y_ticks: list[Tick]
    curves: list[Curve]


_MAX_DOTS = 40


def line_chart(title: str, lines: Sequence[Line], *, x_label: str, whole_x: bool = True) -> Chart:
    """Lay out `lines` on common axes.

    Args:
        title: what y is.
        lines: at least one, each with at least one point.
        x_label: what x is.
        whole_x: x counts something (epochs, clips), so ticks stand on whole numbers.

    Raises:
        ValueError: no line has a point.
    """
    lines = [line for line in lines if len(line.x)]
    if not lines:
        raise ValueError(f"chart '{title}': no point to draw")
    x_low, x_high = _span([line.x for line in lines])
    edges = [edge for line in lines for edge in (line.y, line.low, line.high) if edge is not None]
    y_ticks = nice_ticks(*_span(edges), count=4)
    y_low, y_high = y_ticks[0], y_ticks[-1]

    def place(x: float, y: float) -> tuple[float, float]:
        across = 50.0 if x_high == x_low else 100 * (x - x_low) / (x_high - x_low)
        return across, 100 - 100 * (y - y_low) / (y_high - y_low)

    curves = []
    for line in lines:
        points = [place(x, y) for x, y in zip(line.x, line.y, strict=True)]
        band = ""
        if line.low is not None and line.high is not None and len(points) > 1:
            upper = [place(x, y) for x, y in zip(line.x, line.high, strict=True)]
            lower = [place(x, y) for x, y in zip(line.x, line.low, strict=True)]
            band = _path(upper + lower[::-1]) + "Z"
        dots = "".join(f"M{x:.2f} {y:.2f}h0" for x, y in points) if len(points) <= _MAX_DOTS else ""
        curves.append(Curve(line.name, line.style, _path(points), band, dots))
    x_values = _axis_values(x_low, x_high, whole_x)
    x_ticks = [Tick(round(place(value, y_low)[0], 2), label) for value, label in _labels(x_values)]
    ticks = [Tick(round(100 - place(x_low, value)[1], 2), label) for value, label in _labels(y_ticks)]
    return Chart(title, _describe(title, x_label, lines), x_label, x_ticks, ticks, curves)


def nice_ticks(low: float, high: float, count: int) -> list[float]:
    """About `count` round values (1, 2 or 5 times a power of ten apart) whose first and last enclose low..high."""
    if high <= low:
        margin = abs(low) * 0.1 or 1.0
        low, high = low - margin, high + margin
    raw = (high - low) / max(1, count - 1)
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= raw * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [index * step for index in range(first, last + 1)]


def binned(x: np.ndarray, y: np.ndarray, bins: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Mean x, and mean, smallest and largest y, of at most `bins` runs of neighbouring points."""
    groups = np.array_split(np.arange(len(x)), min(bins, len(x)))
    reduced = [(x[g].mean(), y[g].mean(), y[g].min(), y[g].max()) for g in groups if len(g)]
    columns = np.array(reduced, dtype=float).reshape(-1, 4).T
    return columns[0], columns[1], columns[2], columns[3]


def _span(groups: Sequence[Sequence[float]]) -> tuple[float, float]:
    values = np.concatenate([np.asarray(group, dtype=float) for group in groups])
    return float(values.min()), float(values.max())


def _axis_values(low: float, high: float, whole: bool) -> list[float]:
    """Tick values inside low..high."""
    if high == low:
        return [low]
    ticks = nice_ticks(low, high, count=5)
    if whole and len(ticks) > 1 and ticks[1] - ticks[0] < 1:
        ticks = [float(value) for value in range(math.ceil(low), math.floor(high) + 1)]
    return [tick for tick in ticks if low - 1e-9 <= tick <= high + 1e-9] or [low]


def _labels(ticks: list[float]) -> list[tuple[float, str]]:
    """Tick labels with the same number of decimals on the whole axis."""
    step = ticks[1] - ticks[0] if len(ticks) > 1 else 1.0
    if step >= 100_000 or step < 0.0001:
        return [(tick, number(tick)) for tick in ticks]
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    return [(tick, f"{tick + 0.0:,.{decimals}f}".replace("-", "−")) for tick in ticks]


def _path(points: list[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:.2f} {y:.2f}" for x, y in points)


def _describe(title: str, x_label: str, lines: Sequence[Line]) -> str:
    ends = "; ".join(
        f"{line.name} from {number(line.y[0])} to {number(line.y[-1])}"
        if len(line.y) > 1
        else f"{line.name} {number(line.y[0])}"
        for line in lines
    )
    return f"{title} by {x_label}: {ends}."
