"""Param functions: the part of the configs that each job depends on, as plain data."""

import dataclasses
import functools

from vid2vid_core.assets.needed import needed_assets


def section(name):
    """Param function: one section of the dataset config as plain data."""

    def plain(wildcards):
        return core.to_dict(getattr(DATASETS[wildcards.dataset], name))

    return plain


def dataset_param(*keys):
    """Param function: the name and these keys of the dataset config, or of the run's dataset."""

    def plain(wildcards):
        run = getattr(wildcards, "run", None)
        everything = core.to_dict(DATASETS[DATASET_OF[run] if run else wildcards.dataset])
        return {key: everything[key] for key in ("name", *keys)}

    return plain


def sources_param(wildcards):
    """By video the source as plain data, with the state of its files, so that touching a video reruns its job."""
    world = DATASETS[wildcards.dataset].world
    return {
        source.id: {"source": dataclasses.asdict(source), "stamps": [] if world else list(map(stamp, source.files()))}
        for source in sources(wildcards)
    }


@functools.cache
def stamp(path):
    """Number of files, bytes and newest time of a file or folder."""
    if os.path.isdir(path):
        states = [entry.stat() for entry in os.scandir(path) if entry.is_file()]
    else:
        states = [os.stat(path)]
    return [len(states), sum(s.st_size for s in states), max((s.st_mtime_ns for s in states), default=0)]


def world_param(wildcards):
    """What a clip of a built-in world depends on: not on how many clips there are."""
    world = core.to_dict(DATASETS[wildcards.dataset].world)
    return {key: value for key, value in world.items() if key not in ("train", "test")}


def world_clips(wildcards):
    """Number within its world of every clip of the group."""
    numbers = clip_numbers(wildcards.dataset)
    return {source.id: numbers[source.id] for source in sources(wildcards)}


@functools.cache
def clip_numbers(dataset):
    """Number within its world of every clip."""
    members = [source.id for group in GROUPS[dataset].values() for source in group]
    return {name: number for number, name in enumerate(members)}


def video_names(wildcards):
    """Names of the videos of the group."""
    return [source.id for source in sources(wildcards)]


def online_flow_param(wildcards):
    """The dataset's flow settings, for a stage that estimates flow itself."""
    return core.to_dict(DATASETS[DATASET_OF[wildcards.run]].flow) if online(wildcards) else None


def recipe_param(wildcards):
    """The whole recipe as plain data."""
    return core.to_dict(RECIPES[wildcards.run])


def recipe_file(wildcards):
    """Where a training reads keys whose change reruns nothing."""
    return RUNS[wildcards.run].recipe


def stage_param(wildcards):
    """The recipe with this one stage only, so that editing another stage does not touch it; None for an image stage."""
    recipe = core.without_free_keys(recipe_param(wildcards))
    stages = [stage for stage in recipe["stages"] if stage["name"] == wildcards.stage]
    return recipe | {"stages": stages, "image_stage": None} if stages else None


def recipe_facts(wildcards):
    """What an image stage needs of its recipe besides itself."""
    recipe = recipe_param(wildcards)
    return {key: recipe[key] for key in ("name", "seed")}


def image_stage_param(wildcards):
    """The image stage of the recipe; None for another stage."""
    stage = RECIPES[wildcards.run].image_stage
    return core.without_free_keys(core.to_dict(stage)) if stage is not None and stage.name == wildcards.stage else None


def run_section(name):
    """Param function: one section of the run as plain data."""

    def plain(wildcards):
        return core.to_dict(getattr(RUNS[wildcards.run], name))

    return plain


def run_param(wildcards):
    """The run with its dataset and recipe, as plain data."""
    dataset = core.to_dict(DATASETS[DATASET_OF[wildcards.run]])
    return {"run": core.to_dict(RUNS[wildcards.run]), "dataset": dataset, "recipe": recipe_param(wildcards)}


def needed_resources(wildcards):
    """Param function: names of the assets the configured runs use."""
    return needed_assets(DATASETS.values(), RECIPES.values())
