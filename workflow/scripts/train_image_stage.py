"""Rule train_image_stage: the generator of single pictures of a recipe."""

import typing
from pathlib import Path

import torch
from vid2vid_core.config import ImageStageConfig, RecipeConfig, adopt_stage_keys, load, parse
from vid2vid_core.jobs.gpu_claim import own_gpus
from vid2vid_core.jobs.slurm import requeued_when_stopped
from vid2vid_core.runlog import job_log
from vid2vid_core.train.image_stage import train_image_stage

if typing.TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(smk: "Snakemake") -> None:
    """Turn the Snakemake job into one typed call."""
    known, now = smk.params.recipe, load(RecipeConfig, Path(smk.params.recipe_file))
    stage = parse(ImageStageConfig, smk.params.stage, "params.stage")
    if now.image_stage is not None:
        stage = adopt_stage_keys(stage, now.image_stage)
    torch.set_num_threads(smk.threads)
    with requeued_when_stopped(), job_log(smk.log[0]), own_gpus(smk.resources.gpu):
        train_image_stage(
            stage,
            recipe=known["name"],
            seed=known["seed"],
            checkpoint_minutes=now.checkpoint_minutes,
            checkpoints_kept=now.checkpoints_kept,
            guard=now.guard,
            manifest=Path(smk.input.manifest),
            state_dir=Path(smk.params.state),
            out_dir=Path(smk.output.weights).parent,
        )


if __name__ == "__main__":
    main(snakemake)
