"""The reference page of all config keys, generated from the JSON Schemas: `docs/configuration.md`."""

from typing import Any

from vid2vid_core.config.schema import schemas

_INTRODUCTION = """# Every key of every config file

Generated from the classes in `vid2vid_core/config`; rewrite it with `python -m vid2vid_core.config`.
Editors that know YAML schemas check the files while you type: begin a file with
`# yaml-language-server: $schema=../../workflow/schemas/dataset.schema.json`.
"""

_FILES = {
    "runs.schema.json": "Run file (`config/config.yaml`, or `--configfile FILE`)",
    "dataset.schema.json": "Dataset file (`config/datasets/*.yaml`)",
    "recipe.schema.json": "Recipe file (`config/recipes/*.yaml`)",
}


def reference_page() -> str:
    """The whole page as Markdown."""
    parts = [_INTRODUCTION]
    for name, title in _FILES.items():
        schema = schemas()[name]
        parts.append(f"\n## {title}\n")
        parts.append(_table(schema))
        for key, definition in schema["$defs"].items():
            parts.append(f"\n### {key.removesuffix('Config')}: {definition['description']}\n")
            parts.append(_table(definition))
    return "\n".join(parts) + "\n"


def _table(definition: dict[str, Any]) -> str:
    required = definition.get("required", [])
    lines = ["| key | values | default | meaning |", "|---|---|---|---|"]
    for key, field in definition["properties"].items():
        default = "**required**" if key in required else _default(field)
        lines.append(f"| `{key}` | {_values(field)} | {default} | {' '.join(field.get('description', '').split())} |")
    return "\n".join(lines)


def _default(field: dict[str, Any]) -> str:
    if "default" not in field:
        return ""
    value = field["default"]
    shown = "none" if value is None else str(value).lower() if isinstance(value, bool) else value
    return f"`{shown}`"


def _values(field: dict[str, Any]) -> str:
    """The values a field takes, in a few words."""
    if "$ref" in field:
        return f"see {field['$ref'].rsplit('/', 1)[-1].removesuffix('Config')}"
    if "enum" in field:
        return ", ".join(f"`{value}`" for value in field["enum"])
    if "const" in field:
        return f"`{field['const']}`"
    if "anyOf" in field:
        return " or ".join(_values(option) for option in field["anyOf"] if option.get("type") != "null")
    if field.get("type") == "array":
        items = field.get("prefixItems")
        return f"list of {len(items)}: {_values(items[0])}" if items else f"list: {_values(field['items'])}"
    limits = [
        f"{sign} {field[key]}"
        for key, sign in (
            ("minimum", "≥"),
            ("exclusiveMinimum", ">"),
            ("maximum", "≤"),
            ("exclusiveMaximum", "<"),
            ("multipleOf", "multiple of"),
        )
        if key in field
    ]
    kind = {"string": "text", "integer": "whole number", "object": "`key: value`", "boolean": "true or false"}
    name = kind.get(field.get("type", ""), field.get("type", "mapping"))
    return ", ".join([name, *limits])
