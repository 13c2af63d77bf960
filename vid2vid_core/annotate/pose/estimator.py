"""What a finder of poses is: a picture in, the people in it out."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from vid2vid_core.annotate.pose.silhouette import PackedSilhouette
from vid2vid_core.annotate.subject import Boxes
from vid2vid_core.maps.person import BODY_SEEN, Person
from vid2vid_core.video.reference_flow import Picture

_FEWEST_JOINTS = 3
"""With fewer joints of the body somebody is not seen at all."""


@dataclass(frozen=True)
class Figure:
    """One person in one frame."""

    person: Person
    box: Boxes
    """(4,) left, top, right, bottom by which they are followed, pixels; it may reach beyond the frame."""
    silhouette: PackedSilhouette | None = None
    """Of the size of the frame; None where the backend tells none."""


class PoseEstimator(Protocol):
    """One backend. The same frames give the same people."""

    def start(self) -> None:
        """A sequence begins: nothing is known of the frames before it."""
        ...

    def find(self, picture: Picture) -> list[Figure]:
        """The people in the next frame of the sequence, (H, W, 3) RGB, 0..255; in no particular order."""
        ...


def is_seen(person: Person) -> bool:
    """Whether enough of a person is seen to speak of one."""
    return int((person.body[:, 2] > BODY_SEEN).sum()) >= _FEWEST_JOINTS


def confidence_of(person: Person) -> float:
    """Mean confidence of the joints of the body that are seen; 0 if none is."""
    seen = person.body[person.body[:, 2] > BODY_SEEN, 2]
    return float(np.mean(seen)) if len(seen) else 0.0
