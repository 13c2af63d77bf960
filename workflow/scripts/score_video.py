"""Rule score_video: metrics of one rendered video and of its baselines."""

import typing
from pathlib import Path

from vid2vid_core.config import EvaluateConfig, parse
from vid2vid_core.evaluate import score_video
from vid2vid_core.runlog import job_log

if typing.TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(smk: "Snakemake") -> None:
    """Turn the Snakemake job into one typed call."""
    config = parse(EvaluateConfig, smk.params.evaluate, "params.evaluate")
    with job_log(smk.log[0]):
        score_video(
            Path(smk.input.table),
            Path(smk.input.manifest),
            Path(smk.input.weights),
            Path(smk.input.flow_table),
            Path(smk.output.scores),
            config,
        )


if __name__ == "__main__":
    main(snakemake)
