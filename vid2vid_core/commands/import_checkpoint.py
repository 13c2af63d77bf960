"""`vid2vid import-checkpoint DIR --out FILE`: translate released checkpoint files into a weights file."""

import argparse
import typing
from pathlib import Path

from vid2vid_core.commands.verb import Verbs, add_verb
from vid2vid_core.config.data import ResizeMode


def add(verbs: Verbs) -> None:
    """Register the verb."""
    parser = add_verb(verbs, "import-checkpoint", run, "translate latest_net_G0.pth and the like into a weights file")
    parser.add_argument("folder", type=Path, help="folder of <epoch>_net_<label>.pth files")
    parser.add_argument("--out", type=Path, required=True, help="new weights file, ending in .safetensors")
    parser.add_argument("--which-epoch", default="latest", help="whose files to take (default: latest)")
    parser.add_argument("--net", help="import this single-image generator, such as G or G_512, alone")
    told = parser.add_argument_group("what the shapes in the files cannot tell, where it is not as published")
    told.add_argument("--controls", choices=["labels", "face", "pose"], help="what the networks are shown")
    told.add_argument("--label-nc", type=int, help="number of label ids; one control channel more is instance edges")
    told.add_argument("--densepose-only", action="store_true", help="pose: only the DensePose picture")
    told.add_argument("--openpose-only", action="store_true", help="pose: only the OpenPose picture")
    told.add_argument("--fg-labels", type=int, nargs="+", help="labels of the foreground branch (published street: 26)")
    begin = told.add_mutually_exclusive_group()
    begin.add_argument("--no-first-img", action="store_true", default=None, help="trained to begin from nothing (pose)")
    begin.add_argument(
        "--first-img", action="store_false", dest="no_first_img", default=None, help="trained to begin from pictures"
    )
    told.add_argument("--load-size", type=int, help="scale controls to this size; else they are rendered as they are")
    modes = typing.get_args(ResizeMode)
    told.add_argument(
        "--resize-or-crop", choices=modes, metavar="MODE", help=f"how: {', '.join(modes)} (default: scaleWidth)"
    )


def run(options: argparse.Namespace) -> int:
    """Import, and say what was found and what was taken for granted."""
    from vid2vid_core.legacy.checkpoint import import_checkpoint
    from vid2vid_core.legacy.hints import Hints

    hints = Hints(
        kind=options.controls,
        label_nc=options.label_nc,
        densepose_only=options.densepose_only,
        openpose_only=options.openpose_only,
        fg_labels=None if options.fg_labels is None else tuple(options.fg_labels),
        no_first_img=options.no_first_img,
        load_size=options.load_size,
        resize_or_crop=options.resize_or_crop,
    )
    done = import_checkpoint(options.folder, options.out, hints, options.which_epoch, options.net)
    print(f"Networks: {', '.join(done.networks)}")
    for assumption in done.assumptions:
        print(f"Assumed: {assumption}")
    print(f"Stage: {done.stage}\nWeights: {done.weights}")
    return 0
