"""From one command line of the original to one stage of a recipe, with what is to be said about it."""

import re
import typing
from typing import Any

from vid2vid_core.config import LossConfig, StageConfig, to_dict
from vid2vid_core.config.controls import KIND_OF
from vid2vid_core.legacy.command_line import Command
from vid2vid_core.legacy.flags import FLAGS
from vid2vid_core.legacy.resize_modes import translate_mode

KINDS = {"temporal": "labels", "face": "face", "pose": "pose"}
"""Kind of controls by the original's dataset_mode."""

GAN_MODES: tuple[str, ...] = typing.get_args(typing.get_type_hints(LossConfig)["gan_mode"])

POSE_CLIPS = 100
"""Stands for the original's epoch of poses: as many clips as there are frames."""

Stage = dict[str, Any]


def translate_stage(command: Command) -> tuple[Stage, list[str]]:
    """The stage, holding what was given and where the original's default is not ours; and notes, a line each.

    Raises:
        ValueError: A value that has no translation.
    """
    stage: Stage = {"name": identifier(command.text_of("name"))}
    notes = _wrong_program(command)
    _controls(command, stage, notes)
    _same_names(command, stage, notes)
    _data(command, stage, notes)
    if command.phase == "train":
        _losses(command, stage, notes)
        _schedule(command, stage, notes)
    for name in command.given:
        flag = FLAGS[name]
        if flag.fate in ("moot", "dead", "refused"):
            verdict = {"moot": "not needed", "dead": "dead in the original", "refused": "refused"}[flag.fate]
            notes.append(f"{command.typed[name]}: {verdict}: {flag.note}")
    return {key: stage[key] for key in to_dict(StageConfig(name="any")) if key in stage}, notes


def identifier(name: str) -> str:
    """A name of ours from one of the original: letters, digits and hyphens."""
    return re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-") or "unnamed"


def _wrong_program(command: Command) -> list[str]:
    """Flags that only the other program knew."""
    other = {"train": "test", "test": "train"}[command.phase]
    return [
        f"{command.typed[name]}: {command.phase}.py had no such flag, only {other}.py; left out"
        for name in command.given
        if FLAGS[name].phase == other
    ]


def _same_names(command: Command, stage: Stage, notes: list[str]) -> None:
    """The flags that are one key of the stage."""
    ours = to_dict(StageConfig(name="any"))
    for name, flag in FLAGS.items():
        if flag.fate != "stage" or flag.phase not in ("both", command.phase):
            continue
        section, key = flag.to.split(".")
        if section == "controls" and KIND_OF[key] != _kind(command):
            if name in command.given:
                notes.append(f"{command.typed[name]}: dead in the original with {_kind(command)} controls")
            continue
        value = command.value(name)
        plain = list(value) if isinstance(value, tuple) else value
        if name in command.given or plain != ours[section][key]:
            stage.setdefault(section, {})[key] = plain
        if name in command.given and flag.note:
            notes.append(f"{command.typed[name]}: {flag.note}")
    if "norm" in command.given:
        for section in ("generator", "discriminator"):
            stage.setdefault(section, {})["norm"] = command.value("norm")


def _kind(command: Command) -> str:
    """Kind of controls."""
    mode = command.text_of("dataset_mode")
    if mode not in KINDS:
        raise ValueError(f"--dataset_mode {mode}: unknown; the original's modes are {', '.join(KINDS)}")
    return KINDS[mode]


def _controls(command: Command, stage: Stage, notes: list[str]) -> None:
    kind = _kind(command)
    if command.number("output_nc") != 3:
        raise ValueError(f"{command.typed['output_nc']}: {FLAGS['output_nc'].note}")
    if kind == "labels":
        if "input_nc" in command.given and command.number("label_nc"):
            notes.append(f"{command.typed['input_nc']}: dead in the original: label_nc decides")
        return
    stage["controls"] = {"kind": kind} | _unlike_ours(kind, command.phase)
    if command.number("label_nc"):
        raise ValueError(f"{command.typed['label_nc']}: {kind} controls are no label maps; leave it out")
    narrow = {"face": ("no_dist_map",), "pose": ("openpose_only", "densepose_only")}[kind]
    channels = {"face": (15, 1), "pose": (6, 3)}[kind][any(command.value(name) for name in narrow)]
    if command.number("input_nc") != channels:
        notes.append(
            f"--input_nc {command.number('input_nc')}: does not fit; the number of channels follows from "
            f"controls and is {channels}"
        )
    if kind == "pose":
        differ = ", ".join(_unlike_ours(kind, command.phase))
        notes.append(f"{differ}: as the original drew poses; leave them out for our defaults")
    if command.value("openpose_only"):
        stage["generator"] = {"no_flow": True}
        notes.append("--openpose_only: switches the flow off (generator.no_flow), as the original did without saying")


