"""A run that was killed outright leaves Snakemake's lock behind; the next call sees that and takes over by itself.

The kernel lets go of a file lock when its process ends, however it ends. Every run holds a shared lock while it lives.
Who can have the lock alone for a moment knows that no other run is alive in this folder, and that what Snakemake's own
lock says was left by a killed one.
"""

import fcntl
import shutil
from pathlib import Path


def hold_folder():
    """Hold the folder's shared lock while this process lives, and clear a dead run's lock. Returns the open file."""
    Path(".snakemake").mkdir(exist_ok=True)
    handle = open(".snakemake/vid2vid.lock", "w")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        logger.info("Another run is alive in this folder.")
    else:
        stale = Path(".snakemake/locks")
        if stale.is_dir() and any(stale.iterdir()):
            logger.info("An earlier run was killed: taking over from it.")
            shutil.rmtree(stale)
            stale.mkdir()
    fcntl.flock(handle, fcntl.LOCK_SH)
    return handle


if workflow.is_main_process:
    folder_lock = hold_folder()
