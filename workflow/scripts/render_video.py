"""Rule render_video: the test sequences of a group of videos."""

import dataclasses
import typing
from pathlib import Path

import torch
from vid2vid_core.config import RenderConfig, parse
from vid2vid_core.jobs.gpu_claim import own_gpus
from vid2vid_core.jobs.groups import MadeOf, make_group
from vid2vid_core.render import render_video
from vid2vid_core.runlog import job_log

if typing.TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(smk: "Snakemake") -> None:
    """Turn the Snakemake job into one typed call."""
    config = parse(RenderConfig, smk.params.render, "params.render")
    if smk.input.single:
        config = dataclasses.replace(config, single=smk.input.single[0])
    torch.set_num_threads(smk.threads)
    weights, manifest = Path(smk.input.weights), Path(smk.input.manifest)
    made_of = MadeOf([smk.params.render, smk.params.version], (weights, manifest, *map(Path, smk.input.single)))
    with job_log(smk.log[0]), own_gpus(smk.resources.gpu):
        make_group(
            Path(smk.output.table),
            dict.fromkeys(smk.params.videos, made_of),
            lambda video, table: render_video(weights, manifest, video, table.with_suffix(""), table, config),
        )


if __name__ == "__main__":
    main(snakemake)
