"""How much memory a device has, and how much of it was used at the worst moment."""

import os
from pathlib import Path

import torch

_STATUS = Path("/proc/self/status")
_CLEAR = Path("/proc/self/clear_refs")
_MEMINFO = Path("/proc/meminfo")
_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))


class PeakMemory:
    """Begins to watch a device when made.

    On a GPU it is what PyTorch has handed out (`torch.cuda.max_memory_allocated`). On a CPU it is by how much the
    process has grown, which includes what kernels need for themselves, and is an estimate: memory that was free within
    the process is used first.
    """

    def __init__(self, device: torch.device) -> None:
        self._device = device
        if device.type == "cuda":
            torch.cuda.empty_cache()
            torch.cuda.reset_peak_memory_stats(device)
            self._before = torch.cuda.memory_allocated(device)
        else:
            _forget_peak()
            self._before = _process_bytes("VmRSS")

    def peak(self) -> int:
        """Bytes at the worst moment so far, above what was in use when the watch began."""
        if self._device.type == "cuda":
            return torch.cuda.max_memory_allocated(self._device) - self._before
        return max(0, _process_bytes("VmHWM") - self._before)


def usable_memory(device: torch.device) -> int | None:
    """Bytes a training on the device can have now; None if nobody says."""
    if device.type == "cuda":
        free, _ = torch.cuda.mem_get_info(device)
        return free + torch.cuda.memory_reserved(device)
    if not _MEMINFO.exists():
        return None
    available = [1024 * _field(_MEMINFO, "MemAvailable")]
    for limit in _LIMITS:
        if limit.is_file() and (text := limit.read_text().strip()).isdigit():
            available.append(int(text))
    return min(available)


def _forget_peak() -> None:
    """Make the process's peak its present size, where the system allows it."""
    try:
        _CLEAR.write_text("5")
    except OSError:
        return


def _process_bytes(field: str) -> int:
    if not _STATUS.exists():  # no Linux: the peak of the whole life is all there is
        import resource

        return int(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if os.uname().sysname == "Darwin" else 1024))
    return 1024 * _field(_STATUS, field)


def _field(path: Path, name: str) -> int:
    """A number of kB from a file of lines `name: number kB`."""
    for line in path.read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1])
    raise ValueError(f"{path}: no field {name}")
