"""Rule render_video: the test sequences of one video."""

import dataclasses
import typing
from pathlib import Path

import torch
from vid2vid_core.config import RenderConfig, parse
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
    with job_log(smk.log[0]):
        render_video(
            Path(smk.input.weights),
            Path(smk.input.manifest),
            smk.wildcards.video,
            Path(smk.output.frames),
            Path(smk.output.table),
            config,
        )


if __name__ == "__main__":
    main(snakemake)
