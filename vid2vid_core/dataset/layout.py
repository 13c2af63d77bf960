"""Reading of the canonical folder layouts.

Street: SPLIT_A (labels), SPLIT_B (photographs), SPLIT_inst (instances). Faces: SPLIT_keypoints (landmarks), SPLIT_img.
Poses: SPLIT_openpose (key points), SPLIT_densepose (body surfaces), SPLIT_img. Every folder below them that holds such
files is a sequence; its frames are those files. They are paired by folder and name without ending. Folders behind
links are not entered, hidden files are passed over, and numbers in names are sorted as numbers. A shard stands for the
folder of its name.
"""

import os
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
from tqdm import tqdm

from vid2vid_core.config.sources import natural_key
from vid2vid_core.dataset.check_result import Finding, Problem, counted
from vid2vid_core.dataset.manifest import FrameRow, frame_table
from vid2vid_core.dataset.pictures import picture_size
from vid2vid_core.shards.access import file_names, folder_name, is_shard
from vid2vid_core.shards.shard import DamagedShardError

ENDINGS = frozenset(f".{word}" for word in "jpg JPG jpeg JPEG pgm PGM png PNG ppm PPM bmp BMP tiff".split())
"""Accepted endings of pictures, exactly as written."""
TEXT_ENDINGS = {"keypoints": frozenset({".txt"}), "openpose": frozenset({".json"})}
"""Accepted endings of other files, by column."""
SUFFIXES = {"openpose": "_keypoints", "densepose": "_IUV"}
"""What tools add to the name of a frame."""
SPLITS = ("train", "test")
LAYOUTS = {
    "street": {"label": "A", "image": "B", "instance": "inst"},
    "face": {"keypoints": "keypoints", "image": "img"},
    "pose": {"openpose": "openpose", "densepose": "densepose", "image": "img"},
}
"""Mode of a dataset to {column of the manifest: ending of the folder's name}."""
CONTROLS = {"street": ("label",), "face": ("keypoints",), "pose": ("openpose", "densepose")}
"""Columns of which a usable frame has at least one."""
NAMES = {
    "label": "label map",
    "image": "photograph",
    "instance": "instance map",
    "keypoints": "landmark file",
    "openpose": "OpenPose file",
    "densepose": "DensePose picture",
}
"""What the files of a column are called."""


@dataclass
class LayoutContents:
    """What was found below the root of a layout."""

    table: pd.DataFrame
    """One row a frame, columns of the manifest; paths relative to the root."""
    sources: dict[str, str]
    """Folder of photographs (else of labels) of every video, absolute."""
    problems: list[Problem] = field(default_factory=list)
    """Files that could not be placed, and links that were not followed."""


def read_layout(root: Path, mode: str = "street", fps: float = 15.0) -> LayoutContents:
    """List a dataset in the canonical layout; pictures are looked at no further than their header.

    A frame that lacks its controls, or its photograph in a split that has photographs, is an invalid row that says so.

    Args:
        root: Folder that holds train_A, train_B, ...
        mode: street, face or pose.
        fps: Frame rate assumed, as folders have none.

    Raises:
        ValueError: if there is no such folder, or none with controls in it.
    """
    kinds = LAYOUTS[mode]
    if not any((root / f"{split}_{kinds[column]}").is_dir() for split in SPLITS for column in CONTROLS[mode]):
        found = ", ".join(sorted(path.name for path in root.iterdir())[:8]) if root.is_dir() else "no such folder"
        wanted = ", ".join(f"train_{ending} ({NAMES[column]}s)" for column, ending in kinds.items())
        raise ValueError(
            f"{root}: not a {mode} dataset in the canonical layout: expected folders {wanted}, and the same with "
            f"test_; found: {found or 'an empty folder'}"
        )
    contents = LayoutContents(pd.DataFrame(), {})
    rows: list[FrameRow] = []
    for split in SPLITS:
        trees = {
            column: _walk(root / f"{split}_{ending}", root, column, contents.problems)
            for column, ending in kinds.items()
        }
        folders = sorted(set().union(*trees.values()), key=lambda name: (natural_key(Path(name)), name))
        names = _video_ids(split, folders, contents.problems)
        for folder in tqdm(folders, desc=f"list {split}", unit="sequence", disable=None):
            files = {column: trees[column].get(folder, {}) for column in kinds}
            rows += _sequence_rows(root, split, names[folder], files, mode, bool(trees["image"]), fps)
            shown = kinds["image"] if files["image"] else next(kinds[column] for column in kinds if files[column])
            contents.sources[names[folder]] = str((root / f"{split}_{shown}" / folder).resolve())
    contents.table = frame_table(rows)
    return contents


