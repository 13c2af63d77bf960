"""Landmarks that somebody made already: a folder of text files named like the frames."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vid2vid_core.annotate.face_track import Sighting
from vid2vid_core.annotate.label_files import Placement
from vid2vid_core.annotate.landmarks import Face
from vid2vid_core.annotate.segmenter import Frame
from vid2vid_core.maps.landmark_file import read_landmarks
from vid2vid_core.shards.access import file_names, is_folder

ENDING = ".txt"


def index_points(folder: Path) -> dict[str, Path]:
    """Landmark files of a folder by frame name. Raises ValueError if there is no such folder."""
    if not is_folder(folder):
        raise ValueError(f"{folder}: no such folder of landmark files")
    files = sorted(folder / name for name in file_names(folder) if name.endswith(ENDING))
    return {file.stem: file for file in files}


def refuse_unpaired(files: dict[str, Path], frames: Sequence[Frame], folder: Path) -> None:
    """Raises ValueError if there are frames, and none has a file: then the names are meant otherwise."""
    if not frames or any(frame.name in files for frame in frames):
        return
    if not files:
        raise ValueError(f"{folder}: no landmark files in it (ending: {ENDING})")
    raise ValueError(
        f"{folder}: none of its {len(files)} files is named like a frame; frames are named like "
        f"'{frames[0].name}', these like '{next(iter(files))}'. Name each landmark file like its frame"
    )


def read_face(file: Path | None, frame: Frame, folder: Path, placement: Placement | None) -> Sighting:
    """The face of one frame, from its file.

    A frame without a file is a gap, which may be filled; a file that cannot be used is an error of somebody's, and its
    frame stays without landmarks, with the reason.

    Args:
        file: None if there is none.
        frame: whose landmarks they are.
        folder: for messages.
        placement: where the frame lies in the pictures the landmarks were made for; None if it is the picture.
    """
    if file is None:
        return Sighting(reason=f"no file named '{frame.name}{ENDING}' in {folder}")
    try:
        points = read_landmarks(file)
    except ValueError as error:
        return Sighting(reason=str(error), usable=False)
    if placement is not None:
        points = placement.place_points(points)
    if not _inside(points, frame):
        size = f"{frame.width}x{frame.height}"
        return Sighting(reason=f"{file}: all its points lie outside the frame of {size} pixels", usable=False)
    return Sighting(faces=[Face(points, 1.0)], file=file if placement is None else None)


def _inside(points: NDArray[np.float64], frame: Frame) -> bool:
    """Whether at least one point lies in the frame."""
    limits = np.array([frame.width, frame.height])
    return bool(((points >= -0.5) & (points < limits - 0.5)).all(axis=1).any())
