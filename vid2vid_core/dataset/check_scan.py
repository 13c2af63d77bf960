"""Reads every file of a dataset once and keeps the few facts the checks need."""

import os
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from tqdm import tqdm

from vid2vid_core.dataset.manifest import FrameRow
from vid2vid_core.dataset.pictures import ID_MODES
from vid2vid_core.maps.densepose import read_densepose
from vid2vid_core.maps.landmark_file import read_landmarks
from vid2vid_core.maps.openpose_file import read_openpose
from vid2vid_core.shards.access import open_stream, read_view
from vid2vid_core.shards.shard import DamagedShardError

THUMB = 16
"""Side of the small picture frames are compared by, pixels."""
_FLAT_STEP = 1.0
"""Levels by which neighbours in the hash grid must differ to set a bit, so that noise in flat areas sets none."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What one file holds; `error` is "" when it could be read."""

    size: tuple[int, int] = (0, 0)
    """Width, height."""
    mode: str = ""
    """Pillow's name of the pixel format."""
    format: str = ""
    """Pillow's name of the file format."""
    error: str = ""
    values: NDArray[np.int64] | None = None
    """Label maps: the ids that occur, ascending."""
    counts: NDArray[np.int64] | None = None
    """Label maps: pixels of each of them."""
    hash: NDArray[np.bool_] | None = None
    """Photographs: the 64 bits of the difference hash."""
    thumb: NDArray[np.uint8] | None = None
    """Photographs: (THUMB, THUMB, 3), area averages."""
    people: int | None = None
    """OpenPose files: how many of the people in it have a point that counts."""


KnownFacts = dict[tuple[str, str], Facts]
"""By column and name of the file in the manifest."""


@dataclass(frozen=True, slots=True)
class ScannedFrame:
    """One row of the manifest and what its files hold; None where the row names no file."""

    row: FrameRow
    image: Facts | None
    label: Facts | None
    instance: Facts | None
    drawn: dict[str, Facts] = field(default_factory=dict)
    """By column, of the files that controls are drawn from."""

    def files(self) -> Iterator[tuple[str, str, Facts]]:
        """Column, name and content of every file."""
        found = {"image": self.image, "label": self.label, "instance": self.instance, **self.drawn}
        return ((column, self.row.files[column], facts) for column, facts in found.items() if facts is not None)


def scan_frames(
    rows: list[FrameRow], root: Path, workers: int | None = None, known: KnownFacts | None = None
) -> list[ScannedFrame]:
    """Read all files of all rows but those `known`, with a pool of threads (decoding happens outside Python's lock)."""
    known = known or {}
    unknown = list(dict.fromkeys(file for row in rows for file in row.files.items() if file not in known))
    count = workers or len(os.sched_getaffinity(0))
    with ThreadPoolExecutor(count) as pool:
        done = pool.map(lambda file: _SCANNERS[file[0]](root / file[1]), unknown)
        told = tqdm(done, total=len(unknown), desc="check", unit="file", disable=None)
        found = known | dict(zip(unknown, told, strict=True))
    return [_together(row, found) for row in rows]


def _together(row: FrameRow, found: KnownFacts) -> ScannedFrame:
    facts = {column: found[column, path] for column, path in row.files.items()}
    photograph, label, instance = (facts.pop(column, None) for column in ("image", "label", "instance"))
    return ScannedFrame(row, photograph, label, instance, facts)


def _landmarks(path: Path) -> Facts:
    read_landmarks(path)
    return Facts()


def _people(path: Path) -> Facts:
    return Facts(people=sum(person.extent() is not None for person in read_openpose(path)))


def _surfaces(path: Path) -> Facts:
    height, width = read_densepose(path).shape[:2]
    return Facts((width, height))


def _scan_drawn(read: Callable[[Path], Facts], path: Path) -> Facts:
    try:
        return read(path)
    except ValueError as error:
        return Facts(error=_reason(path, error))


def _scan_photograph(path: Path) -> Facts:
    try:
        with open_stream(path) as stream, Image.open(stream) as image:
            size, mode = image.size, image.mode
            image.draft("RGB", (8 * THUMB, 8 * THUMB))  # JPEG alone: decoded at a fraction of its size, but to its end
            pixels = np.asarray(image if image.mode == "RGB" else image.convert("RGB"))
            thumb = cv2.resize(pixels, (THUMB, THUMB), interpolation=cv2.INTER_AREA)
            return Facts(size, mode, image.format or "", hash=difference_hash(pixels), thumb=thumb.astype(np.uint8))
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        return Facts(error=_reason(path, error))


def _scan_ids(count: bool, path: Path) -> Facts:
    try:
        with open_stream(path) as stream, Image.open(stream) as image:
            image.load()  # all of it, so that a truncated file is found
            if not count or image.mode not in ID_MODES:
                return Facts(image.size, image.mode, image.format or "")
            ids = np.asarray(image)
            if ids.dtype == np.uint8:
                counts = np.bincount(ids.ravel(), minlength=256)
                values = np.flatnonzero(counts)
                return Facts(image.size, image.mode, image.format or "", values=values, counts=counts[values])
            values, counts = np.unique(ids, return_counts=True)
            return Facts(image.size, image.mode, image.format or "", values=values.astype(np.int64), counts=counts)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        return Facts(error=_reason(path, error))


_SCANNERS: dict[str, Callable[[Path], Facts]] = {
    "image": _scan_photograph,
    "label": partial(_scan_ids, True),
    "instance": partial(_scan_ids, False),
    "keypoints": partial(_scan_drawn, _landmarks),
    "openpose": partial(_scan_drawn, _people),
    "densepose": partial(_scan_drawn, _surfaces),
}
"""By column of the manifest."""


def difference_hash(pixels: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """64 bits of an RGB picture (H, W, 3): in a 9 x 8 grid, is a cell brighter than its left neighbour?"""
    small = cv2.resize(pixels, (9, 8), interpolation=cv2.INTER_AREA).astype(np.float32)
    grey = small @ np.array([0.299, 0.587, 0.114], np.float32)
    return (np.diff(grey, axis=1) > _FLAT_STEP).ravel()


def _reason(path: Path, error: Exception) -> str:
    try:
        if not read_view(path):
            return "empty file (0 bytes)"
    except FileNotFoundError:
        return "no such file"
    except DamagedShardError as damaged:
        return str(damaged)
    except OSError:
        pass  # the first error says it
    text = re.sub(r"<_io\.BytesIO object at \w+>", f"'{path.name}'", str(error))  # Pillow's name of what it was given
    return text.replace(str(path), path.name) or type(error).__name__
