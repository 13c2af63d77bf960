"""`vid2vid plan RECIPE --dataset DATASET`: what a training will take, before it begins."""

import argparse
from dataclasses import asdict
from pathlib import Path

from vid2vid_core.commands.verb import Verbs, add_device, add_verb
from vid2vid_core.config import RecipeConfig, load


def add(verbs: Verbs) -> None:
    """Register the verb."""
    parser = add_verb(verbs, "plan", run, "steps, memory, time and disk of a training; exit code 1 if it does not fit")
    parser.add_argument("recipe", type=Path, help="YAML file, such as config/recipes/street-small.yaml")
    parser.add_argument(
        "--dataset", type=Path, required=True, help="results/datasets/NAME, its manifest.parquet, or its YAML file"
    )
    parser.add_argument("--stage", help="only this stage of the recipe")
    parser.add_argument("--gpus", type=int, default=1, help="also plan for so many GPUs (default: 1)")
    parser.add_argument("--probe", type=int, default=20, help="steps to try for the time; 0: none (default: 20)")
    parser.add_argument("--memory", type=float, help="GB of the GPU it is planned for, if it is in another machine")
    parser.add_argument("--json", type=Path, help="write the plan here too")
    add_device(parser)


def run(options: argparse.Namespace) -> int:
    """Print the plan of every stage."""
    from vid2vid_core.storage import write_json
    from vid2vid_core.train.plan.prepared import find_dataset
    from vid2vid_core.train.plan.recipe_plan import ask, plan_recipe
    from vid2vid_core.train.plan.text import stage_text, summary

    for name, least in (("gpus", 1), ("probe", 0)):
        if getattr(options, name) < least:
            raise ValueError(f"--{name} must be at least {least}, got {getattr(options, name)}")
    recipe, asked = load(RecipeConfig, options.recipe), ask(options.device, options.gpus, options.probe, options.memory)
    plans = []
    for plan in plan_recipe(recipe, find_dataset(options.dataset), asked, options.stage):
        print(f"{stage_text(plan, options.gpus, asked.device.type)}\n", flush=True)
        plans.append(plan)
    print(summary(plans, options.gpus, asked.device.type))
    if options.json:
        write_json(options.json, {"recipe": recipe.name, "stages": [asdict(plan) for plan in plans]})
    return 0 if all(plan.fits for plan in plans) else 1
