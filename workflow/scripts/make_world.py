"""Rule make_world: a group of clips of a built-in world."""

import typing
from pathlib import Path

from vid2vid_core.config import WorldConfig, parse
from vid2vid_core.dataset.world import make_world_clip
from vid2vid_core.jobs.groups import MadeOf, make_group
from vid2vid_core.runlog import job_log

if typing.TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(smk: "Snakemake") -> None:
    """Turn the Snakemake job into one typed call."""
    world, clips = parse(WorldConfig, smk.params.world, "params.world"), smk.params.clips
    videos = {video: MadeOf([smk.params.world, index, smk.params.version]) for video, index in clips.items()}
    with job_log(smk.log[0]):
        make_group(
            Path(smk.output.table),
            videos,
            lambda video, table: make_world_clip(world, video, clips[video], table),
        )


if __name__ == "__main__":
    main(snakemake)
