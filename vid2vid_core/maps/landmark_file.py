"""The text file of a face: 68 lines `x,y`, in iBUG order, pixels; values may lie beyond the frame."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vid2vid_core.maps.face_points import LANDMARKS
from vid2vid_core.shards.access import read_bytes


def read_landmarks(path: Path) -> NDArray[np.float64]:
    """Landmarks (68, 2).

    Raises:
        ValueError: the file cannot be read, has another number of lines, or a line is no pair of finite numbers.
    """
    try:
        lines = read_bytes(path).decode().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: not readable as a text file of landmarks ({error})") from error
    lines = [line for line in lines if line.strip()]
    if len(lines) != LANDMARKS:
        raise ValueError(f"{path}: {len(lines)} lines, expected {LANDMARKS} lines `x,y` (68 landmarks in iBUG order)")
    points = np.empty((LANDMARKS, 2))
    for number, line in enumerate(lines):
        try:
            x, y = line.split(",")
            points[number] = float(x), float(y)
        except ValueError:
            points[number] = np.nan
        if not np.isfinite(points[number]).all():
            raise ValueError(f"{path}, line {number + 1}: '{line.strip()}' is no pair of numbers `x,y`")
    return points


def write_landmarks(path: Path, landmarks: NDArray[np.float64]) -> None:
    """Write landmarks (68, 2), rounded to whole pixels as the format wants them."""
    lines = (f"{round(x)},{round(y)}" for x, y in landmarks.tolist())
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
