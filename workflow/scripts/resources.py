"""Rule resources: the assets the configured runs need."""

import typing

from vid2vid_core.assets.fetch import get_assets
from vid2vid_core.runlog import job_log

if typing.TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(smk: "Snakemake") -> None:
    """Turn the Snakemake job into one typed call."""
    with job_log(smk.log[0]):
        get_assets(smk.params.names)


if __name__ == "__main__":
    main(snakemake)
