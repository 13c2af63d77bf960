"""The folder of data fixtures: control maps, sizes, windows and pictures. It has another form than those of networks.

Sub-folders hold `NAME.npz` and a list of cases; thresholds are in `tolerances.json` beside them.
"""

import json
from pathlib import Path
from typing import Any

from parity.fixture import Fixture, FixtureError

CASES = {
    "data_face": ("face", "cases.json"),
    "data_curves": ("face", "curve_units.json"),
    "data_pose": ("pose", "cases.json"),
    "data_pose_variants": ("pose", "variants.json"),
    "data_densepose": ("densepose", "cases.json"),
    "data_street_e2e": ("street_e2e", "expected.npz"),
    "data_pose_e2e": ("pose_e2e", "expected.npz"),
    "data_semantics_sizes": ("semantics", "resize_table.json"),
    "data_semantics_sequences": ("semantics", "dataset_semantics.json"),
    "data_visual_palettes": ("visual", "label_colours.json"),
    "data_visual_pictures": ("visual", "label_and_image_vis.npz"),
    "data_visual_flow": ("visual", "flow_vis.npz"),
    "data_visual_edges": ("visual", "instance_edges.npz"),
}
"""Kind to sub-folder and file of cases. A list of named cases is a fixture each, anything else is one fixture."""


def is_data_folder(folder: Path) -> bool:
    """Whether a folder holds data fixtures."""
    return (folder / "tolerances.json").is_file()


def read_data_folder(folder: Path) -> list[Fixture]:
    """All fixtures of such a folder; what they have in their list of cases is `side["case"]`.

    Raises:
        FixtureError: a file cannot be read, or a sub-folder is of no known kind.
    """
    tolerances = _json(folder / "tolerances.json")
    known = {place for place, _ in CASES.values()}
    strange = sorted(path.name for path in folder.iterdir() if path.is_dir() and path.name not in known)
    if strange:
        raise FixtureError(f"{folder}: no module of tests/parity knows what is in {', '.join(strange)}")
    fixtures = []
    for kind, (place, file) in CASES.items():
        path = folder / place / file
        if not path.is_file():
            continue
        found = _json(path) if path.suffix == ".json" else None
        cases = {f"{place}/{path.stem}": found}
        if isinstance(found, list) and all("name" in case for case in found):
            cases = {case["name"]: case for case in found}
        for name, case in cases.items():
            fixtures.append(Fixture(name, path.parent, kind, {"case": case, "tolerances": tolerances}))
    return fixtures


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise FixtureError(f"{path}: cannot be read as JSON ({error})") from error
