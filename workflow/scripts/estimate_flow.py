"""Rule estimate_flow: reference flow of one video."""

import typing
from pathlib import Path

from vid2vid_core.annotate.estimate_flow import estimate_flow
from vid2vid_core.annotate.flow_backend import flow_estimator
from vid2vid_core.config import FlowConfig, parse
from vid2vid_core.runlog import job_log

if typing.TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(smk: "Snakemake") -> None:
    """Turn the Snakemake job into one typed call."""
    config = parse(FlowConfig, smk.params.flow, "params.flow")
    if config.backend == "flownet2":
        import torch

        torch.set_num_threads(smk.threads)
    with job_log(smk.log[0]):
        estimate_flow(
            Path(smk.input.table),
            Path(smk.output.flow),
            Path(smk.output.table),
            Path(smk.params.state),
            flow_estimator(config, smk.threads),
            smk.threads,
        )


if __name__ == "__main__":
    main(snakemake)
