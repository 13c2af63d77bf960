"""`vid2vid train RECIPE --dataset DIR --out DIR`: train all stages of a recipe; or --toy: see whether it runs."""

import argparse
import typing
from pathlib import Path

from vid2vid_core.commands.toy import try_recipe
from vid2vid_core.commands.train_stage import start_ranks
from vid2vid_core.commands.verb import Verbs, add_device, add_verb
from vid2vid_core.config import DatasetConfig, RecipeConfig, load
from vid2vid_core.train.parallel.report import as_rank, is_rank

if typing.TYPE_CHECKING:
    from vid2vid_core.video.reference_flow import FlowEstimator


def add(verbs: Verbs) -> None:
    """Register the verb."""
    parser = add_verb(verbs, "train", run, "train all stages of a recipe; call it again to resume")
    parser.add_argument("recipe", type=Path, help="YAML file, such as config/recipes/street-small.yaml")
    parser.add_argument("--toy", action="store_true", help="only try the recipe, on noise at toy size, in seconds")
    parser.add_argument("--dataset", type=Path, help="results/datasets/NAME, as the workflow made it")
    parser.add_argument("--dataset-config", type=Path, help="its YAML file; for stages with data.flow online")
    parser.add_argument("--init", type=Path, help="weights file the first stage begins with")
    parser.add_argument("--out", type=Path, help="folder for weights, logs and checkpoints; new with --toy")
    parser.add_argument(
        "--ranks", type=int, default=1, help="processes that train together on this machine, a GPU each (default: 1)"
    )
    parser.add_argument("--nodes", type=int, default=1, help="nodes of a SLURM allocation, with so many ranks on each")
    add_device(parser)


def run(options: argparse.Namespace) -> int:
    """Train, or start the ranks that do; each of them runs the same command."""
    if options.ranks < 1 or options.nodes < 1:
        raise ValueError(f"--ranks {options.ranks} --nodes {options.nodes}: both must be at least 1")
    if options.ranks * options.nodes > 1 and not options.toy and not is_rank():
        start_ranks(options.typed, options.ranks, options.nodes)
        return 0
    with as_rank():
        return _train(options)


def _train(options: argparse.Namespace) -> int:
    """Train one stage after the other, each from the weights of the one before."""
    from vid2vid_core.train.parallel.ranks import Ranks
    from vid2vid_core.train.stage import train_stage

    recipe = load(RecipeConfig, options.recipe)
    if options.toy:
        try_recipe(recipe, options.out)
        return 0
    if options.dataset is None or options.out is None:
        raise ValueError("give --dataset and --out; or --toy, to see without data whether the recipe runs")
    if not options.dataset.is_dir():
        raise ValueError(f"{options.dataset}: no such folder; give results/datasets/NAME, as the workflow made it")
    flow_tables = sorted((options.dataset / "flow").glob("*.parquet"))
    if not flow_tables and any(stage.data.flow == "stored" for stage in recipe.stages):
        raise ValueError(f"{options.dataset / 'flow'}: no flow tables; make them with `snakemake flow`")
    ranks = Ranks.join(options.device)  # first, so that an estimator of flow finds the GPU of this rank
    estimator = _online_estimator(recipe, options.dataset_config, options.device)
    _train_image_stage(recipe, options)
    weights: Path | None = options.init
    for stage in recipe.stages:
        out = options.out / "stages" / stage.name
        train_stage(
            stage,
            recipe=recipe,
            manifest=options.dataset / "layout" / "manifest.parquet",
            flow_tables=flow_tables,
            init=weights,
            state_dir=options.out / "state" / stage.name,
            out_dir=out,
            device=options.device,
            estimator=estimator,
        )
        weights = out / "weights.safetensors"
    ranks.leave()
    if ranks.main:
        print(f"Weights: {weights}")
    return 0


def _train_image_stage(recipe: RecipeConfig, options: argparse.Namespace) -> None:
    """Train the generator of single pictures, if the recipe has one."""
    from vid2vid_core.train.image_stage import train_image_stage

    stage = recipe.image_stage
    if stage is not None:
        train_image_stage(
            stage,
            recipe=recipe.name,
            seed=recipe.seed,
            checkpoint_minutes=recipe.checkpoint_minutes,
            checkpoints_kept=recipe.checkpoints_kept,
            guard=recipe.guard,
            manifest=options.dataset / "layout" / "manifest.parquet",
            state_dir=options.out / "state" / stage.name,
            out_dir=options.out / "stages" / stage.name,
            device=options.device,
        )


def _online_estimator(recipe: RecipeConfig, dataset_config: Path | None, device: str) -> "FlowEstimator | None":
    """The dataset's flow backend, if a stage estimates flow online."""
    stages = [stage.name for stage in recipe.stages if stage.data.flow == "online"]
    if not stages:
        return None
    if dataset_config is None:
        raise ValueError(
            f"stage '{stages[0]}' estimates flow online (data.flow), by the `flow` settings of the dataset: name its "
            f"YAML file with --dataset-config"
        )
    from vid2vid_core.annotate.flow_backend import flow_estimator

    return flow_estimator(load(DatasetConfig, dataset_config).flow, device=device)
