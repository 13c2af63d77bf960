"""A translated command line as the three YAML files it amounts to, with everything notable as comments."""

import textwrap
from typing import Any

import yaml

from vid2vid_core.legacy.translation import Translation

_WIDTH = 118


def write_files(result: Translation, commands: list[str], folder: str = "config") -> dict[str, str]:
    """Texts of recipe, dataset and run file, by path.

    Args:
        result: the translation.
        commands: the command lines, for the first comment.
        folder: where recipes/, datasets/ and runs/ lie, seen from the folder snakemake runs in.
    """
    name, dataset = result.recipe["name"], result.dataset["name"]
    paths = {
        kind: f"{folder}/{kind}/{file}.yaml"
        for kind, file in (("recipes", name), ("datasets", dataset), ("runs", name))
    }
    run: dict[str, Any] = {"name": name, "dataset": paths["datasets"], "recipe": paths["recipes"]}
    if result.render:
        run["render"] = result.render
    origin = [f"From: {command}" for command in commands]
    return {
        paths["recipes"]: _comments(origin + result.recipe_notes) + _recipe(result.recipe),
        paths["datasets"]: _dataset(result),
        paths["runs"]: _comments(result.render_notes) + _typed(result) + "runs:\n" + _item(run),
    }


def _comments(notes: list[str]) -> str:
    lines = [
        line
        for note in notes
        for line in textwrap.wrap(note, _WIDTH, initial_indent="# ", subsequent_indent="#   ", break_long_words=False)
    ]
    return "".join(f"{line}\n" for line in lines)


def _typed(result: Translation) -> str:
    """The commands for the original's checkpoint, each on one line, so that it can be pasted."""
    if not result.checkpoint_commands:
        return ""
    lines = ["# To render with the original's checkpoint and no training:"]
    return "".join(f"{line}\n" for line in lines + [f"#   {line}" for line in result.checkpoint_commands])


def _recipe(recipe: dict[str, Any]) -> str:
    single = "".join(f"  {key}: {_flow(value)}\n" for key, value in recipe.get("image_stage", {}).items())
    first = f"image_stage:\n{single}" if single else ""
    stages = "".join(_item(stage, "  ") for stage in recipe["stages"])
    return f"name: {recipe['name']}\n{first}stages:\n{stages}"


def _item(mapping: dict[str, Any], indent: str = "  ") -> str:
    """One entry of a list: the first key behind the hyphen, mappings on one line."""
    lines = [f"{key}: {_flow(value)}" for key, value in mapping.items()]
    return f"{indent}- {lines[0]}\n" + "".join(f"{indent}  {line}\n" for line in lines[1:])


def _dataset(result: Translation) -> str:
    body = "".join(f"{key}: {_flow(value)}\n" for key, value in result.dataset.items())
    if not result.dataset_refused:
        return _comments(result.dataset_notes) + body
    commented = "".join(f"# {line}\n" for line in body.splitlines())
    return _comments([f"Not written: {result.dataset_refused}.", *result.dataset_notes]) + commented


def _flow(value: Any) -> str:
    text = yaml.safe_dump(value, default_flow_style=True, sort_keys=False, width=10_000, allow_unicode=True)
    return text.removesuffix("\n").removesuffix("\n...").strip()
