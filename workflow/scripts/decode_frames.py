"""Rule decode_frames: frames of one video."""

import typing
from pathlib import Path

from vid2vid_core.config import FramesConfig, Source, parse
from vid2vid_core.runlog import job_log
from vid2vid_core.video.decode import decode_frames

if typing.TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(smk: "Snakemake") -> None:
    """Turn the Snakemake job into one typed call."""
    source = parse(Source, smk.params.source["source"], "params.source")
    frames = parse(FramesConfig, smk.params.frames, "params.frames")
    with job_log(smk.log[0]):
        decode_frames(source, Path(smk.output.frames), Path(smk.output.table), frames)


if __name__ == "__main__":
    main(snakemake)
