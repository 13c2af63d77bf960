"""JSON Schemas of the config files, generated from the config classes, for `validate()` and for editors."""

import json
from typing import Any

from pydantic import TypeAdapter

from vid2vid_core.config.dataset import DatasetConfig
from vid2vid_core.config.recipe import RecipeConfig
from vid2vid_core.config.run import RunsConfig

DIALECT = {"$schema": "https://json-schema.org/draft/2020-12/schema"}


def schemas() -> dict[str, dict[str, Any]]:
    """The schema of each kind of config file, by file name."""
    return {
        "runs.schema.json": DIALECT | _with_preset(TypeAdapter(RunsConfig).json_schema()),
        "dataset.schema.json": DIALECT | TypeAdapter(DatasetConfig).json_schema(),
        "recipe.schema.json": DIALECT | _with_common(TypeAdapter(RecipeConfig).json_schema()),
    }


def _with_common(schema: dict[str, Any]) -> dict[str, Any]:
    """Allow the `common` block of a recipe file: a stage of which every key may be left out."""
    stage = schema["$defs"]["StageConfig"]
    common = json.loads(json.dumps(stage)) | {"description": "Keys that hold for every stage that does not set them."}
    common.pop("required", None)
    common["properties"].pop("name")
    schema["properties"]["common"] = common
    return schema


def _with_preset(schema: dict[str, Any]) -> dict[str, Any]:
    """Allow `preset` in the `render` of a run: a file with the other keys, replaced by them when it is read."""
    preset = {"type": "string", "description": "YAML file with these keys; those given beside it go before its own."}
    schema["$defs"]["RenderConfig"]["properties"]["preset"] = preset
    return schema
