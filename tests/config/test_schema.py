"""The JSON Schemas in the repository are those of the config classes."""

import json
from pathlib import Path

import pytest

from vid2vid_core.config.schema import schemas

FOLDER = Path(__file__).parents[2] / "workflow" / "schemas"


@pytest.mark.parametrize("name", sorted(schemas()))
def test_schema_is_current(name: str) -> None:
    stored = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    assert stored == json.loads(json.dumps(schemas()[name])), (
        "run `python -m vid2vid_core.config.schema workflow/schemas` and commit the result"
    )


def test_every_key_is_described() -> None:
    for name, schema in schemas().items():
        for cls in [schema, *schema["$defs"].values()]:
            for key, field in cls.get("properties", {}).items():
                assert "description" in field or "$ref" in field, f"{name}: {key} has no description"
