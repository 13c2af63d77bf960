"""Key points and body parts of a layout, which are used where they lie: nothing is filled in, smoothed or copied."""

from itertools import groupby
from pathlib import Path

import pandas as pd

from vid2vid_core.annotate.pose.given_poses import ENDINGS
from vid2vid_core.annotate.pose.look import files_of, sightings
from vid2vid_core.annotate.pose.table import Paths
from vid2vid_core.annotate.pose.track import PoseTrack, Sighting, largest_people
from vid2vid_core.annotate.segmenter import Frame
from vid2vid_core.config import DatasetConfig, Source
from vid2vid_core.config.sources import IMAGE_ENDINGS


def in_place(
    rows: pd.DataFrame, frames: list[Frame | None], config: DatasetConfig, source: Source
) -> tuple[dict[str, PoseTrack], list[Paths]]:
    """Whoever is largest in each frame, and the paths of the files.

    A frame needs a file of each kind that the layout has for its sequence; body parts are not opened here, the check of
    the dataset does that.

    Args:
        rows: of the frame table.
        frames: None for those without a picture.
        config: the dataset.
        source: of kind layout.

    Raises:
        ValueError: two files for one frame.
    """
    pictures = [frame for frame in frames if frame]
    openpose = _files(source.openpose, ENDINGS, pictures, source)
    densepose = _files(source.densepose, IMAGE_ENDINGS, pictures, source)
    people = sightings(pictures, config, source) if source.openpose else iter([Sighting(reason="")] * len(pictures))
    seen = [
        Sighting(reason=reason) if frame is None else next(people)
        for frame, reason in zip(frames, rows["reason"], strict=True)
    ]
    paths: list[Paths] = []
    for frame, found in zip(frames, seen, strict=True):
        names = [files.get(frame.name, "") if frame else "" for files in (openpose, densepose)]
        reason = "" if found.figures else found.reason
        if frame and not reason:
            reason = _missing(frame, names[1], source)
        paths.append((names[0], names[1], reason))
    sequences = groupby(range(len(rows)), key=rows["sequence"].__getitem__)
    return {name: largest_people([seen[index] for index in part]) for name, part in sequences}, paths


def _missing(frame: Frame, densepose: str, source: Source) -> str:
    if source.openpose is None and source.densepose is None:
        return f"the layout has neither key points nor body parts for {source.path}"
    if source.densepose is not None and not densepose:
        return f"no image named '{frame.name}' in {source.densepose}"
    return ""


def _files(folder: str | None, endings: tuple[str, ...], frames: list[Frame], source: Source) -> dict[str, str]:
    """Absolute path by frame name."""
    if folder is None or not frames:
        return {}
    return {name: str(file.absolute()) for name, file in files_of(Path(folder), endings, frames, source).items()}