def _unlike_ours(kind: str, phase: str) -> Stage:
    """Controls as the original prepared them, where our defaults differ."""
    if kind != "pose":
        return {}
    return {"people": "all", "crop": "central"} | ({"drop_per_frame": True} if phase == "train" else {})


def _data(command: Command, stage: Stage, notes: list[str]) -> None:
    data = stage.setdefault("data", {})
    if "resize_or_crop" in command.given:
        mode, remark = translate_mode(command.text_of("resize_or_crop"))
        data["resize_or_crop"] = mode
        notes += [f"{command.typed['resize_or_crop']}: {remark}"] if remark else []
    if stage.get("controls", {}).get("kind") == "pose" and command.phase == "train":
        data["no_flip"] = True
        notes.append("no_flip: the original never mirrored poses")
    if command.number("batchSize") > 1 and command.phase == "train":
        data["batchSize"] = command.number("batchSize")
    if "nThreads" in command.given and command.phase == "train":
        data["num_workers"] = command.number("nThreads")
    if "max_dataset_size" in command.given:
        why = (
            "refused: leave sequences out of the dataset"
            if command.phase == "train"
            else "dead in the original when testing"
        )
        notes.append(f"{command.typed['max_dataset_size']}: {why}")
    if "which_epoch" in command.given:
        notes.append(
            f"{command.typed['which_epoch']}: choose the checkpoint when you import it (vid2vid import-checkpoint)"
        )
    _devices(command, notes)
    if not data:
        del stage["data"]


def _devices(command: Command, notes: list[str]) -> None:
    if "gpu_ids" not in command.given:
        return
    value = command.text_of("gpu_ids")
    if value.startswith("-"):
        notes.append(f"--gpu_ids {value}: the CPU; say --device cpu (the original could not)")
    else:
        notes.append(
            f"--gpu_ids {value}: the device is chosen when it runs (--device, or CUDA_VISIBLE_DEVICES); one is used"
        )


def _losses(command: Command, stage: Stage, notes: list[str]) -> None:
    if "gan_mode" not in command.given:
        return
    mode = command.text_of("gan_mode")
    stage.setdefault("losses", {})["gan_mode"] = "ls"
    if mode != "ls":
        offer = f"really {mode} is gan_mode: {mode}" if mode in GAN_MODES else f"here: {', '.join(GAN_MODES)}"
        notes.append(
            f"--gan_mode {mode}: dead in the original, which trained with least squares whatever it said; {offer}"
        )


def _schedule(command: Command, stage: Stage, notes: list[str]) -> None:
    schedule = stage.setdefault("schedule", {})
    frozen, scales = command.number("niter_fix_global"), command.number("n_scales_spatial")
    if frozen and scales > 1:
        schedule["niter_fix_global"] = frozen
    elif frozen:
        notes.append(f"--niter_fix_global {frozen}: dead in the original with a single scale")
    devices = [part for part in command.text_of("gpu_ids").split(",") if part and not part.startswith("-")]
    makers = command.number("n_gpus_gen") if command.number("n_gpus_gen") > 0 else max(1, len(devices))
    if command.number("batchSize") > 1:
        if makers > 1:
            notes.append("n_gpus_gen is 1: with batchSize above 1 the original's GPUs shared the clips, not the frames")
    elif makers > 1:
        schedule["n_gpus_gen"] = makers
        total = command.number("max_frames_per_gpu") * makers
        notes.append(
            f"n_gpus_gen {makers}: a chunk is up to {makers} x {command.number('max_frames_per_gpu')} = {total} "
            "frames, as on that many generator GPUs"
        )
    if stage.get("controls", {}).get("kind") == "pose":
        schedule["clips_per_sequence"] = POSE_CLIPS
        notes.append(
            f"clips_per_sequence {POSE_CLIPS}: an epoch of poses drew as many clips as there are frames; give "
            "the mean length of your sequences"
        )
    if not schedule:
        del stage["schedule"]
