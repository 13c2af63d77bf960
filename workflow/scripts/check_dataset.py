"""Rule check_dataset: all problems of a dataset, as JSON and as a page."""

import typing
from pathlib import Path

from vid2vid_core.config import DatasetConfig, ImageStageConfig, RecipeConfig, parse
from vid2vid_core.dataset.check import check_dataset, write_check
from vid2vid_core.dataset.scan_table import read_scans
from vid2vid_core.jobs.groups import tables_of
from vid2vid_core.runlog import job_log
from vid2vid_core.storage import read_table

if typing.TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(smk: "Snakemake") -> None:
    """Turn the Snakemake job into one typed call."""
    config = parse(DatasetConfig, smk.params.dataset, "params.dataset")
    recipe: RecipeConfig | ImageStageConfig
    if smk.params.recipe is None:
        recipe = parse(ImageStageConfig, smk.params.image_stage, "params.image_stage")
    else:
        recipe = parse(RecipeConfig, smk.params.recipe, "params.recipe")
    manifest = Path(smk.input.manifest)
    with job_log(smk.log[0]):
        table, metadata = read_table(manifest)
        known = read_scans(tables_of(smk.input.scans).values())
        result = check_dataset(table, metadata, manifest.parent, config, recipe, smk.threads, known)
        write_check(result, Path(smk.output.problems), Path(smk.output.page))


if __name__ == "__main__":
    main(snakemake)
