"""The key points of one sequence: the subject among all people, gaps closed, trembling smoothed."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vid2vid_core.annotate.gaps import Flags, fill_gaps, refuse_gaps, runs
from vid2vid_core.annotate.pose.body_scale import body_scale
from vid2vid_core.annotate.pose.estimator import Figure, confidence_of, is_seen
from vid2vid_core.annotate.smoothing import smooth
from vid2vid_core.annotate.subject import ABSENT, box_side, choose_subject
from vid2vid_core.config import PoseAnnotateConfig, SmoothingConfig
from vid2vid_core.maps.person import ARRAYS, Person

NO_PERSON = "no person found"
_SPLITS = np.cumsum(ARRAYS)[:-1]
_COUNT = sum(ARRAYS)


@dataclass(frozen=True, kw_only=True)
class Sighting:
    """What was found in one frame."""

    figures: Sequence[Figure] = ()
    """Everybody."""
    reason: str = NO_PERSON
    """Why there is nobody."""
    usable: bool = True
    """Whether key points may be put in if there are none: not into a frame without a picture, nor over a bad file."""


@dataclass(frozen=True, kw_only=True)
class PoseTrack:
    """The subject of one sequence."""

    people: list[Person | None]
    """T frames; None where not valid."""
    figures: list[Figure | None]
    """As they were found; None where nothing was."""
    filled: Flags
    """(T,) interpolated."""
    reasons: list[str]
    """Why a frame is not valid, else empty."""

    @property
    def valid(self) -> Flags:
        """(T,) frames with key points."""
        return np.array([person is not None for person in self.people], np.bool_)

    @property
    def detected(self) -> Flags:
        """(T,) frames in which the subject was found."""
        return np.array([figure is not None for figure in self.figures], np.bool_)

    @property
    def confidence(self) -> list[float]:
        """Mean confidence of the joints that were found; 0 where nothing was."""
        return [0.0 if figure is None else confidence_of(figure.person) for figure in self.figures]


def track_pose(
    sightings: Sequence[Sighting],
    times: NDArray[np.float64],
    names: Sequence[str],
    config: PoseAnnotateConfig,
    place: tuple[str, str],
) -> PoseTrack:
    """Follow one person through a sequence.

    Args:
        sightings: T frames in time order.
        times: (T,) seconds, increasing.
        names: T frame names.
        config: gaps, smoothing, and what counts as a person.
        place: video and sequence, for messages.

    Raises:
        ValueError: the policy is to fail, and the person is missing.
    """
    sightings, figures = _follow(sightings, config)
    present = np.array([figure is not None for figure in figures], np.bool_)
    usable = np.array([sighting.usable for sighting in sightings], np.bool_)
    if config.gaps == "fail":
        refuse_gaps(usable & ~present, names, *place, "person")
    points = np.stack([np.full((_COUNT, 3), np.nan) if figure is None else _flat(figure.person) for figure in figures])
    if config.gaps == "interpolate":
        points = _filled(points, usable if config.backend == "mediapipe" else usable & ~present, times, config.max_gap)
    valid = np.array([is_seen(_person(of_frame)) for of_frame in points], np.bool_)
    if config.smoothing is not None:
        for run in runs(valid):
            _smooth(points[run], times[run], config.smoothing)
    return PoseTrack(
        people=[_person(of_frame) if ok else None for of_frame, ok in zip(points, valid, strict=True)],
        figures=figures,
        filled=valid & ~present,
        reasons=["" if ok else _reason(sighting) for sighting, ok in zip(sightings, valid, strict=True)],
    )


def largest_people(sightings: Sequence[Sighting]) -> PoseTrack:
    """For files that are used where they lie, so that nothing can be filled in: whoever is largest in each frame."""
    figures = [max(seen.figures, key=lambda figure: float(box_side(figure.box)), default=None) for seen in sightings]
    return PoseTrack(
        people=[None if figure is None else figure.person for figure in figures],
        figures=figures,
        filled=np.zeros(len(figures), np.bool_),
        reasons=[seen.reason if figure is None else "" for seen, figure in zip(sightings, figures, strict=True)],
    )


def _follow(
    sightings: Sequence[Sighting], config: PoseAnnotateConfig
) -> tuple[Sequence[Sighting], list[Figure | None]]:
    """The subject in each frame, None where they are not."""
    chosen = choose_subject([np.array([f.box for f in seen.figures]).reshape(-1, 4) for seen in sightings])
    count = int((chosen != ABSENT).sum())
    if config.backend != "given" and count < min(config.min_frames, sum(seen.usable for seen in sightings)):
        reason = f"a person in {count} frames of the sequence only, fewer than annotate.pose.min_frames"
        sightings = [Sighting(reason=reason) if seen.figures else seen for seen in sightings]
        return sightings, [None] * len(sightings)
    return sightings, [
        None if number == ABSENT else seen.figures[number] for seen, number in zip(sightings, chosen, strict=True)
    ]


def _filled(points: NDArray[np.float64], where: Flags, times: NDArray[np.float64], max_gap: int) -> NDArray[np.float64]:
    """Every point that is out of sight for a moment gets its place between; only in the frames of `where`.

    Point by point, since hands are lost more often than people: a hand that moves fast is a blur.
    """
    result = points.copy()
    for point in range(points.shape[1]):
        values = points[:, point]
        found, filled = fill_gaps(values, np.isfinite(values[:, 0]), times, max_gap)
        taken = filled & where
        result[taken, point] = found[taken]
    return result


def _smooth(points: NDArray[np.float64], times: NDArray[np.float64], config: SmoothingConfig) -> None:
    """Filter the places of (T, 137, 3) where they are."""
    size = max(float(np.median([body_scale(_person(of_frame)) for of_frame in points])), 1.0)
    points[..., :2] = smooth(points[..., :2].reshape(len(points), -1), times, size, config).reshape(-1, _COUNT, 2)


def _flat(person: Person) -> NDArray[np.float64]:
    """(137, 3); NaN where a point is missing."""
    points = np.concatenate([person.body, person.face, person.left_hand, person.right_hand])
    return np.where(points[:, 2:] > 0, points, np.nan)


def _person(points: NDArray[np.float64]) -> Person:
    return Person(*np.split(np.nan_to_num(points), _SPLITS))


def _reason(sighting: Sighting) -> str:
    return "the person who is followed is not found, only another one" if sighting.figures else sighting.reason
