"""Imports point one way, and what a GPU node does not need is not imported at module level."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "vid2vid_core"

# `part: parts it may import`, besides what those may import in turn.
MAY_IMPORT = {
    "config": set(),
    "types": set(),
    "storage": set(),
    "shards": {"storage"},
    "runlog": set(),
    "jobs": set(),
    "assets": {"config", "storage"},
    "provenance": {"config", "storage"},
    "ops": {"types"},
    "models": {"maps", "ops", "config", "storage"},
    "losses": {"ops", "config"},
    "video": {"config", "types", "storage", "runlog"},
    "maps": {"config"},
    "annotate": {"maps", "video", "models", "legacy", "assets", "provenance"},
    "dataset": {"maps", "video", "ops"},
    "quality": {"video"},
    "render": {"models", "dataset", "video"},
    "train": {"models", "losses", "dataset", "assets", "provenance", "render", "quality"},
    "evaluate": {"render", "dataset", "provenance", "quality"},
    "report": {"evaluate"},
    "__main__": {"cli"},
    "legacy": {"models"},
    "commands": {"train", "render", "evaluate", "report", "annotate", "legacy"},
    "cli": {"commands"},
}
SHARED = {"storage", "shards", "runlog"}  # how files and log lines are written: for everybody
HEAVY = {
    "mediapipe",
    "dlib",
    "transformers",
    "tensorboard",
    "sklearn",
    "skimage",
    "scenedetect",
    "matplotlib",
    "snakemake",
    "pooch",
    "gdown",
}


def reachable(part: str) -> set[str]:
    found, todo = set(), {part}
    while todo:
        current = todo.pop()
        found.add(current)
        todo |= MAY_IMPORT[current] - found
    return found | SHARED


def module_files() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def part_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(tree: ast.AST) -> set[str]:
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


@pytest.mark.parametrize("path", module_files(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_one_way(path: Path) -> None:
    part = part_of(path)
    if part == "__init__":
        return
    names = imported(ast.parse(path.read_text(encoding="utf-8")))
    parts = {name.split(".")[1] for name in names if name.startswith("vid2vid_core.")} - {"__version__"}
    assert parts <= reachable(part), f"{path.name} may not import {sorted(parts - reachable(part))}"


def test_training_and_rendering_need_no_annotation_or_report_library() -> None:
    code = (
        "import sys, vid2vid_core.train.stage, vid2vid_core.render;"
        f"print(sorted({HEAVY!r} & {{name.split('.')[0] for name in sys.modules}}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_config_is_torch_free() -> None:
    code = (
        "import sys, vid2vid_core.config; print([m for m in ('torch', 'pandas', 'cv2', 'numpy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
