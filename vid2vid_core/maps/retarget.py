"""Motion of one person for the body of another: scaled and moved so that both are equally large at the same place.

Source: Wang et al., Video-to-Video Synthesis (2018), section 4, dance; Chan et al., Everybody Dance Now (2019), whose
global pose normalisation this is without its correction for coming nearer.
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from vid2vid_core.maps.person import Person, Points
from vid2vid_core.maps.stature import Stature

_LENGTHS = ("torso", "shoulders")


@dataclass(frozen=True)
class Placement:
    """x becomes scale * x + right, y becomes scale * y + down; in a frame of another size."""

    scale: float
    right: float
    down: float
    frame: tuple[int, int]
    """Width and height of the frame they are put into."""
    room: tuple[float, float]
    """Width and height that the other person takes, for the box that follows."""

    def person(self, person: Person) -> Person:
        """The person, moved; what was not found stays missing."""
        arrays = (person.body, person.face, person.left_hand, person.right_hand)
        return Person(*(self._points(points) for points in arrays))

    def _points(self, points: Points) -> Points:
        moved = points[:, :2] * self.scale + (self.right, self.down)
        return np.concatenate([np.where(points[:, 2:] > 0, moved, points[:, :2]), points[:, 2:]], axis=1)

    def surface(self, picture: NDArray[Any]) -> NDArray[Any]:
        """A picture of numbers (H, W, C), such as DensePose's: nearest pixels, 0 where it does not reach."""
        return self._picture(picture, cv2.INTER_NEAREST, cv2.BORDER_CONSTANT)

    def photograph(self, picture: NDArray[Any]) -> NDArray[Any]:
        """A photograph (H, W, 3): smooth, its border repeated."""
        return self._picture(picture, cv2.INTER_LINEAR, cv2.BORDER_REPLICATE)

    def _picture(self, picture: NDArray[Any], interpolation: int, border: int) -> NDArray[Any]:
        matrix = np.array([[self.scale, 0, self.right], [0, self.scale, self.down]])
        return cv2.warpAffine(picture, matrix, self.frame, flags=interpolation, borderMode=border)


def place(found: Stature, wanted: Stature) -> Placement:
    """How a person has to be moved to be as large as another one and stand where they stood.

    Whoever is seen from head to foot in both is matched by height and by the ground. Otherwise, as in pictures of the
    upper body, the mean of the ratios of torso and shoulders counts, and the neck is put at its place.

    Args:
        found: of the person whose motion it is, in the sequence that is moved.
        wanted: of the other one.

    Raises:
        ValueError: no length is known of both.
    """
    upright = found.standing is not None and wanted.standing is not None
    known = [_ratio(found, wanted, name) for name in (("standing",) if upright else _LENGTHS)]
    ratios = [ratio for ratio in known if ratio is not None]
    if not ratios:
        raise ValueError(
            f"nothing tells how large both people are: seen are {_seen(found)} here, but {_seen(wanted)} in the "
            f"training frames"
        )
    scale = float(np.exp(np.mean(np.log(ratios))))
    if upright and found.ground is not None and wanted.ground is not None:
        down = wanted.ground - scale * found.ground
    else:
        down = wanted.neck_y - scale * found.neck_y
    return Placement(
        scale=scale,
        right=wanted.neck_x - scale * found.neck_x,
        down=down,
        frame=(wanted.frame_width, wanted.frame_height),
        room=(wanted.wide, wanted.high),
    )


def _ratio(found: Stature, wanted: Stature, name: str) -> float | None:
    one, other = getattr(found, name), getattr(wanted, name)
    return None if one is None or other is None else float(other / one)


def _seen(stature: Stature) -> str:
    return " and ".join(name for name in ("standing", *_LENGTHS) if getattr(stature, name) is not None)
