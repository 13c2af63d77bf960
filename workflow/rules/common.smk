"""Accessors: the validated configs, and for each rule exactly the part it uses. No rules here."""

import dataclasses
import os
from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.utils import validate

from vid2vid_core import config as core
from vid2vid_core.assets.needed import needed_assets
from vid2vid_core.annotate.flow_checkpoint import flownet2_place

# Jobs inherit this. GNU OpenMP lets idle threads spin for milliseconds by default, which slows a busy machine down many
# times over; not to spin at all halves the speed of small networks on an idle one. This is about 20 microseconds.
os.environ.setdefault("GOMP_SPINCOUNT", "20000")


def begins_with_single(run, recipe):
    """Whether the videos of a run begin with pictures of a single-image generator."""
    return run.render.first_frame == "single" and not recipe.stages[-1].generator.no_first_img


def read_configs():
    """Load every config file strictly. Returns the runs and, by name, datasets, their sources, and recipes of runs."""
    try:
        runs = {run.name: run for run in core.parse(core.RunsConfig, config, "the run config").runs}
        recipes = {name: core.load(core.RecipeConfig, Path(run.recipe)) for name, run in runs.items()}
        for name, run in runs.items():
            if begins_with_single(run, recipes[name]) and not (run.render.single or recipes[name].image_stage):
                raise core.ConfigError(
                    f"run '{name}': render.first_frame is single, which needs a single-image generator: add an "
                    f"image_stage to {run.recipe}, or name its weights file in render.single"
                )
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


def source_video(wildcards):
    """Input function: the file or folder a video is decoded from."""
    return nameable([source(wildcards).path])


def source_annotations(wildcards):
    """Input function: the files or folders that given annotations come from."""
    found = source(wildcards)
    return nameable([path for path in found.files() if path != found.path])


def nameable(paths):
    """The paths Snakemake can name as inputs: braces in a file name would be taken for wildcards.

    A path left out here is still watched, through `source_param`.
    """
    return [path for path in paths if "{" not in path]


def fitted_segmenter(wildcards):
    """The fitted segmenter, for datasets that use one."""
    dataset = DATASETS[wildcards.dataset]
    needed = dataset.mode == "street" and dataset.annotate.segmenter == "unsupervised"
    return ["results/datasets/{dataset}/annotations/segmenter.npz"] if needed else []


def annotation_gpus(wildcards):
    """GPUs of an annotation job: one for a transformer, none for the others."""
    dataset = DATASETS[wildcards.dataset]
    return int(dataset.mode == "street" and dataset.annotate.segmenter == "panoptic")


def annotation_threads(wildcards):
    """Threads of an annotation job: face detectors use one, so that more videos run side by side."""
    return 1 if DATASETS[wildcards.dataset].mode == "face" else 2


def flow_gpus(wildcards):
    """GPUs of a flow job: one for the network, none for DIS."""
    return int(DATASETS[wildcards.dataset].flow.backend == "flownet2")


def flow_memory(wildcards, attempt):
    """Memory of a flow job, MB: more for the network, and more at each retry."""
    return attempt * (16000 if flow_gpus(wildcards) else 4000)


def flow_checkpoint(wildcards):
    """Input function: the weights of a dataset's flow network, if it names a file of its own."""
    made = Path("results/datasets", wildcards.dataset, "flow", f"{wildcards.video}.parquet").exists()
    return checkpoint_of(DATASETS[wildcards.dataset].flow, made)


def checkpoint_of(flow, made):
    """The checkpoint some flow settings name. Where it is missing and not `made` what it is for, the run ends here.

    The asset is no input: its content is pinned, and results made with it outlive it.
    """
    if flow.backend == "dis" or (made and flow.checkpoint is None):
        return []
    try:
        place = str(flownet2_place(flow))
    except ValueError as error:
        raise WorkflowError(str(error)) from None
    return [] if flow.checkpoint is None else [place]


def online(wildcards):
    """Whether a stage of a run estimates flow while it trains."""
    (stage,) = (stage for stage in RECIPES[wildcards.run].stages if stage.name == wildcards.stage)
    return stage.data.flow == "online"


def stored_flow(pattern):
    """Input function: `pattern` for every training video, unless the stage estimates flow itself."""

    def paths(wildcards):
        return [] if online(wildcards) else per_video(pattern, "train")(wildcards)

    return paths


def online_flow_checkpoint(wildcards):
    """Input function: likewise, for a stage that runs the network itself."""
    made = Path("results/runs", wildcards.run, "stages", wildcards.stage, "weights.safetensors").exists()
    return checkpoint_of(DATASETS[DATASET_OF[wildcards.run]].flow, made) if online(wildcards) else []


def online_flow_param(wildcards):
    """The dataset's flow settings, for a stage that estimates flow itself."""
    return core.to_dict(DATASETS[DATASET_OF[wildcards.run]].flow) if online(wildcards) else None


def flow_of_run(pattern):
    """Input function: `pattern` for every video whose stored flow the run uses: those of a test in any case."""

    def paths(wildcards):
        every = any(stage.data.flow == "stored" for stage in RECIPES[wildcards.run].stages)
        return per_video(pattern, None if every else "test")(wildcards)

    return paths


def needed_resources(wildcards):
    """Param function: names of the assets the configured runs use."""
    return needed_assets(DATASETS.values(), RECIPES.values())


