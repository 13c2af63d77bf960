"""Names of label ids, as people write them in configs."""

import json
from functools import cache
from pathlib import Path

_CITYSCAPES = Path(__file__).parents[2] / "resources" / "palettes" / "cityscapes.json"


@cache
def label_names(label_nc: int) -> tuple[str, ...]:
    """Names from id 0 on: Cityscapes ids for 35 labels, its train ids for 19 or 20; empty for other numbers."""
    if label_nc not in (19, 20, 35):
        return ()
    rows = json.loads(_CITYSCAPES.read_text(encoding="utf-8"))["classes"]
    if label_nc == 35:
        return tuple(row["name"] for row in sorted(rows, key=lambda row: row["id"]))
    trained = sorted((row for row in rows if row["train_id"] is not None), key=lambda row: row["train_id"])
    return (*(row["name"] for row in trained), "unlabeled")


def label_id(label: str | int, label_nc: int) -> int:
    """The id of a label that is given by its name or id.

    Args:
        label: name, or id as a number or text.
        label_nc: number of labels of the dataset.

    Raises:
        ValueError: there is no such label; says which there are.
    """
    names = label_names(label_nc)[:label_nc]
    if isinstance(label, str) and label in names:
        return names.index(label)
    if str(label).isdecimal() and int(label) < label_nc:
        return int(label)
    known = f", or one of {', '.join(names)}" if names else "; only the labels of Cityscapes have names here"
    raise ValueError(f"there is no label '{label}'; give an id 0 .. {label_nc - 1}{known}")
