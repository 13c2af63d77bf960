"""`vid2vid schedule RECIPE`: print what every epoch of a recipe does."""

import argparse
from pathlib import Path

from vid2vid_core.commands.verb import Verbs, add_verb
from vid2vid_core.config import RecipeConfig, load
from vid2vid_core.config.schedule import describe_image_stage, describe_schedule


def add(verbs: Verbs) -> None:
    """Register the verb."""
    parser = add_verb(verbs, "schedule", run, "print what every epoch of a recipe does")
    parser.add_argument("recipe", type=Path, help="YAML file, such as config/recipes/street-small.yaml")
    parser.add_argument("--longest", type=int, default=128, help="frames of the longest sequence (default: 128)")


def run(options: argparse.Namespace) -> int:
    """Print the table of every stage, and the line of an image stage."""
    recipe = load(RecipeConfig, options.recipe)
    if recipe.image_stage is not None:
        print(f"{describe_image_stage(recipe.image_stage)}\n")
    for stage in recipe.stages:
        print(f"{describe_schedule(stage, options.longest)}\n")
    return 0
