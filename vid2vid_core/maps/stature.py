"""How large somebody is in the pictures of a video, and where they stand: what one person is matched to another by."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vid2vid_core.maps.person import BODY_SEEN, Person

NOSE, NECK, RIGHT_SHOULDER, LEFT_SHOULDER, MID_HIP = 0, 1, 2, 5, 8
ANKLES = (11, 14)
_FULL = 0.9
"""Quantile of a length over the frames: seen shortened most of the time, hardly ever lengthened."""
_ROOM = 0.95
"""Quantile of width and height of what is seen, as for the box that follows a person."""
_OFTEN = 0.25
"""A length counts if it is seen in this share of the frames that show the neck."""


@dataclass(frozen=True)
class Stature:
    """A person over many frames, pixels. A length or place that is hardly ever seen is None."""

    frame_width: int
    frame_height: int
    wide: float
    """Width of what is seen of them, in nearly all frames at most this."""
    high: float
    """Height, likewise."""
    neck_x: float
    """Where the neck is usually."""
    neck_y: float
    ground: float | None
    """Row of the lower ankle, usually."""
    standing: float | None
    """From nose to lower ankle, upright."""
    torso: float | None
    """From neck to hips."""
    shoulders: float | None
    """Width, as seen from the front."""


def measure(people: Iterable[Person | None], frame: tuple[int, int]) -> Stature:
    """The stature of a person.

    Args:
        people: the person in each frame, None where there is nobody. Points outside the frame are guesses of a
            detector and do not count.
        frame: width and height of the frames.

    Raises:
        ValueError: the neck is seen in no frame, or no length in enough of them.
    """
    shown = [person for person in people if person is not None]
    bodies = np.array([_inside(person, frame) for person in shown]).reshape(-1, 25, 2)
    bodies = bodies[~np.isnan(bodies[:, NECK, 0])]
    if not len(bodies):
        raise ValueError(f"no neck is seen in any of {len(shown)} frames with a person, so poses cannot be matched")
    extents = np.array([extent for person in shown if (extent := person.extent()) is not None])
    lower = np.fmax(bodies[:, ANKLES[0], 1], bodies[:, ANKLES[1], 1])
    standing = _usual(lower - bodies[:, NOSE, 1], _FULL)
    torso = _usual(_between(bodies, NECK, MID_HIP), _FULL)
    shoulders = _usual(_between(bodies, RIGHT_SHOULDER, LEFT_SHOULDER), _FULL)
    if standing is None and torso is None and shoulders is None:
        raise ValueError(
            f"neither shoulders nor hips nor feet are seen in {_OFTEN:.0%} of {len(bodies)} frames, so nothing tells "
            f"how large the person is"
        )
    wide, high = np.quantile(extents[:, 2:] - extents[:, :2], _ROOM, axis=0).tolist()
    neck_x, neck_y = np.median(bodies[:, NECK], axis=0).tolist()
    return Stature(*frame, wide, high, neck_x, neck_y, _usual(lower, 0.5), standing, torso, shoulders)


def _inside(person: Person, frame: tuple[int, int]) -> NDArray[np.float64]:
    """(25, 2): x and y of the joints that are seen within the frame, NaN for the others."""
    places = person.body[:, :2]
    seen = (person.body[:, 2] > BODY_SEEN) & (places >= 0).all(axis=1) & (places < frame).all(axis=1)
    return np.where(seen[:, None], places, np.nan)


def _between(bodies: NDArray[np.float64], one: int, other: int) -> NDArray[np.float64]:
    return np.hypot(*(bodies[:, one] - bodies[:, other]).T)


def _usual(values: NDArray[np.float64], quantile: float) -> float | None:
    """A quantile of the values that are known; None if they are too few, or no length."""
    known = values[~np.isnan(values)]
    if len(known) < max(1, _OFTEN * len(values)):
        return None
    found = float(np.quantile(known, quantile))
    return found if found > 0 else None
