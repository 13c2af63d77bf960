"""Reading of the canonical folder layout: SPLIT_A (labels), SPLIT_B (photographs), SPLIT_inst (instances).

Every folder below them that holds pictures is a sequence; its frames are those pictures. They are paired by folder and
name without ending. Folders behind links are not entered, hidden files are passed over, and numbers in names are sorted
as numbers.
"""

import os
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
from tqdm import tqdm

from vid2vid_core.config.sources import natural_key
from vid2vid_core.dataset.check_result import Finding, Problem, counted
from vid2vid_core.dataset.manifest import FrameRow, frame_table
from vid2vid_core.dataset.pictures import picture_size

ENDINGS = frozenset(f".{word}" for word in "jpg JPG jpeg JPEG pgm PGM png PNG ppm PPM bmp BMP tiff".split())
"""Accepted endings, exactly as written."""
SPLITS = ("train", "test")
KINDS = {"label": "A", "image": "B", "instance": "inst"}
"""Column of the manifest to ending of the folder's name."""


@dataclass
class LayoutContents:
    """What was found below the root of a layout."""

    table: pd.DataFrame
    """One row a frame, columns of the manifest; paths relative to the root."""
    sources: dict[str, str]
    """Folder of photographs (else of labels) of every video, absolute."""
    problems: list[Problem] = field(default_factory=list)
    """Files that could not be placed, and links that were not followed."""


def read_layout(root: Path, fps: float = 15.0) -> LayoutContents:
    """List a dataset in the canonical layout; pictures are looked at no further than their header.

    A frame that lacks its label map, or its photograph in a split that has photographs, is an invalid row that says so.

    Args:
        root: Folder that holds train_A, train_B, ...
        fps: Frame rate assumed, as folders have none.

    Raises:
        ValueError: if there is no such folder, or neither train_A nor test_A in it.
    """
    if not any((root / f"{split}_A").is_dir() for split in SPLITS):
        found = ", ".join(sorted(path.name for path in root.iterdir())[:8]) if root.is_dir() else "no such folder"
        raise ValueError(
            f"{root}: not a dataset in the canonical layout: expected folders train_A (label maps) and train_B "
            f"(photographs), and the same with test_; found: {found or 'an empty folder'}"
        )
    contents = LayoutContents(pd.DataFrame(), {})
    rows: list[FrameRow] = []
    for split in SPLITS:
        trees = {kind: _walk(root / f"{split}_{ending}", root, contents.problems) for kind, ending in KINDS.items()}
        folders = sorted(set().union(*trees.values()), key=lambda name: (natural_key(Path(name)), name))
        names = _video_ids(split, folders, contents.problems)
        for folder in tqdm(folders, desc=f"list {split}", unit="sequence", disable=None):
            files = {kind: trees[kind].get(folder, {}) for kind in KINDS}
            rows += _sequence_rows(root, split, names[folder], files, bool(trees["image"]), fps)
            shown = "B" if files["image"] else "A"
            contents.sources[names[folder]] = str((root / f"{split}_{shown}" / folder).resolve())
    contents.table = frame_table(rows)
    return contents


def _walk(top: Path, root: Path, problems: list[Problem]) -> dict[str, dict[str, str]]:
    """Folder below `top` to {name without ending: path relative to `root`}."""
    sequences: dict[str, dict[str, str]] = {}
    links, passed_over, twice = [], [], []
    for folder, subfolders, names in os.walk(top):
        here = Path(folder)
        links += [Finding(str((here / name).relative_to(root))) for name in subfolders if (here / name).is_symlink()]
        found: dict[str, str] = {}
        for name in sorted(names):
            path = (here / name).relative_to(root)
            if name.startswith("."):
                continue
            if path.suffix not in ENDINGS:
                passed_over.append(Finding(str(path)))
            elif path.stem in found:
                twice.append(Finding(str(path), "this one is not used", found[path.stem]))
            else:
                found[path.stem] = str(path)
        if found:
            sequences[here.relative_to(top).as_posix()] = found
    if links:
        message = f"{counted(len(links), 'linked folder')} in {top.name} not entered; move or copy what belongs here"
        problems.append(Problem("warning", "linked-folder", message, tuple(links)))
    if passed_over:
        message = (
            f"{counted(len(passed_over), 'file')} in {top.name} not read, as no picture by the ending; accepted are "
            f"{', '.join(sorted(ending[1:] for ending in ENDINGS))}"
        )
        problems.append(Problem("warning", "other-files", message, tuple(passed_over)))
    if twice:
        message = (
            f"{counted(len(twice), 'picture')} in {top.name} named like another but for the ending; remove one of each"
        )
        problems.append(Problem("error", "same-name", message, tuple(twice)))
    return sequences


def _video_ids(split: str, folders: list[str], problems: list[Problem]) -> dict[str, str]:
    """An identifier for each folder: its letters and digits; a number is added where two would be the same."""
    plain = {folder: "-".join([split, *re.findall(r"[A-Za-z0-9]+", folder)]) for folder in folders}
    used: Counter[str] = Counter()
    names = {}
    clashes = []
    for folder, name in plain.items():
        used[name] += 1
        names[folder] = name if used[name] == 1 else f"{name}-x{used[name]}"
        if used[name] > 1:
            clashes.append(Finding(folder, f"is called {names[folder]}"))
    if clashes:
        message = (
            f"folders of the {split} split whose names differ only in other signs than letters and digits; rename them"
        )
        problems.append(Problem("error", "same-sequence", message, tuple(clashes)))
    return names


def _sequence_rows(
    root: Path, split: str, video: str, files: dict[str, dict[str, str]], photographed: bool, fps: float
) -> list[FrameRow]:
    names = sorted(set().union(*files.values()), key=lambda name: (natural_key(Path(name)), name))
    rows = []
    for index, name in enumerate(names):
        image, label, instance = (files[kind].get(name, "") for kind in ("image", "label", "instance"))
        width, height, reason = _size(root / (image or label or instance))
        if not label:
            reason = f"no label map named '{name}' in {split}_A"
        elif not image and photographed:
            reason = f"no photograph named '{name}' in {split}_B"
        rows.append(
            FrameRow(
                split=split,
                video=video,
                sequence=f"{video}-000",
                frame=name,
                number=index,
                time=index / fps,
                image=image,
                label=label,
                instance=instance,
                width=width,
                height=height,
                valid=not reason,
                reason=reason,
            )
        )
    return rows


def _size(path: Path) -> tuple[int, int, str]:
    try:
        return *picture_size(path), ""
    except ValueError as error:
        return 0, 0, str(error)
