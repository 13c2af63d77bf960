"""Rule train_stage: one stage of a recipe."""

import typing
from pathlib import Path

import torch
from vid2vid_core.annotate.flow_backend import flow_estimator
from vid2vid_core.config import FlowConfig, RecipeConfig, parse
from vid2vid_core.gpu_claim import own_gpus
from vid2vid_core.groups import tables_of
from vid2vid_core.runlog import job_log
from vid2vid_core.slurm import requeued_when_stopped
from vid2vid_core.train.stage import train_stage

if typing.TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(smk: "Snakemake") -> None:
    """Turn the Snakemake job into one typed call."""
    recipe = parse(RecipeConfig, smk.params.recipe, "params.recipe")
    torch.set_num_threads(smk.threads)
    online = None if smk.params.online_flow is None else parse(FlowConfig, smk.params.online_flow, "params.online_flow")
    with requeued_when_stopped(), job_log(smk.log[0]), own_gpus(smk.resources.gpu):
        train_stage(
            recipe.stages[0],
            recipe=recipe,
            manifest=Path(smk.input.manifest),
            flow_tables=list(tables_of(smk.input.flow).values()),
            init=Path(smk.input.before[0]) if smk.input.before else None,
            state_dir=Path(smk.params.state),
            out_dir=Path(smk.output.weights).parent,
            estimator=None if online is None else flow_estimator(online, smk.threads),
        )


if __name__ == "__main__":
    main(snakemake)
