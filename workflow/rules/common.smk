"""The validated configs, and the groups of videos and the stages they speak of. No rules here."""

import os
from itertools import chain
from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.utils import validate

from vid2vid_core import config as core
from vid2vid_core.config.grouping import form_groups

# Jobs inherit this. GNU OpenMP lets idle threads spin for milliseconds by default, which slows a busy machine down many
# times over; not to spin at all halves the speed of small networks on an idle one. This is about 20 microseconds.
os.environ.setdefault("GOMP_SPINCOUNT", "20000")


def read_configs():
    """Load every config file strictly. Returns the runs and, by name, datasets, groups of sources, recipes of runs."""
    try:
        runs = {run.name: run for run in core.parse(core.RunsConfig, config, "the run config").runs}
        recipes = {name: core.load(core.RecipeConfig, Path(run.recipe)) for name, run in runs.items()}
        for name, run in runs.items():
            core.require_renderable(run, recipes[name])
        files = {run.dataset: core.load(core.DatasetConfig, Path(run.dataset)) for run in runs.values()}
        for run in runs.values():
            core.require_labels(run, files[run.dataset])
        datasets = {dataset.name: dataset for dataset in files.values()}
        if len(datasets) < len(files):
            raise core.ConfigError(f"datasets of different files need different names: {', '.join(files)}")
        groups = {
            dataset.name: form_groups(core.expand_sources(dataset, file), dataset.videos_per_job)
            for file, dataset in files.items()
        }
    except core.ConfigError as error:
        raise WorkflowError(str(error)) from None
    return runs, {name: files[run.dataset].name for name, run in runs.items()}, datasets, groups, recipes


RUNS, DATASET_OF, DATASETS, GROUPS, RECIPES = read_configs()
validate(config, "../schemas/runs.schema.json")


container: config["container"]


wildcard_constraints:
    dataset="[A-Za-z0-9-]+",
    group="[A-Za-z0-9-]+|group_[0-9]+",
    run="[A-Za-z0-9-]+",
    stage="[A-Za-z0-9-]+",


def groups(dataset, split=None):
    """Names of a dataset's groups of videos: of one video each, unless it has very many."""
    return [name for name, members in GROUPS[dataset].items() if split in (None, members[0].split)]


ALL_VIDEOS = "group_0000"
"""Name of a group of all videos, for what takes no time where each video is a job of its own."""


def sources(wildcards):
    """The sources of one group."""
    run = getattr(wildcards, "run", None)
    members = GROUPS[DATASET_OF[run] if run else wildcards.dataset]
    return list(chain(*members.values())) if wildcards.group == ALL_VIDEOS else members[wildcards.group]


def scanned_together(dataset):
    """Names of the groups whose files are scanned in one job: a small dataset is one."""
    alone = all(len(members) == 1 for members in GROUPS[dataset].values())
    return [ALL_VIDEOS] if alone else groups(dataset)


def stage_names(run):
    """Names of all stages of a run, the image stage first."""
    recipe = RECIPES[run]
    return [stage.name for stage in (recipe.image_stage, *recipe.stages) if stage is not None]


def online(wildcards):
    """Whether a stage of a run estimates flow while it trains."""
    (stage,) = (stage for stage in RECIPES[wildcards.run].stages if stage.name == wildcards.stage)
    return stage.data.flow == "online"


def image_stage_places():
    """A pattern of where the image stages of all runs lie: their names may be those of other stages of other runs."""
    stages = {run: recipe.image_stage for run, recipe in RECIPES.items() if recipe.image_stage is not None}
    return "|".join(f"{run}/stages/{stage.name}/" for run, stage in stages.items()) or "(?!)"
