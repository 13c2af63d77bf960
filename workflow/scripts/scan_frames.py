"""Rule scan_frames: what the files of a group of videos hold."""

import typing
from pathlib import Path

from vid2vid_core.dataset.manifest import read_manifest
from vid2vid_core.dataset.scan_table import scan_video
from vid2vid_core.jobs.groups import MadeOf, make_group, tables_of
from vid2vid_core.runlog import job_log

if typing.TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(smk: "Snakemake") -> None:
    """Turn the Snakemake job into one typed call."""
    with job_log(smk.log[0]):
        frames, annotations = tables_of(smk.input.frames), tables_of(smk.input.annotations)
        settings = [smk.params.storage, smk.params.version]
        manifest = read_manifest(Path(smk.input.manifest))
        make_group(
            Path(smk.output.table),
            {video: MadeOf(settings, (table, annotations[video])) for video, table in frames.items()},
            lambda video, table: scan_video(manifest, video, table, smk.threads),
        )


if __name__ == "__main__":
    main(snakemake)
