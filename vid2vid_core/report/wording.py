"""Numbers as a person reads them: durations, sizes, counts, metric values."""

import math


def duration(seconds: float) -> str:
    """`seconds` (>= 0) in at most two units, such as `3 min 12 s`."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    for unit, below, size in (("d", "h", 86_400), ("h", "min", 3_600), ("min", "s", 60)):
        if whole >= size:
            major, rest = divmod(whole, size)
            minor = rest * {"h": 24, "min": 60, "s": 60}[below] // size
            return f"{major} {unit} {minor} {below}" if minor else f"{major} {unit}"
    return f"{whole} s"


def file_size(count: int) -> str:
    """`count` bytes in decimal units, such as `4.2 MB`."""
    value = float(count)
    for unit in ("bytes", "kB", "MB"):
        if value < 1000:
            return f"{value:.0f} bytes" if unit == "bytes" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} GB"


def number(value: float) -> str:
    """Three to four significant digits without exponents where that stays short; an en dash for NaN and None."""
    if value is None or not math.isfinite(value):
        return "–"
    size = abs(value)
    if size == 0:
        return "0"
    if size >= 100_000 or size < 0.0001:
        return f"{value:.2e}".replace("-", "−")
    decimals = max(0, 2 - math.floor(math.log10(size))) if size < 1000 else 0
    return f"{value:,.{min(decimals, 5)}f}".replace("-", "−")


def count_of(amount: int, noun: str, plural: str | None = None) -> str:
    """`1 frame`, `12 frames`, `1,200 frames`."""
    return f"{amount:,} {noun if amount == 1 else plural or noun + 's'}"


def listed(items: list[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return items[0] if len(items) == 1 else ", ".join(items[:-1]) + " and " + items[-1] if items else "none"


def percent(share: float) -> str:
    """A share 0..1, such as `12 %`, `0.4 %` or `under 0.1 %`."""
    if share == 0:
        return "0 %"
    if share < 0.001:
        return "under 0.1 %"
    return f"{100 * share:.0f} %" if share >= 0.0995 else f"{100 * share:.1f} %"


def unit_of(mode: str) -> str:
    """What the mean-colour baseline paints in one colour, by the mode of the dataset."""
    return {"street": "label", "face": "part of the face", "pose": "part of the body"}[mode]
