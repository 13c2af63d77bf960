"""Rule estimate_flow: reference flow of a group of videos."""

import typing
from pathlib import Path

from vid2vid_core.annotate.estimate_flow import estimate_flow
from vid2vid_core.annotate.flow_backend import flow_estimator
from vid2vid_core.config import FlowConfig, parse
from vid2vid_core.jobs.gpu_claim import own_gpus
from vid2vid_core.jobs.groups import MadeOf, make_group, tables_of
from vid2vid_core.runlog import job_log
from vid2vid_core.shards.pack import stage_output

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
    with job_log(smk.log[0]), own_gpus(smk.resources.gpu):
        frames, estimator = tables_of([smk.input.table]), flow_estimator(config, smk.threads)
        settings = [smk.params.flow, smk.params.storage, smk.params.version]
        videos = {video: MadeOf(settings, (table, *weights)) for video, table in frames.items()}

        def estimate(video: str, table: Path) -> None:
            with stage_output(table, smk.params.storage) as (folder, rows):
                estimate_flow(frames[video], folder, rows, state / video, estimator, smk.threads)

        make_group(Path(smk.output.table), videos, estimate)


if __name__ == "__main__":
    main(snakemake)
