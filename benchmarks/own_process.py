"""Measuring in a process of its own; imports nothing else, which would count as memory or be missed in it."""

from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path
from typing import Any

LIMIT = 900
"""Seconds after which a process of its own is ended: compiling for a CPU may take longer than all else together."""


def in_new_process(run: Callable[..., Any], *arguments: Any) -> Any:
    """Result of a call in a process of its own, whose peak memory is that of the call.

    Raises:
        TimeoutError: that of multiprocessing: there was none after `LIMIT` seconds, and the process was ended.
    """
    with get_context("spawn").Pool(1) as pool:
        return pool.apply_async(run, arguments).get(LIMIT)


def peak_bytes() -> int:
    """Memory this process held at most; getrusage would begin with that of the process which started it. Linux only."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))
