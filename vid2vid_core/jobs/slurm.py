"""What a job does to be started again by SLURM when a signal has stopped it."""

import contextlib
import logging
import os
import subprocess
from collections.abc import Iterator

from vid2vid_core.runlog import REQUEUE_CODE

logger = logging.getLogger("vid2vid_core.jobs.slurm")


@contextlib.contextmanager
def requeued_when_stopped() -> Iterator[None]:
    """Put this job back into SLURM's queue if the block ends the process with code 85.

    A job goes on when it is started again, however often; a workflow's retries would be used up, and ask for more each
    time. Where that cannot be done the exit code remains, and with it the retries.
    """
    try:
        yield
    except SystemExit as ending:
        if ending.code == REQUEUE_CODE and "SLURM_JOB_ID" in os.environ:
            requeue(os.environ["SLURM_JOB_ID"])
        raise


def requeue(job: str) -> bool:
    """Have SLURM start a job of its again. Returns whether it will.

    A job that somebody cancels, or whose time is up, gets the same signal but is not running any more by SLURM's books;
    it stays ended.
    """
    try:
        state = _ask("squeue", "--noheader", "--format=%T", f"--jobs={job}").strip()
        if state != "RUNNING":
            logger.warning("SLURM job %s is not put back into the queue: it is %s", job, state or "unknown")
            return False
        _ask("scontrol", "requeue", job)
    except (OSError, subprocess.SubprocessError) as error:
        said = getattr(error, "stderr", None) or error
        logger.warning("SLURM job %s could not be put back into the queue: %s", job, str(said).strip())
        return False
    logger.info("SLURM job %s was put back into the queue", job)
    return True


def _ask(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
