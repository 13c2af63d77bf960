"""The validated configs, and the videos and stages they speak of. No rules here."""

import os
from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.utils import validate

from vid2vid_core import config as core

# Jobs inherit this. GNU OpenMP lets idle threads spin for milliseconds by default, which slows a busy machine down many
# times over; not to spin at all halves the speed of small networks on an idle one. This is about 20 microseconds.
os.environ.setdefault("GOMP_SPINCOUNT", "20000")


def read_configs():
    """Load every config file strictly. Returns the runs and, by name, datasets, their sources, and recipes of runs."""
    try:
        runs = {run.name: run for run in core.parse(core.RunsConfig, config, "the run config").runs}
        recipes = {name: core.load(core.RecipeConfig, Path(run.recipe)) for name, run in runs.items()}
        for name, run in runs.items():
            core.require_renderable(run, recipes[name])
        files = {run.dataset: core.load(core.DatasetConfig, Path(run.dataset)) for run in runs.values()}
        datasets = {dataset.name: dataset for dataset in files.values()}
        if len(datasets) < len(files):
            raise core.ConfigError(f"datasets of different files need different names: {', '.join(files)}")
        sources = {
            dataset.name: {source.id: source for source in core.expand_sources(dataset, file)}
            for file, dataset in files.items()
        }
    except core.ConfigError as error:
        raise WorkflowError(str(error)) from None
    return runs, {name: files[run.dataset].name for name, run in runs.items()}, datasets, sources, recipes


RUNS, DATASET_OF, DATASETS, SOURCES, RECIPES = read_configs()
validate(config, "../schemas/runs.schema.json")


wildcard_constraints:
    dataset="[A-Za-z0-9-]+",
    video="[A-Za-z0-9-]+",
    run="[A-Za-z0-9-]+",
    stage="[A-Za-z0-9-]+",


def videos(dataset, split=None):
    """Identifiers of a dataset's videos."""
    return [source.id for source in SOURCES[dataset].values() if split in (None, source.split)]


def source(wildcards):
    """The source of one video."""
    return SOURCES[wildcards.dataset][wildcards.video]


def stage_names(run):
    """Names of all stages of a run, the image stage first."""
    recipe = RECIPES[run]
    return [stage.name for stage in (recipe.image_stage, *recipe.stages) if stage is not None]


def online(wildcards):
    """Whether a stage of a run estimates flow while it trains."""
    (stage,) = (stage for stage in RECIPES[wildcards.run].stages if stage.name == wildcards.stage)
    return stage.data.flow == "online"


def datasets_of_worlds(labelled):
    """A pattern of the datasets that are built-in worlds with labels, or without."""
    worlds = {name: dataset.world for name, dataset in DATASETS.items() if dataset.world is not None}
    return "|".join(name for name, world in worlds.items() if (world.kind == "street_demo") == labelled) or "(?!)"


def image_stage_places():
    """A pattern of where the image stages of all runs lie: their names may be those of other stages of other runs."""
    stages = {run: recipe.image_stage for run, recipe in RECIPES.items() if recipe.image_stage is not None}
    return "|".join(f"{run}/stages/{stage.name}/" for run, stage in stages.items()) or "(?!)"
