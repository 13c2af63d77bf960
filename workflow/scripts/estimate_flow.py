"""Rule estimate_flow: reference flow of a group of videos."""

import typing
from pathlib import Path

from vid2vid_core.annotate.estimate_flow import estimate_flow
from vid2vid_core.annotate.flow_backend import flow_estimator
from vid2vid_core.config import FlowConfig, parse
from vid2vid_core.groups import MadeOf, make_group, tables_of
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
    state, weights = Path(smk.params.state), tuple(map(Path, smk.input.checkpoint))
    with job_log(smk.log[0]):
        frames, estimator = tables_of([smk.input.table]), flow_estimator(config, smk.threads)
        settings = [smk.params.flow, smk.params.version]
        make_group(
            Path(smk.output.table),
            {video: MadeOf(settings, (table, *weights)) for video, table in frames.items()},
            lambda video, table: estimate_flow(
                frames[video], table.with_suffix(""), table, state / video, estimator, smk.threads
            ),
        )


if __name__ == "__main__":
    main(snakemake)
