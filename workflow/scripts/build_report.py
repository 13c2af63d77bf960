"""Rule build_report: the page of one run."""

import typing
from pathlib import Path

from vid2vid_core.config import DatasetConfig, RecipeConfig, Run, parse
from vid2vid_core.report import build_report
from vid2vid_core.runlog import job_log

if typing.TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(smk: "Snakemake") -> None:
    """Turn the Snakemake job into one typed call."""
    run = parse(Run, smk.params.run["run"], "params.run")
    dataset = parse(DatasetConfig, smk.params.run["dataset"], "params.dataset")
    recipe = parse(RecipeConfig, smk.params.run["recipe"], "params.recipe")
    page = Path(smk.output.page)
    with job_log(smk.log[0]):
        build_report(
            page.parents[1],
            Path(smk.input.manifest).parents[1],
            page,
            run,
            recipe,
            dataset,
            benchmarks=Path(smk.params.benchmarks),
        )


if __name__ == "__main__":
    main(snakemake)
