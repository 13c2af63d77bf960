"""`vid2vid check PATH`: look for problems in a dataset folder."""

import argparse
from pathlib import Path

from vid2vid_core.commands.verb import Verbs, add_verb
from vid2vid_core.config import RecipeConfig, load


def add(verbs: Verbs) -> None:
    """Register the verb."""
    parser = add_verb(verbs, "check", run, "read every file of a dataset and list all problems; exit code 1 if errors")
    parser.add_argument(
        "path", type=Path, help="folder with train_A, train_B, ..., such as results/datasets/NAME/layout"
    )
    parser.add_argument("--label-nc", type=int, help="number of label ids (default: the manifest's, else 35)")
    parser.add_argument("--ignore", type=int, nargs="*", help="ids outside that range that are allowed, such as 255")
    parser.add_argument("--recipe", type=Path, help="also judge lengths and sizes by this recipe's schedule")
    parser.add_argument("--out", type=Path, help="write problems.json and index.html into this folder")


def run(options: argparse.Namespace) -> int:
    """Check, print the problems, and write the page if asked to."""
    from vid2vid_core.dataset.check import check_path, write_check

    recipe = load(RecipeConfig, options.recipe) if options.recipe else None
    ignore = tuple(options.ignore) if options.ignore else None
    result = check_path(options.path, options.label_nc, ignore, recipe)
    print(result.to_text())
    if options.out:
        write_check(result, options.out / "problems.json", options.out / "index.html")
        print(f"Page: {options.out / 'index.html'}")
    return result.exit_code
