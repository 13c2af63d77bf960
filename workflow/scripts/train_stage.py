"""Rule train_stage: one stage of a recipe."""

import typing
from pathlib import Path

from vid2vid_core.commands.train_stage import StageJob, run_job
from vid2vid_core.config import FlowConfig, RecipeConfig, adopt_free_keys, load, parse
from vid2vid_core.jobs.gpu_claim import own_gpus
from vid2vid_core.jobs.groups import tables_of
from vid2vid_core.jobs.slurm import requeued_when_stopped
from vid2vid_core.runlog import job_log

if typing.TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(smk: "Snakemake") -> None:
    """Turn the Snakemake job into one typed call."""
    online = None if smk.params.online_flow is None else parse(FlowConfig, smk.params.online_flow, "params.online_flow")
    nodes = smk.resources.get("nodes", 1)
    gpus = smk.resources.gpu // nodes
    with requeued_when_stopped(), job_log(smk.log[0]), own_gpus(gpus):
        known, now = parse(RecipeConfig, smk.params.recipe, "params.recipe"), Path(smk.params.recipe_file)
        job = StageJob(
            recipe=adopt_free_keys(known, load(RecipeConfig, now)),
            stage=smk.wildcards.stage,
            manifest=smk.input.manifest,
            flow_tables=tuple(map(str, tables_of(smk.input.flow).values())),
            init=smk.input.before[0] if smk.input.before else None,
            state=smk.params.state,
            out=smk.output.weights.rpartition("/")[0],
            log=smk.log[0],
            online_flow=online,
            threads=smk.threads,
        )
        run_job(job, max(1, gpus), nodes, smk.threads)


if __name__ == "__main__":
    main(snakemake)
