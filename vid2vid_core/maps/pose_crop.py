"""Who is shown of the people in a frame, and which part of the frame around them.

Source: Wang et al., Video-to-Video Synthesis (2018) for the central crop.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vid2vid_core.config import ControlConfig
from vid2vid_core.maps.face_crop import Box
from vid2vid_core.maps.person import Person

Extent = tuple[float, float, float, float]
"""Left, top, right and bottom, pixels."""
HEIGHTS = 1.5
"""Height of the box that follows a person, in heights of what is seen of them."""
_SMOOTHING = 12.0
"""Standard deviation, in frames, of the average that the path of the box is smoothed by: it should not shake."""


def chosen_people(people: Sequence[Person], controls: ControlConfig) -> list[Person]:
    """Those to draw, by `people`: the one who takes most room in the picture, or all."""
    if controls.people == "all" or len(people) < 2:
        return list(people)
    return [max(people, key=_room)]


def _room(person: Person) -> float:
    """Diagonal of what is seen of a person; also right for somebody seen as a line."""
    extent = person.extent()
    return -1.0 if extent is None else float(np.hypot(extent[2] - extent[0], extent[3] - extent[1]))


def central_columns(width: int) -> tuple[int, int]:
    """The published crop of a picture of poses: first column, and the one behind the last; all rows are kept.

    Raises:
        ValueError: the picture is so narrow that nothing would be left.
    """
    half = width // 4 // 32 * 32
    if half == 0:
        raise ValueError(
            f"the central crop keeps nothing of pictures {width} pixels wide, it needs 128; raise data.loadSize, or "
            "let the crop follow the subject"
        )
    return width // 2 - half, width // 2 + half


def following_boxes(
    extents: Sequence[Extent | None], frame: tuple[int, int], aspect: float, room: tuple[float, float] | None = None
) -> list[Box]:
    """A box for each frame of a run that follows a person smoothly; all are of one size and lie within the frame.

    Args:
        extents: left, top, right and bottom of the person in each frame; None is bridged by the frames around.
        frame: width and height of the frames.
        aspect: width of the box by its height. Where the frame is too narrow for it, the box is as wide as the frame.
        room: width and height of somebody to make room for; None: of the person in nearly all frames, arms spread.

    Raises:
        ValueError: nobody is seen in any frame.
    """
    known = [index for index, extent in enumerate(extents) if extent is not None]
    if not known:
        raise ValueError(f"no person in any of {len(extents)} frames, so the crop has nobody to follow")
    sides = np.array([extent for extent in extents if extent is not None])  # left, top, right, bottom
    middles = (sides[:, :2] + sides[:, 2:]) / 2
    wide, high = np.quantile(sides[:, 2:] - sides[:, :2], 0.95, axis=0) if room is None else room
    size = _size(wide, high, frame, aspect)
    path = [_smooth(np.interp(np.arange(len(extents)), known, middle)) for middle in middles.T]
    corners = [
        np.round(along - side / 2).clip(0, length - side).astype(int).tolist()
        for along, side, length in zip(path, size, frame, strict=True)
    ]
    return [Box(left, top, left + size[0], top + size[1]) for left, top in zip(*corners, strict=True)]


def _size(wide: float, high: float, frame: tuple[int, int], aspect: float) -> tuple[int, int]:
    height = min(max(HEIGHTS * high, wide / aspect), frame[1])
    return max(1, min(round(height * aspect), frame[0])), max(1, round(height))


def _smooth(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """A weighted average around every frame; the ends are continued by their mirror image through the end point."""
    reach = min(int(3 * _SMOOTHING), len(values) - 1)
    if reach < 1:
        return values
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / _SMOOTHING) ** 2)
    before = 2 * values[0] - values[reach:0:-1]
    after = 2 * values[-1] - values[-2 : -reach - 2 : -1]
    return np.convolve(np.concatenate([before, values, after]), weights / weights.sum(), mode="valid")
