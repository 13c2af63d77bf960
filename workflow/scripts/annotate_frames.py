"""Rule annotate_frames: labels and instances, or landmarks, of a group of videos."""

import typing
from pathlib import Path

from vid2vid_core.annotate.stage import annotate_video
from vid2vid_core.config import DatasetConfig, Source, parse
from vid2vid_core.jobs.gpu_claim import own_gpus
from vid2vid_core.jobs.groups import MadeOf, make_group, tables_of
from vid2vid_core.runlog import job_log
from vid2vid_core.shards.pack import stage_output

if typing.TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(smk: "Snakemake") -> None:
    """Turn the Snakemake job into one typed call."""
    config = parse(DatasetConfig, smk.params.dataset, "params.dataset")
    sources = {video: parse(Source, told["source"], "params.sources") for video, told in smk.params.sources.items()}
    shared = [Path(path) for path in smk.input.segmenter]
    with job_log(smk.log[0]), own_gpus(smk.resources.gpu):
        frames, clips = tables_of([smk.input.table]), tables_of(smk.input.world)
        videos = {
            video: MadeOf(
                [told, smk.params.dataset, smk.params.version],
                (frames[video], *shared, *(clips[video] for _ in smk.input.world)),
            )
            for video, told in smk.params.sources.items()
        }

        def annotate(video: str, table: Path) -> None:
            fitted = shared[0] if shared else None
            with stage_output(table, config.storage) as (folder, rows):
                annotate_video(frames[video], folder, rows, config, sources[video], fitted)

        make_group(Path(smk.output.table), videos, annotate)


if __name__ == "__main__":
    main(snakemake)
