"""Rule annotate_frames: labels and instances, or landmarks, of one video."""

import typing
from pathlib import Path

from vid2vid_core.annotate.stage import annotate_video
from vid2vid_core.config import DatasetConfig, Source, parse
from vid2vid_core.runlog import job_log

if typing.TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(smk: "Snakemake") -> None:
    """Turn the Snakemake job into one typed call."""
    source = parse(Source, smk.params.source["source"], "params.source")
    config = parse(DatasetConfig, smk.params.dataset, "params.dataset")
    fitted = Path(smk.input.segmenter[0]) if smk.input.segmenter else None
    with job_log(smk.log[0]):
        annotate_video(
            Path(smk.input.table), Path(smk.output.annotations), Path(smk.output.table), config, source, fitted
        )


if __name__ == "__main__":
    main(snakemake)
