"""Two runs in one folder, and the lock that a killed run leaves behind: the next call takes over by itself."""

import shutil
from pathlib import Path

from vid2vid_core.jobs.claims import ClaimedError, RunsInFolder


def enter_folder():
    """Wait for other runs that are just starting, and clear the lock of a killed one. None where files have no locks."""
    try:
        runs = RunsInFolder(Path(".snakemake/claims"), tell=logger.info)
    except OSError as error:
        logger.warning(f"The file system of this folder knows no locks ({error}): have one run at a time here.")
        return None
    for other in runs.others:
        logger.info(f"Another run is at work here, {other}: this one is refused if it has to do with the same files.")
    stale = Path(".snakemake/locks")
    if stale.is_dir() and any(stale.iterdir()):
        if runs.alone:
            logger.info("An earlier run was killed: taking over from it.")
            shutil.rmtree(stale)
            stale.mkdir()
        for path in runs.unclear:
            logger.warning(f"{path}: a run of another computer. If it is dead remove that file, and snakemake --unlock")
    return runs


def claim_files():
    """Claim what this run writes and reads; called when Snakemake knows what that is."""
    files = workflow.persistence
    try:
        runs_here.claim(map(str, files.all_outputfiles()), map(str, files.all_inputfiles()))
    except ClaimedError as error:
        raise WorkflowError(str(error)) from None


runs_here = enter_folder() if workflow.is_main_process else None


onstart:
    if runs_here is not None:
        claim_files()


onsuccess:
    if runs_here is not None:
        runs_here.release()


onerror:
    if runs_here is not None:
        runs_here.release()