def per_video(pattern, split=None):
    """Input function: `pattern` for every video of the dataset, or of the run's dataset."""

    def paths(wildcards):
        run = getattr(wildcards, "run", "")
        dataset = DATASET_OF[run] if run else wildcards.dataset
        return [pattern.format(dataset=dataset, run=run, video=video) for video in videos(dataset, split)]

    return paths


def for_all_videos(pattern):
    """`pattern` for every video of every dataset."""
    return [pattern.format(dataset=name, video=video) for name in DATASETS for video in videos(name)]


def for_test_videos(pattern):
    """`pattern` for every test video of every run."""
    return [pattern.format(run=run, video=video) for run in RUNS for video in videos(DATASET_OF[run], "test")]


def of_dataset(pattern):
    """Input function: `pattern` for the dataset of the run."""

    def path(wildcards):
        return pattern.format(dataset=DATASET_OF[wildcards.run], **dict(wildcards.items()))

    return path


def source_param(wildcards):
    """The source as plain data, with the state of its files, so that touching a video reruns that video's jobs."""
    found = source(wildcards)
    stamps = [] if DATASETS[wildcards.dataset].world else [stamp(Path(path)) for path in found.files()]
    return {"source": dataclasses.asdict(found), "stamps": stamps}


def stamp(path):
    """Number of files, bytes and newest time of a file or folder."""
    files = [entry for entry in path.iterdir() if entry.is_file()] if path.is_dir() else [path]
    states = [file.stat() for file in files]
    return [len(states), sum(s.st_size for s in states), max((s.st_mtime_ns for s in states), default=0)]


def world_param(wildcards):
    """What a drive of the built-in world depends on: not on how many drives there are."""
    world = core.to_dict(DATASETS[wildcards.dataset].world)
    return {key: value for key, value in world.items() if key not in ("train", "test")}


def world_index(wildcards):
    """Number of a drive within its world."""
    return list(SOURCES[wildcards.dataset]).index(wildcards.video)


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


def recipe_param(wildcards):
    """The whole recipe as plain data."""
    return core.to_dict(RECIPES[wildcards.run])


def stage_param(wildcards):
    """The recipe with this one stage only, so that editing another stage does not touch it; None for an image stage."""
    recipe = recipe_param(wildcards)
    stages = [stage for stage in recipe["stages"] if stage["name"] == wildcards.stage]
    return recipe | {"stages": stages, "image_stage": None} if stages else None


def recipe_facts(wildcards):
    """What an image stage needs of its recipe besides itself."""
    recipe = recipe_param(wildcards)
    return {key: recipe[key] for key in ("name", "seed", "checkpoint_minutes")}


def image_stage_param(wildcards):
    """The image stage of the recipe; None for another stage."""
    stage = RECIPES[wildcards.run].image_stage
    return core.to_dict(stage) if stage is not None and stage.name == wildcards.stage else None


def image_stage_places():
    """A pattern of where the image stages of all runs lie: their names may be those of other stages of other runs."""
    stages = {run: recipe.image_stage for run, recipe in RECIPES.items() if recipe.image_stage is not None}
    return "|".join(f"{run}/stages/{stage.name}/" for run, stage in stages.items()) or "(?!)"


def run_section(name):
    """Param function: one section of the run as plain data."""

    def plain(wildcards):
        return core.to_dict(getattr(RUNS[wildcards.run], name))

    return plain


def run_param(wildcards):
    """The run with its dataset and recipe, as plain data."""
    dataset = core.to_dict(DATASETS[DATASET_OF[wildcards.run]])
    return {"run": core.to_dict(RUNS[wildcards.run]), "dataset": dataset, "recipe": recipe_param(wildcards)}


def stage_weights(run):
    """The weights of every stage of a run, in order; without the image stage."""
    return [f"results/runs/{run}/stages/{stage.name}/weights.safetensors" for stage in RECIPES[run].stages]


def stage_names(run):
    """Names of all stages of a run, the image stage first."""
    recipe = RECIPES[run]
    return [stage.name for stage in (recipe.image_stage, *recipe.stages) if stage is not None]


def per_stage(pattern):
    """Input function: `pattern` for every stage of the run, the image stage included."""

    def paths(wildcards):
        return [pattern.format(run=wildcards.run, stage=stage) for stage in stage_names(wildcards.run)]

    return paths


def for_all_stages(pattern):
    """`pattern` for every stage of every run, image stages included."""
    return [pattern.format(run=run, stage=stage) for run in RUNS for stage in stage_names(run)]


def first_frame_weights(wildcards):
    """Input function: the single-image generator that begins the videos of the run, if one does."""
    run, recipe = RUNS[wildcards.run], RECIPES[wildcards.run]
    if not begins_with_single(run, recipe):
        return []
    return [run.render.single or f"results/runs/{run.name}/stages/{recipe.image_stage.name}/weights.safetensors"]


def run_weights(wildcards):
    """Input function: the weights the run ends with."""
    return stage_weights(wildcards.run)[-1]


def weights_before(wildcards):
    """Input function: the weights of the stage before, or nothing for the first."""
    weights = stage_weights(wildcards.run)
    position = [stage.name for stage in RECIPES[wildcards.run].stages].index(wildcards.stage)
    return weights[position - 1 : position]


def per_attempt(amount):
    """Resource function: more at each retry."""

    def scaled(wildcards, attempt):
        return amount * attempt

    return scaled
