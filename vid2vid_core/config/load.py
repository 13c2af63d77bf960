"""Strict loading of config files: every problem at once, with file, key, value found and values allowed."""

import dataclasses
import difflib
import re
import typing
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import TypeAdapter, ValidationError

from vid2vid_core.config.recipe import RecipeConfig
from vid2vid_core.config.run import RenderConfig, RunsConfig

T = TypeVar("T")


class ConfigError(ValueError):
    """A config file that cannot be used; the message lists all reasons."""


class _UniqueKeyLoader(yaml.SafeLoader):
    """YAML loader that refuses a key given twice, which plain YAML resolves silently."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if isinstance(key, str | int) and key in seen:
                raise yaml.constructor.ConstructorError(None, None, f"key '{key}' is given twice", key_node.start_mark)
            if isinstance(key, str | int):
                seen.add(key)
        return super().construct_mapping(node, deep)


def read_yaml(path: Path) -> dict[str, Any]:
    """Read one YAML mapping. Raises ConfigError if it is missing, unreadable or no mapping."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read ({error})") from error
    try:
        data = yaml.load(text, Loader=_UniqueKeyLoader)
    except yaml.YAMLError as error:
        raise ConfigError(f"{path}: not valid YAML: {error}") from error
    if not isinstance(data, dict):
        raise ConfigError(f"{path}: expected `key: value` lines, found {type(data).__name__}")
    return data


def load(cls: type[T], path: Path) -> T:
    """Read a config class from a YAML file. Raises ConfigError listing every problem."""
    data = read_yaml(path)
    if cls is not RecipeConfig:
        return parse(cls, data, str(path))
    try:
        return parse(cls, _merge_common(data), str(path))
    except ConfigError as error:
        raise ConfigError(_name_common(str(error), data)) from None


def parse(cls: type[T], data: Any, source: str) -> T:
    """Turn plain data into a config class; `source` names it in errors. Raises ConfigError listing every problem."""
    if cls is RunsConfig:
        data = _merge_presets(data)
    try:
        return _adapter(cls).validate_python(data)
    except ValidationError as error:
        problems = [dict(problem) for problem in error.errors()]
        real = [p for p in problems if not _follows_from_another(p, problems)]
        raise ConfigError("\n".join(_line(cls, problem, source) for problem in real)) from None


def _follows_from_another(problem: dict[str, Any], problems: list[dict[str, Any]]) -> bool:
    """Whether a list is 'too short' only because its items were refused, which is reported already."""
    here = problem["loc"]
    inside = any(len(other["loc"]) > len(here) and other["loc"][: len(here)] == here for other in problems)
    return problem["type"] == "too_short" and inside


def to_dict(config: Any) -> dict[str, Any]:
    """Plain data of a config object, keys in the order of its class, so that equal configs look equal."""
    plain: dict[str, Any] = _adapter(type(config)).dump_python(config, mode="json")
    return plain


_ADAPTERS: dict[type, TypeAdapter[Any]] = {}


def _adapter(cls: type[T]) -> TypeAdapter[T]:
    """Made once: that takes longer than validating, and a run of 1,000 videos asks for thousands."""
    if cls not in _ADAPTERS:
        _ADAPTERS[cls] = TypeAdapter(cls)
    return _ADAPTERS[cls]


def _merge_common(data: dict[str, Any]) -> dict[str, Any]:
    """Give every stage of a recipe the keys under `common` that it does not set itself."""
    common = data.get("common") or {}
    stages = data.get("stages")
    if not isinstance(common, dict) or not isinstance(stages, list):
        return data
    merged = [_deep_merge(common, stage) if isinstance(stage, dict) else stage for stage in stages]
    return {key: value for key, value in data.items() if key != "common"} | {"stages": merged}


def _merge_presets(data: Any) -> Any:
    """Give the `render` of every run the keys of the file it names as `preset`, where it does not set them itself."""
    runs = data.get("runs") if isinstance(data, dict) else None
    if not isinstance(runs, list):
        return data
    return data | {"runs": [_merge_preset(run) if isinstance(run, dict) else run for run in runs]}


def _merge_preset(run: dict[str, Any]) -> dict[str, Any]:
    render = run.get("render")
    if not isinstance(render, dict) or "preset" not in render:
        return run
    if not isinstance(render["preset"], str):
        raise ConfigError(f"render.preset must be the path of a YAML file, got {render['preset']!r}")
    preset = read_yaml(Path(render["preset"]))
    parse(RenderConfig, preset, render["preset"])
    own = {key: value for key, value in render.items() if key != "preset"}
    return run | {"render": preset | own}


def _name_common(message: str, data: dict[str, Any]) -> str:
    """Say `common.x` once in place of `stages[i].x` for every stage, where that is where the key was written."""
    lines = []
    for line in message.splitlines():
        match = re.search(r"stages\[(\d+)\]\.([\w.]+)", line)
        if match and not _has_path(data["stages"][int(match[1])], match[2]) and _has_path(data["common"], match[2]):
            line = line.replace(f"stages[{match[1]}]", "common", 1)
        lines.append(line)
    return "\n".join(dict.fromkeys(lines))


def _has_path(data: Any, path: str) -> bool:
    for key in path.split("."):
        if not isinstance(data, dict) or key not in data:
            return False
        data = data[key]
    return True


def _deep_merge(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = _deep_merge(merged[key], value) if both else value
    return merged


def _line(cls: type, problem: dict[str, Any], source: str) -> str:
    """One English line for one pydantic error."""
    location = problem["loc"]
    key = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location).lstrip(".") or "(top)"
    found = repr(problem["input"])
    found = found if len(found) <= 80 else found[:77] + "..."
    if problem["type"] in ("unexpected_keyword_argument", "extra_forbidden"):
        valid = _keys_at(cls, location[:-1])
        near = difflib.get_close_matches(str(location[-1]), valid, n=1, cutoff=0.4)
        hint = f"did you mean '{near[0]}'? " if near else ""
        return f"{source}: {key}: unknown key; {hint}valid keys here: {', '.join(valid)}"
    if problem["type"] in ("missing", "missing_argument", "missing_keyword_only_argument"):
        return f"{source}: {key}: missing; this key is required"
    message = problem["msg"].removeprefix("Value error, ").removeprefix("Input ")
    if problem["type"] == "value_error":
        return f"{source}: {key}: {message}"
    return f"{source}: {key}: {message}, got {found}"


def _keys_at(cls: type, location: tuple[str | int, ...]) -> list[str]:
    """Field names of the config class found by following `location` down from `cls`."""
    current: Any = cls
    for part in location:
        if isinstance(part, str) and dataclasses.is_dataclass(current):
            hints = typing.get_type_hints(current)
            current = _config_inside(hints[part]) if part in hints else current
    return [field.name for field in dataclasses.fields(current)] if dataclasses.is_dataclass(current) else []


def _config_inside(annotation: Any) -> Any:
    """The config class in an annotation such as tuple[Stage, ...] or World | None."""
    if dataclasses.is_dataclass(annotation):
        return annotation
    inner = (_config_inside(argument) for argument in typing.get_args(annotation))
    return next((found for found in inner if found is not None), None)
