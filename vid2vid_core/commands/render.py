"""`vid2vid render --weights FILE --controls DIR`: render a folder of controls as video."""

import argparse
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from vid2vid_core.commands.verb import Verbs, add_device, add_verb
from vid2vid_core.config import EditConfig, RenderConfig, load


def add(verbs: Verbs) -> None:
    """Register the verb."""
    parser = add_verb(verbs, "render", run, "render a folder of controls as video")
    parser.add_argument("--weights", type=Path, required=True, help="weights.safetensors of a stage")
    parser.add_argument(
        "--controls", type=Path, required=True, help="folder of label images, landmark files or OpenPose files"
    )
    parser.add_argument("--instances", type=Path, help="instance images in the same folders under the same names")
    parser.add_argument("--densepose", type=Path, help="poses: DensePose pictures, likewise")
    parser.add_argument("--images", type=Path, help="real pictures likewise: the first ones start the video")
    parser.add_argument(
        "--out",
        type=Path,
        help="folder for frames and videos; a former rendering in it is replaced (default: rendered/CONTROLS)",
    )
    defaults = RenderConfig()
    parser.add_argument("--preset", type=Path, help="YAML file with settings, such as config/render/street-512.yaml")
    starts = ["real", "none", "single"]
    parser.add_argument(
        "--first-frame", choices=starts, help="what begins a video (default: what --images, --single or neither gives)"
    )
    parser.add_argument("--single", type=Path, help="weights of an image stage, for --first-frame single")
    parser.add_argument(
        "--styles", type=int, help="with --single: render so many typical looks of the training frames (default: one)"
    )
    parser.add_argument(
        "--edit",
        action="append",
        metavar="OLD=NEW",
        help="labels: also render with OLD shown as NEW, names (Cityscapes) or ids; several by commas; may be repeated",
    )
    parser.add_argument(
        "--retarget", action="store_const", const=True, help="poses: scale and move them to the person of the weights"
    )
    parser.add_argument("--how-many", type=int, help="at most this many frames of each sequence")
    parser.add_argument("--crf", type=int, help=f"x264 quality (default: {defaults.crf})")
    parser.add_argument("--fps", type=float, default=15.0, help="frames per second (default: 15)")
    add_device(parser)


def run(options: argparse.Namespace) -> int:
    """Render every sequence in the folder."""
    from vid2vid_core.render import render_folder

    out = options.out or Path("rendered") / options.controls.resolve().name
    render_folder(
        options.weights,
        options.controls,
        out,
        _settings(options),
        instances=options.instances,
        densepose=options.densepose,
        images=options.images,
        fps=options.fps,
        device=options.device,
    )
    print(f"Videos: {out}")
    return 0


def _settings(options: argparse.Namespace) -> RenderConfig:
    """What was typed, before what the preset says, before the defaults."""
    config = RenderConfig() if options.preset is None else load(RenderConfig, options.preset)
    single = None if options.single is None else str(options.single)
    typed: dict[str, Any] = {"first_frame": _beginning(options), "single": single}
    typed["edits"] = tuple(_edit(text) for text in options.edit) if options.edit else None
    typed |= {key: getattr(options, key) for key in ("styles", "retarget", "how_many", "crf")}
    return replace(config, **{key: value for key, value in typed.items() if value is not None})


def _edit(text: str) -> EditConfig:
    """An edit as typed: `building=vegetation,car=bus`."""
    pairs = [part.split("=") for part in text.split(",")]
    if any(len(pair) != 2 or not all(pair) for pair in pairs):
        raise ValueError(f"--edit '{text}': give OLD=NEW, such as building=vegetation, or several of these by commas")
    name = "-".join(re.sub(r"[^A-Za-z0-9]+", "-", word) for pair in pairs for word in pair)
    return EditConfig(name=name, labels={old: new for old, new in pairs})


def _beginning(options: argparse.Namespace) -> str | None:
    """What was typed; else what was given to begin from. None leaves it to the preset or the default."""
    if options.first_frame is not None:
        return str(options.first_frame)
    if options.single is not None:
        return "single"
    return "none" if options.images is None and options.preset is None else None
