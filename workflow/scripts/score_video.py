"""Rule score_video: metrics of a group of rendered videos and of their baselines."""

import typing
from pathlib import Path

from vid2vid_core.config import EvaluateConfig, parse
from vid2vid_core.evaluate import score_video
from vid2vid_core.jobs.groups import MadeOf, make_group, tables_of
from vid2vid_core.runlog import job_log

if typing.TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(smk: "Snakemake") -> None:
    """Turn the Snakemake job into one typed call."""
    config = parse(EvaluateConfig, smk.params.evaluate, "params.evaluate")
    manifest, weights = Path(smk.input.manifest), Path(smk.input.weights)
    with job_log(smk.log[0]):
        rendered, flow = tables_of([smk.input.table]), tables_of([smk.input.flow])
        settings = [smk.params.evaluate, smk.params.version]
        make_group(
            Path(smk.output.scores),
            {video: MadeOf(settings, (table, manifest, weights, flow[video])) for video, table in rendered.items()},
            lambda video, table: score_video(rendered[video], manifest, weights, flow[video], table, config),
        )


if __name__ == "__main__":
    main(snakemake)
