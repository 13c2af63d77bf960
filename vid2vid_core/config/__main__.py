"""`python -m vid2vid_core.config` rewrites what is generated from the config classes: schemas and reference page."""

import json
from pathlib import Path

from vid2vid_core.config.reference import reference_page
from vid2vid_core.config.schema import schemas

ROOT = Path(__file__).parents[2]


def generated() -> dict[Path, str]:
    """Text of every generated file, by path relative to the repository."""
    files = {Path("workflow/schemas") / name: json.dumps(schema, indent=2) + "\n" for name, schema in schemas().items()}
    return files | {Path("docs/configuration.md"): reference_page()}


if __name__ == "__main__":
    for path, text in generated().items():
        (ROOT / path).write_text(text, encoding="utf-8")
