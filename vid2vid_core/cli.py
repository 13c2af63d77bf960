"""`vid2vid`: the parts of the chain a person calls by hand, without Snakemake.

vid2vid check PATH                  look for problems in a dataset folder
vid2vid schedule RECIPE             print what every epoch of a recipe does
vid2vid train RECIPE --dataset DIR  train all stages of a recipe
vid2vid render --weights FILE --controls DIR --out DIR
"""

import argparse
import logging
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from vid2vid_core.config import RecipeConfig, RenderConfig, load


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb. Returns the exit code: 0, 1 for an error a person can mend (said in plain English), 2 for usage."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    run: Callable[[argparse.Namespace], int] = options.run
    try:
        return run(options)
    except (ValueError, OSError) as error:
        print(f"vid2vid {options.verb}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"vid2vid {options.verb}: stopped", file=sys.stderr)
        return 130


def _check(options: argparse.Namespace) -> int:
    from vid2vid_core.dataset.check import check_path, write_check

    recipe = load(RecipeConfig, options.recipe) if options.recipe else None
    ignore = tuple(options.ignore) if options.ignore else None
    result = check_path(options.path, options.label_nc, ignore, recipe)
    print(result.to_text())
    if options.out:
        write_check(result, options.out / "problems.json", options.out / "index.html")
        print(f"Page: {options.out / 'index.html'}")
    return result.exit_code


def _schedule(options: argparse.Namespace) -> int:
    from vid2vid_core.config.schedule import describe_schedule

    for stage in load(RecipeConfig, options.recipe).stages:
        print(f"{describe_schedule(stage, options.longest)}\n")
    return 0


def _train(options: argparse.Namespace) -> int:
    from vid2vid_core.train.stage import train_stage

    recipe = load(RecipeConfig, options.recipe)
    flow_tables = sorted((options.dataset / "flow").glob("*.parquet"))
    if not flow_tables:
        raise ValueError(f"{options.dataset / 'flow'}: no flow tables; make them with `snakemake flow`")
    weights: Path | None = None
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
        )
        weights = out / "weights.safetensors"
    print(f"Weights: {weights}")
    return 0


def _render(options: argparse.Namespace) -> int:
    from vid2vid_core.render import render_folder

    render_folder(
        options.weights,
        options.controls,
        options.out,
        RenderConfig(first_frame=options.first_frame, how_many=options.how_many, crf=options.crf),
        instances=options.instances,
        images=options.images,
        fps=options.fps,
        device=options.device,
    )
    print(f"Videos: {options.out}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="vid2vid", description="Controls to photorealistic video.")
    verbs = parser.add_subparsers(dest="verb", required=True)

    check = _verb(verbs, "check", _check, "read every file of a dataset and list all problems; exit code 1 if errors")
    check.add_argument("path", type=Path, help="folder with train_A, train_B, ... or one the dataset stage made")
    check.add_argument("--label-nc", type=int, help="number of label ids (default: the manifest's, else 35)")
    check.add_argument("--ignore", type=int, nargs="*", help="ids outside that range that are allowed, such as 255")
    check.add_argument("--recipe", type=Path, help="also judge lengths and sizes by this recipe's schedule")
    check.add_argument("--out", type=Path, help="write problems.json and index.html into this folder")

    schedule = _verb(verbs, "schedule", _schedule, "print what every epoch of a recipe does")
    schedule.add_argument("recipe", type=Path)
    schedule.add_argument("--longest", type=int, default=128, help="frames of the longest sequence (default: 128)")

    train = _verb(verbs, "train", _train, "train all stages of a recipe; call it again to resume")
    train.add_argument("recipe", type=Path)
    train.add_argument("--dataset", type=Path, required=True, help="results/datasets/NAME, as the workflow made it")
    train.add_argument("--out", type=Path, required=True, help="folder for weights, logs and checkpoints")

    render = _verb(verbs, "render", _render, "render a folder of label images as video")
    render.add_argument("--weights", type=Path, required=True, help="weights.safetensors of a stage")
    render.add_argument("--controls", type=Path, required=True, help="folder of label images, or of such folders")
    render.add_argument("--instances", type=Path, help="instance images in the same folders under the same names")
    render.add_argument("--images", type=Path, help="real pictures likewise: the first ones start the video")
    render.add_argument("--out", type=Path, required=True, help="new folder for frames and videos")
    defaults = RenderConfig()
    render.add_argument("--first-frame", choices=["real", "none"], default=defaults.first_frame)
    render.add_argument("--how-many", type=int, help="at most this many frames of each sequence")
    render.add_argument("--crf", type=int, default=defaults.crf, help=f"x264 quality (default: {defaults.crf})")
    render.add_argument("--fps", type=float, default=15.0, help="frames per second (default: 15)")

    for verb in (train, render):
        verb.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:1, ... (default: auto)")
    return parser


def _verb(
    verbs: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    run: Callable[[argparse.Namespace], int],
    text: str,
) -> argparse.ArgumentParser:
    parser = verbs.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
    parser.set_defaults(run=run)
    return parser
