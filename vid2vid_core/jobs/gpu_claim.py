"""GPUs of a machine for one job at a time, where no scheduler hands them out."""

import contextlib
import fcntl
import itertools
import logging
import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

logger = logging.getLogger("vid2vid_core.jobs.gpu_claim")

_PAUSE = 1.0
"""Seconds between two looks for a GPU that has become free."""


@contextlib.contextmanager
def own_gpus(count: int) -> Iterator[None]:
    """Let this process, and those it starts, see only `count` GPUs, which no other job of ours has; wait for them.

    Must be entered before the process first uses CUDA. Jobs of all users of the machine know of each other through
    locked files in the folder for temporary files; the kernel lets go of a lock when its process ends, however it ends.
    A job in a SLURM allocation was given its GPUs by SLURM, and without a GPU in the machine there is nothing to share.

    Args:
        count: GPUs the job asks for; 0 takes none and hides none.

    Raises:
        ValueError: the machine has GPUs, but fewer.
    """
    known = [] if count == 0 or "SLURM_JOB_ID" in os.environ else visible_gpus()
    if not known:
        yield
        return
    if len(known) < count:
        raise ValueError(
            f"the job asks for {count} GPUs, and this machine has {len(known)} ({', '.join(known)}); ask for fewer in "
            "the run file (runs: train: gpus)"
        )
    before = os.environ.get("CUDA_VISIBLE_DEVICES")
    with contextlib.ExitStack() as held:
        os.environ["CUDA_VISIBLE_DEVICES"] = ",".join(_claim(known, count, held))
        logger.info("this job has GPU %s of the machine", os.environ["CUDA_VISIBLE_DEVICES"])
        try:
            yield
        finally:
            if before is None:
                del os.environ["CUDA_VISIBLE_DEVICES"]
            else:
                os.environ["CUDA_VISIBLE_DEVICES"] = before


def visible_gpus() -> list[str]:
    """Names, as CUDA_VISIBLE_DEVICES has them, of the GPUs this process may use. Asks the driver, not CUDA."""
    import torch

    count = torch.cuda.device_count()
    chosen = os.environ.get("CUDA_VISIBLE_DEVICES")
    return [str(number) for number in range(count)] if chosen is None else chosen.split(",")[:count]


def _claim(known: Sequence[str], count: int, held: contextlib.ExitStack) -> list[str]:
    """Lock `count` of the GPUs until `held` is closed, all or, for others' sake, none while waiting."""
    said = False
    while True:
        with contextlib.ExitStack() as attempt:
            free = (name for name in known if _lock(name, attempt))
            mine = list(itertools.islice(free, count))  # no more are looked at, so no more are locked
            if len(mine) == count:
                held.enter_context(attempt.pop_all())
                return mine
        if not said:
            logger.warning("waiting for %d of the machine's %d GPUs", count, len(known))
            said = True
        time.sleep(_PAUSE)


def _lock(name: str, held: contextlib.ExitStack) -> bool:
    folder = Path(tempfile.gettempdir()) / "vid2vid-gpus"
    with contextlib.suppress(FileExistsError):
        folder.mkdir()
        folder.chmod(0o777)  # other users' jobs lock files here too
    path = folder / name
    with contextlib.suppress(FileExistsError):
        path.touch(exist_ok=False)
        path.chmod(0o444)
    handle = held.enter_context(path.open("rb"))  # a lock needs no right to write
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
