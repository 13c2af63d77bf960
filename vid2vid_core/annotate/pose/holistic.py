"""Backend mediapipe: its Holistic finds one person with hands, face and silhouette, and is held to that person here.

Left to itself it takes the most prominent person, follows them, and when it loses them takes another one without a
word. Here somebody who turns up where the subject cannot be is not taken: the model looks again at the surroundings of
where the subject was last seen, which grow frame by frame, everything else being blackened.
"""

from pathlib import Path
from typing import Any

import mediapipe  # type: ignore[import-untyped]
import numpy as np
from mediapipe.python.solutions.holistic import Holistic  # type: ignore[import-untyped]

from vid2vid_core.annotate.pose.body_scale import body_scale
from vid2vid_core.annotate.pose.estimator import Figure, is_seen
from vid2vid_core.annotate.pose.mediapipe_points import Landmarks, body_points, face_points, fine_points
from vid2vid_core.annotate.pose.silhouette import pack
from vid2vid_core.annotate.quiet import quiet_stderr
from vid2vid_core.annotate.subject import Boxes, box_side, choose_subject, surrounding_box
from vid2vid_core.config import PoseAnnotateConfig
from vid2vid_core.maps.person import ARRAYS, BODY_SEEN, Person, Points, missing
from vid2vid_core.video.reference_flow import Picture

_OUTPUTS = ("pose_landmarks", "face_landmarks", "left_hand_landmarks", "right_hand_landmarks")
_MODELS = {0: "lite", 1: "full", 2: "heavy"}
_RIGHT_WRIST, _LEFT_WRIST = 4, 7
_FARTHEST_HAND = 0.7
"""A hand farther from the wrist of its arm is another person's, or none; in widths of the shoulders."""
_MARGIN, _GROWTH = 0.5, 0.1
"""Where somebody lost is looked for: so far around their last box, and farther by so much each frame, in box sides."""
_PATIENCE = 30
"""Frames after which somebody lost may be anywhere, or another person."""


class HolisticEstimator:
    """A `PoseEstimator`, of at most one person a frame.

    Source: Grishchenko and Bazarevsky, MediaPipe Holistic, 2020.
    """

    def __init__(self, config: PoseAnnotateConfig, silhouettes: bool) -> None:
        """Load the models.

        Args:
            config: `model_complexity`, `min_confidence` and `min_visibility` are used.
            silhouettes: whether they are wanted, at a tenth of the time.

        Raises:
            ValueError: the model of this complexity is not installed.
        """
        _require_model(config.model_complexity)
        with quiet_stderr("mediapipe"):
            self._model = Holistic(
                model_complexity=config.model_complexity,
                smooth_landmarks=False,  # `annotate.pose.smoothing` does that, for hands and face too
                enable_segmentation=silhouettes,
                refine_face_landmarks=True,  # for the pupils
                min_detection_confidence=config.min_confidence,
                min_tracking_confidence=config.min_confidence,
            )
        self._min_visibility, self._silhouettes = config.min_visibility, silhouettes
        self._is_fresh, self._silent = True, set(_OUTPUTS)
        self._last: Boxes | None = None
        self._num_lost = 0

    def start(self) -> None:
        """See `PoseEstimator`."""
        self._forget()
        self._last, self._num_lost = None, 0

    def find(self, picture: Picture) -> list[Figure]:
        """See `PoseEstimator`."""
        if self._last is None or self._num_lost == 0:
            found = self._look(picture)
            if found is None or self._last is None or _is_same(self._last, found.box):
                return self._note(found)
            self._forget()  # somebody else: what it knows of the frame before leads to them again
        found = self._look(_surroundings(picture, self._last, self._num_lost))
        if found is not None and not _is_same(self._last, found.box):
            self._forget()
            found = None
        return self._note(found)

    def _note(self, found: Figure | None) -> list[Figure]:
        if found is not None:
            self._last, self._num_lost = found.box, 0
            return [found]
        self._num_lost += 1
        if self._num_lost > _PATIENCE:
            self._last, self._num_lost = None, 0
        return []

    def _forget(self) -> None:
        """Begin anew with the whole picture. Costs a fifth of a second."""
        if not self._is_fresh:
            with quiet_stderr("mediapipe"):
                self._model.reset()
            self._is_fresh, self._silent = True, set(_OUTPUTS)

    def _look(self, picture: Picture) -> Figure | None:
        self._is_fresh = False
        if self._silent:  # every part of the graph says something when it first has something to do
            with quiet_stderr("mediapipe"):
                result = self._model.process(picture)
            self._silent -= {name for name in _OUTPUTS if getattr(result, name) is not None}
        else:
            result = self._model.process(picture)
        pose, face, left, right = (_landmarks(getattr(result, name)) for name in _OUTPUTS)
        if pose is None:
            return None
        size = (picture.shape[1], picture.shape[0])
        person = _person(body_points(pose, size, self._min_visibility), face, left, right, size)
        if not is_seen(person):
            return None
        mask = result.segmentation_mask if self._silhouettes else None
        box = surrounding_box(pose[:, :2] * size)
        return Figure(person, box, None if mask is None else pack(mask > 0.5))


