"""From command lines of the original to a recipe, a dataset and a run of ours."""

import typing
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

from vid2vid_core.config import DatasetConfig, RecipeConfig, RenderConfig, parse
from vid2vid_core.legacy.command_line import Command
from vid2vid_core.legacy.rendering import checkpoint_commands, image_stage, translate_render
from vid2vid_core.legacy.stage import KINDS, identifier, translate_stage


@dataclass
class Translation:
    """Plain data of the three files, each with what is to be said about it."""

    recipe: dict[str, Any]
    dataset: dict[str, Any]
    render: dict[str, Any]
    """The `render` section of the run; empty where no test.py was among the commands."""
    recipe_notes: list[str] = field(default_factory=list)
    dataset_notes: list[str] = field(default_factory=list)
    render_notes: list[str] = field(default_factory=list)
    checkpoint_commands: list[str] = field(default_factory=list)
    """What to type to render with the original's checkpoint; empty without a test.py."""
    dataset_refused: str = ""
    """Why the dataset cannot be read by this version; "" if it can."""


def translate(commands: Sequence[Command]) -> Translation:
    """Translate one command, or a chain of trainings in their order, with or without the test at its end.

    Raises:
        ValueError: Two tests, trainings on different data, a name used twice, or values that no recipe can have.
    """
    training = [command for command in commands if command.phase == "train"]
    tests = [command for command in commands if command.phase == "test"]
    if len(tests) > 1:
        raise ValueError(f"{len(tests)} commands call test.py; give one, after the trainings whose model it tests")
    stages, notes = [], []
    for position, command in enumerate(training or tests):
        stage, own = translate_stage(command)
        stages.append(stage)
        notes += [f"{stage['name']}: {note}" for note in own] if len(training) > 1 else own
        notes += _chain_note(training, position)
    last = (training or tests)[-1]
    recipe: dict[str, Any] = {"name": identifier(last.text_of("name")), "stages": stages}
    if not training:
        notes.insert(0, "Made from a test: to train such a model. Its weights file says all this by itself.")
    result = Translation(recipe=recipe, dataset={}, render={}, recipe_notes=_name_note(last) + notes)
    _translate_dataset(commands, result)
    for test in tests:
        result.render, result.render_notes = translate_render(test)
        result.checkpoint_commands = checkpoint_commands(test)
        single = image_stage(test, stages)
        if single is not None:
            recipe["image_stage"] = single
    _validate(result)
    return result


def _name_note(command: Command) -> list[str]:
    name = command.text_of("name")
    if "name" not in command.given:
        return [f"--name was not given; it was '{name}' by default"]
    clean = identifier(name)
    return [] if clean == name else [f"--name {name}: names here hold letters, digits and hyphens, so {clean}"]


def _chain_note(training: Sequence[Command], position: int) -> list[str]:
    """What is to be said about the weights a training begins with."""
    if not training:
        return []
    command = training[position]
    folder = command.text_of("load_pretrain") if "load_pretrain" in command.given else ""
    before = training[position - 1].text_of("name") if position else ""
    if folder and PurePath(folder).name == before:
        return []  # the stage before, as always
    if not folder and not before:
        return []
    if not folder:
        return [
            f"--load_pretrain was not given for '{command.text_of('name')}', but here every stage begins with "
            f"the weights of the one before ({before})"
        ]
    if before:
        return [f"--load_pretrain {folder}: here it begins with the stage before, {before}"]
    return [
        f"--load_pretrain {folder}: give the command of that training as well, before this one, and its stage comes "
        f"first; or begin with its checkpoint: vid2vid import-checkpoint {folder} --out FILE.safetensors, then "
        "vid2vid train RECIPE --init FILE.safetensors"
    ]


def _translate_dataset(commands: Sequence[Command], result: Translation) -> None:
    last = commands[-1]
    for key in ("dataroot", "dataset_mode", "label_nc"):
        given = [command for command in commands if key in command.given]
        values = {command.value(key) for command in given}
        if len(values) > 1:
            raise ValueError(
                f"--{key} differs between the commands ({', '.join(map(str, values))}); one recipe trains "
                "on one dataset: translate them one by one"
            )
        last = given[-1] if key == "dataroot" and given else last
    root, kind = last.text_of("dataroot"), KINDS[last.text_of("dataset_mode")]
    if "dataroot" not in last.given:
        result.dataset_notes.append("--dataroot was not given; write your folder as layout")
    mode = "street" if kind == "labels" else kind
    result.dataset = {"name": identifier(PurePath(root).name), "layout": root}
    known = typing.get_args(typing.get_type_hints(DatasetConfig)["mode"])
    if mode not in known:
        result.dataset_refused = f"datasets of mode {mode} are not read by this version (it reads: {', '.join(known)})"
    elif kind == "labels" and last.number("label_nc") < 1:
        result.dataset_refused = (
            "control pictures without label ids (label_nc 0 with dataset_mode temporal) are not read; give --label_nc "
            "for label maps"
        )
    elif kind == "labels":
        result.dataset["label_nc"] = last.number("label_nc")
    if mode != "street":
        result.dataset["mode"] = mode
    phase = last.text_of("phase") if "phase" in last.given else ""
    if phase not in ("", "train", "test"):
        result.dataset_notes.append(
            f"--phase {phase}: refused: splits are train and test; rename the folders {phase}_*, or link to them"
        )


def _validate(result: Translation) -> None:
    """Raise ConfigError, which says what is wrong, unless our config classes accept the translation."""
    parse(RecipeConfig, result.recipe, "the recipe of this command")
    if not result.dataset_refused:
        parse(DatasetConfig, result.dataset, "the dataset of this command")
    parse(RenderConfig, result.render, "the rendering of this command")
