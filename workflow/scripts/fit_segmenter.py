"""Rule fit_segmenter: the weight-free segmenter of one dataset."""

import typing
from pathlib import Path

from vid2vid_core.annotate.unsupervised import fit_segmenter
from vid2vid_core.config import AnnotateConfig, parse
from vid2vid_core.jobs.groups import tables_of
from vid2vid_core.runlog import job_log

if typing.TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(smk: "Snakemake") -> None:
    """Turn the Snakemake job into one typed call."""
    config = parse(AnnotateConfig, smk.params.annotate, "params.annotate")
    with job_log(smk.log[0]):
        fit_segmenter(list(tables_of(smk.input.tables).values()), Path(smk.output.segmenter), config)


if __name__ == "__main__":
    main(snakemake)