def _person(
    body: Points, face: Landmarks | None, left: Landmarks | None, right: Landmarks | None, size: tuple[int, int]
) -> Person:
    without_hands = Person(body, missing(ARRAYS.face), missing(ARRAYS.left_hand), missing(ARRAYS.right_hand))
    farthest = _FARTHEST_HAND * body_scale(without_hands)
    return Person(
        body=body,
        face=missing(ARRAYS.face) if face is None else face_points(face, size),
        left_hand=_hand(left, body[_LEFT_WRIST], farthest, size),
        right_hand=_hand(right, body[_RIGHT_WRIST], farthest, size),
    )


def _hand(hand: Landmarks | None, wrist: Points, farthest: float, size: tuple[int, int]) -> Points:
    """A hand, if it lies at the end of its arm: where an arm is hidden, the model finds hands in bags and leaves."""
    if hand is None or wrist[2] <= BODY_SEEN:
        return missing(ARRAYS.left_hand)
    points = fine_points(hand, size)
    distance = np.linalg.norm(hand[0, :2] * size - 0.5 - wrist[:2])
    return points if distance <= farthest else missing(ARRAYS.left_hand)


def _landmarks(found: Any) -> Landmarks | None:
    if found is None:
        return None
    return np.array([(point.x, point.y, point.visibility) for point in found.landmark])


def _is_same(before: Boxes, now: Boxes) -> bool:
    """Whether two boxes can be one person's, by what `choose_subject` allows between two frames."""
    return bool((choose_subject([before[None], now[None]]) == 0).all())


def _surroundings(picture: Picture, box: Boxes, num_lost: int) -> Picture:
    """The picture, black except around a box."""
    margin = (_MARGIN + _GROWTH * num_lost) * float(box_side(box))
    height, width = picture.shape[:2]
    left, top = np.floor(box[:2] - margin).clip(0, (width, height)).astype(int)
    right, bottom = np.ceil(box[2:] + margin).clip(0, (width, height)).astype(int)
    shown = np.zeros_like(picture)
    shown[top:bottom, left:right] = picture[top:bottom, left:right]
    return shown


def _require_model(complexity: int) -> None:
    """Raises ValueError if its file is not installed: the library would fetch it from the network without a word."""
    name = f"pose_landmark_{_MODELS[complexity]}.tflite"
    file = Path(mediapipe.__file__).parent / "modules" / "pose_landmark" / name
    if not file.exists():
        raise ValueError(
            f"annotate.pose.model_complexity {complexity} needs {name}, which mediapipe's package does not bring; use "
            f"1, or put that file into {file.parent}"
        )