def find_mode(root: Path) -> str:
    """Which layout a folder holds, by the names of the folders in it; street where none is found."""
    for mode, columns in CONTROLS.items():
        places = [root / f"{split}_{LAYOUTS[mode][column]}" for split in SPLITS for column in columns]
        if any(place.is_dir() for place in places):
            return mode
    return "street"


def _walk(top: Path, root: Path, column: str, problems: list[Problem]) -> dict[str, dict[str, str]]:
    """Folder below `top` to {name of the frame: path relative to `root`}."""
    endings = TEXT_ENDINGS.get(column, ENDINGS)
    sequences: dict[str, dict[str, str]] = {}
    links, passed_over, twice = [], [], []
    for here, subfolders, names in _folders(top, problems):
        links += [Finding(str((here / name).relative_to(root))) for name in subfolders if (here / name).is_symlink()]
        inside = here.relative_to(top).with_name(folder_name(here)) if here != top else Path()
        found = sequences.get(inside.as_posix(), {})
        for name in sorted(names):
            path = (here / name).relative_to(root)
            if name.startswith(".") or is_shard(here / name):
                continue
            frame = path.stem.removesuffix(SUFFIXES.get(column, ""))
            if path.suffix not in endings:
                passed_over.append(Finding(str(path)))
            elif frame in found:
                twice.append(Finding(str(path), "this one is not used", found[frame]))
            else:
                found[frame] = str(path)
        if found:
            sequences[inside.as_posix()] = found
    if links:
        message = f"{counted(len(links), 'linked folder')} in {top.name} not entered; move or copy what belongs here"
        problems.append(Problem("warning", "linked-folder", message, tuple(links)))
    if passed_over:
        message = (
            f"{counted(len(passed_over), 'file')} in {top.name} not read, as no {NAMES[column]} by the ending; "
            f"accepted are {', '.join(sorted(ending[1:] for ending in endings))}"
        )
        problems.append(Problem("warning", "other-files", message, tuple(passed_over)))
    if twice:
        message = f"{counted(len(twice), 'file')} in {top.name} for a frame that has one already; remove one of each"
        problems.append(Problem("error", "same-name", message, tuple(twice)))
    return sequences


def _folders(top: Path, problems: list[Problem]) -> Iterator[tuple[Path, list[str], list[str]]]:
    """As os.walk, but shards come after the folder they lie in."""
    for folder, subfolders, names in os.walk(top):
        yield Path(folder), subfolders, names
        for name in sorted(names):
            shard = Path(folder, name)
            if is_shard(shard):
                try:
                    yield shard, [], file_names(shard)
                except DamagedShardError as error:
                    problems.append(Problem("error", "unreadable", str(error), (Finding(str(shard)),)))


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
    root: Path,
    split: str,
    video: str,
    files: dict[str, dict[str, str]],
    mode: str,
    photographed: bool,
    fps: float,
) -> list[FrameRow]:
    names = sorted(set().union(*files.values()), key=lambda name: (natural_key(Path(name)), name))
    rows = []
    for index, name in enumerate(names):
        paths = {column: found[name] for column, found in files.items() if name in found}
        width, height, reason = _size(root, mode, paths)
        if not any(column in paths for column in CONTROLS[mode]):
            lacking = CONTROLS[mode][0]
            reason = f"no {NAMES[lacking]} named '{name}' in {split}_{LAYOUTS[mode][lacking]}"
        elif "image" not in paths and photographed:
            reason = f"no photograph named '{name}' in {split}_{LAYOUTS[mode]['image']}"
        rows.append(
            FrameRow(
                split=split,
                video=video,
                sequence=f"{video}-000",
                frame=name,
                number=index,
                time=index / fps,
                width=width,
                height=height,
                valid=not reason,
                reason=reason,
                **({"image": "", "label": "", "instance": ""} | paths),
            )
        )
    return rows


def _size(root: Path, mode: str, paths: dict[str, str]) -> tuple[int, int, str]:
    """Width and height of a frame, or why they are not known."""
    pictures = [paths[column] for column in LAYOUTS[mode] if column in paths and column not in TEXT_ENDINGS]
    if not pictures:
        return 0, 0, "no picture that tells how large the frame is"
    try:
        return *picture_size(root / paths.get("image", pictures[0])), ""
    except ValueError as error:
        return 0, 0, str(error)
