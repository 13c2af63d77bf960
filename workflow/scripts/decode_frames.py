"""Rule decode_frames: frames of a group of videos."""

import typing
from pathlib import Path

from vid2vid_core.config import FramesConfig, Source, parse
from vid2vid_core.jobs.groups import MadeOf, make_group, tables_of
from vid2vid_core.runlog import job_log
from vid2vid_core.shards.pack import stage_output
from vid2vid_core.video.decode import decode_frames

if typing.TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(smk: "Snakemake") -> None:
    """Turn the Snakemake job into one typed call."""
    frames = parse(FramesConfig, smk.params.frames, "params.frames")
    sources = {video: parse(Source, told["source"], "params.sources") for video, told in smk.params.sources.items()}
    with job_log(smk.log[0]):
        clips = tables_of(smk.input.world)
        videos = {
            video: MadeOf(
                [told, smk.params.frames, smk.params.storage, smk.params.version],
                tuple(clips[video] for _ in smk.input.world),
            )
            for video, told in smk.params.sources.items()
        }

        def decode(video: str, table: Path) -> None:
            with stage_output(table, smk.params.storage) as (folder, rows):
                decode_frames(sources[video], folder, rows, frames)

        make_group(Path(smk.output.table), videos, decode)


if __name__ == "__main__":
    main(snakemake)
