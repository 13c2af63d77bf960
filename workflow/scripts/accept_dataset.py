"""Rule accept_dataset: stop if the checker found errors."""

import typing
from pathlib import Path

from vid2vid_core.dataset.check import accept
from vid2vid_core.runlog import job_log

if typing.TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(smk: "Snakemake") -> None:
    """Turn the Snakemake job into one typed call."""
    with job_log(smk.log[0]):
        accept(Path(smk.input.problems), Path(smk.input.page))


if __name__ == "__main__":
    main(snakemake)
