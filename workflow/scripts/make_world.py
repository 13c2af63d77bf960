"""Rules make_world and make_clip: one clip of a built-in world."""

import typing
from pathlib import Path

from vid2vid_core.config import WorldConfig, parse
from vid2vid_core.dataset.world import make_world
from vid2vid_core.runlog import job_log

if typing.TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(smk: "Snakemake") -> None:
    """Turn the Snakemake job into one typed call."""
    world = parse(WorldConfig, smk.params.world, "params.world")
    with job_log(smk.log[0]):
        make_world(world, smk.wildcards.video, smk.params.index, Path(smk.output.rgb).parent)


if __name__ == "__main__":
    main(snakemake)
