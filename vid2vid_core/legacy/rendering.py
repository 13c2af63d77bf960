"""From a test.py command of the original to how ours renders: with our own training, or with its checkpoint."""

import shlex
from pathlib import PurePath
from typing import Any

from vid2vid_core.legacy.command_line import Command
from vid2vid_core.legacy.resize_modes import translate_mode
from vid2vid_core.legacy.stage import KINDS, identifier


def translate_render(command: Command) -> tuple[dict[str, Any], list[str]]:
    """The `render` section of a run, by the original's order of precedence for first frames; and notes."""
    first, notes = _first_frame(command)
    count = command.number("how_many")
    given = "" if "how_many" in command.given else " (the original's default)"
    notes.append(f"--how_many {count}{given}: frames in all in the original, frames of each sequence here")
    if command.number("start_frame"):
        notes.append(
            f"{command.typed['start_frame']}: refused: sequences are rendered from their first frame; leave earlier "
            "frames out of the folder"
        )
    return {"first_frame": first, "how_many": count}, notes


def image_stage(command: Command, stages: list[dict[str, Any]]) -> dict[str, Any] | None:
    """A single-image generator as it was published for this size and kind, where the command asks for one.

    Args:
        command: of test.py.
        stages: of the recipe; the last one's controls are shared.

    Source: spec of the published first-frame models.
    """
    if translate_render(command)[0]["first_frame"] != "single":
        return None
    kind, size = KINDS[command.text_of("dataset_mode")], command.number("loadSize")
    sizes: dict[str, Any] = {"netG": "global"}
    if kind == "face":
        sizes = {"netG": "global_with_features"}
    elif size >= 2048:
        sizes = {"netG": "local", "ngf": 32, "n_downsample_global": 4}
    elif size >= 1024:
        sizes = {"netG": "global", "n_downsample_global": 4}
    taken = any(stage["name"] == "first-frame" for stage in stages)
    stage: dict[str, Any] = {"name": "first-frame-0" if taken else "first-frame"}
    if kind != "labels":
        stage["controls"] = dict(stages[-1]["controls"])
    return stage | {"generator": sizes, "data": {"loadSize": size}}


def checkpoint_commands(command: Command) -> list[str]:
    """What to type to render with the checkpoint that this command would have loaded."""
    name, kind = command.text_of("name"), KINDS[command.text_of("dataset_mode")]
    folder = (PurePath(command.text_of("checkpoints_dir")) / name).as_posix()
    weights, size = f"{identifier(name)}.safetensors", command.number("loadSize")
    words = ["vid2vid", "import-checkpoint", folder, "--out", weights, "--load-size", str(size)]
    words += ["--label-nc", str(command.number("label_nc"))] if kind == "labels" else ["--controls", kind]
    if "which_epoch" in command.given:
        words += ["--which-epoch", command.text_of("which_epoch")]
    labels = command.value("fg_labels")
    if "fg_labels" in command.given and isinstance(labels, tuple):
        words += ["--fg-labels", *map(str, labels)]
    if "resize_or_crop" in command.given:
        words += ["--resize-or-crop", translate_mode(command.text_of("resize_or_crop"))[0]]
    words += [f"--{key.replace('_', '-')}" for key in ("densepose_only", "openpose_only") if command.value(key)]
    words += ["--no-first-img" if command.value("no_first_img") else "--first-img"]
    if kind != "labels":
        return [shlex.join(words)]
    root, first = PurePath(command.text_of("dataroot")), translate_render(command)[0]["first_frame"]
    render = ["vid2vid", "render", "--weights", weights, "--controls", (root / "test_A").as_posix()]
    render += ["--instances", (root / "test_inst").as_posix()] if command.value("use_instance") else []
    render += ["--images", (root / "test_B").as_posix()] if first == "real" else []
    render += ["--first-frame", first, "--how-many", str(command.number("how_many"))]
    lines = [shlex.join(words)]
    if first == "single":
        single = ["vid2vid", "import-checkpoint", f"{PurePath(folder).parent.as_posix()}/label2city_single"]
        single += ["--net", f"G_{size}", "--out", "single.safetensors", "--label-nc", str(command.number("label_nc"))]
        lines.append(shlex.join(single))
        render += ["--single", "single.safetensors"]
    return [*lines, shlex.join([*render, "--out", f"{identifier(name)}-videos"])]


def _first_frame(command: Command) -> tuple[str, list[str]]:
    if command.value("no_first_img"):
        dead = [name for name in ("use_real_img", "use_single_G") if command.value(name)]
        return "none", [f"--{name}: dead in the original beside --no_first_img" for name in dead]
    if command.value("use_real_img"):
        dead = ["--use_single_G: dead in the original beside --use_real_img"] if command.value("use_single_G") else []
        return "real", dead
    if command.value("use_single_G"):
        return "single", [
            "--use_single_G: the image_stage of the recipe makes the first frames, built as the published one for this "
            "size and trained our way; for another give its weights file as single: FILE"
        ]
    return "real", [
        "none of --no_first_img, --use_real_img, --use_single_G: the original stopped with an error; real is what "
        "needs no other model"
    ]
