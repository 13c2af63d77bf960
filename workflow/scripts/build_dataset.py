"""Rule build_dataset: the canonical layout and its manifest."""

import typing
from pathlib import Path

from vid2vid_core.config import DatasetConfig, parse
from vid2vid_core.dataset.build import build_dataset
from vid2vid_core.jobs.groups import tables_of
from vid2vid_core.runlog import job_log

if typing.TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(smk: "Snakemake") -> None:
    """Turn the Snakemake job into one typed call."""
    config = parse(DatasetConfig, smk.params.dataset, "params.dataset")
    with job_log(smk.log[0]):
        build_dataset(
            list(tables_of(smk.input.frames).values()),
            list(tables_of(smk.input.annotations).values()),
            Path(smk.output.manifest).parent,
            config,
        )


if __name__ == "__main__":
    main(snakemake)
