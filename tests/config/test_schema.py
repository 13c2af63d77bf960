"""What is generated from the config classes is current: JSON Schemas and reference page."""

from pathlib import Path

import pytest

from vid2vid_core.config.__main__ import ROOT, generated
from vid2vid_core.config.reference import reference_page
from vid2vid_core.config.schema import schemas


@pytest.mark.parametrize(("path", "text"), generated().items(), ids=[str(path) for path in generated()])
def test_generated_file_is_current(path: Path, text: str) -> None:
    stored = (ROOT / path).read_text(encoding="utf-8")
    assert stored == text, f"{path} is out of date: run `python -m vid2vid_core.config` and commit the result"


def test_every_key_is_described() -> None:
    for name, schema in schemas().items():
        for cls in [schema, *schema["$defs"].values()]:
            for key, field in cls.get("properties", {}).items():
                assert "description" in field or "$ref" in field, f"{name}: {key} has no description"


def test_every_row_of_the_page_is_one_line() -> None:
    tables = [line for line in reference_page().splitlines() if "|" in line]
    assert all(line.startswith("|") and line.endswith("|") for line in tables)
