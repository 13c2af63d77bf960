"""Rule summarise_scores: means and intervals over all clips of a run."""

import typing
from pathlib import Path

from vid2vid_core.config import EvaluateConfig, parse
from vid2vid_core.evaluate import summarise
from vid2vid_core.jobs.groups import tables_of
from vid2vid_core.runlog import job_log

if typing.TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(smk: "Snakemake") -> None:
    """Turn the Snakemake job into one typed call."""
    config = parse(EvaluateConfig, smk.params.evaluate, "params.evaluate")
    with job_log(smk.log[0]):
        summarise(list(tables_of(smk.input.scores).values()), Path(smk.output.table), Path(smk.output.summary), config)


if __name__ == "__main__":
    main(snakemake)
