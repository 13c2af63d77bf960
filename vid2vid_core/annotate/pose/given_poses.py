"""Key points that somebody made already: OpenPose or COCO-WholeBody files named like the frames."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from vid2vid_core.annotate.label_files import Placement
from vid2vid_core.annotate.pose.estimator import Figure, is_seen
from vid2vid_core.annotate.pose.track import Sighting
from vid2vid_core.annotate.segmenter import Frame
from vid2vid_core.maps.openpose_file import FIELDS, read_openpose
from vid2vid_core.maps.person import BODY_SEEN, Person, Points

ENDINGS = (".json",)


def read_people(file: Path | None, frame: Frame, folder: Path, placement: Placement | None) -> Sighting:
    """The people of one frame, from its file.

    A frame without a file, or whose file has no people, is a gap, which may be filled; a file that cannot be used is an
    error of somebody's, and its frame stays without key points, with the reason.

    Args:
        file: None if there is none.
        frame: whose people they are.
        folder: for messages.
        placement: where the frame lies in the pictures the key points were made for; None if it is the picture.
    """
    if file is None:
        return Sighting(reason=f"no file for frame '{frame.name}' in {folder}")
    try:
        people = read_openpose(file)
    except ValueError as error:
        return Sighting(reason=str(error), usable=False)
    if placement is not None:
        people = [_placed(person, placement) for person in people]
    seen = [person for person in people if is_seen(person)]
    if not seen:
        cause = "all its people have too few joints" if people else "an empty list of people"
        return Sighting(reason=f"{file}: {cause}")
    inside = [person for person in seen if _is_inside(person, frame)]
    if not inside:
        size = f"{frame.width}x{frame.height}"
        return Sighting(reason=f"{file}: all its people lie outside the frame of {size} pixels", usable=False)
    return Sighting(figures=[Figure(person, _box(person)) for person in inside])


def _placed(person: Person, placement: Placement) -> Person:
    def moved(points: Points) -> Points:
        return np.column_stack([placement.place_points(points[:, :2]), points[:, 2]])

    return replace(person, **{name: moved(getattr(person, name)) for name in FIELDS})


def _box(person: Person) -> np.ndarray:
    """Of the joints of the body alone: hands and faces come and go."""
    joints = person.body[person.body[:, 2] > BODY_SEEN, :2]
    return np.concatenate([joints.min(axis=0), joints.max(axis=0)])


def _is_inside(person: Person, frame: Frame) -> bool:
    points = person.seen()
    return bool(((points > -0.5) & (points < (frame.width - 0.5, frame.height - 0.5))).all(axis=1).any())
