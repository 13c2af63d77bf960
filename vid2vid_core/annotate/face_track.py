"""The landmarks of one sequence: the subject among all faces, gaps closed, trembling smoothed."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vid2vid_core.annotate.gaps import Flags, fill_gaps, refuse_gaps, runs
from vid2vid_core.annotate.landmarks import Face
from vid2vid_core.annotate.smoothing import smooth
from vid2vid_core.annotate.subject import ABSENT, box_side, choose_subject, surrounding_box
from vid2vid_core.config import FaceAnnotateConfig
from vid2vid_core.maps.face_points import LANDMARKS

NO_FACE = "no face found"


@dataclass(frozen=True, kw_only=True)
class Sighting:
    """What was found in one frame."""

    faces: Sequence[Face] = ()
    """All faces."""
    reason: str = NO_FACE
    """Why there is none."""
    usable: bool = True
    """Whether landmarks may be put in if there is none: not into a frame that has no picture, nor over a bad file."""
    file: Path | None = None
    """File that holds exactly the landmarks of the only face, if there is one."""


@dataclass(frozen=True, kw_only=True)
class FaceTrack:
    """The landmarks of one sequence."""

    points: NDArray[np.float64]
    """(T, 68, 2) pixels; without meaning where not valid."""
    confidence: NDArray[np.float64]
    """(T,) of the detection; 0 where nothing was detected."""
    detected: Flags
    """(T,)"""
    filled: Flags
    """(T,) interpolated."""
    reasons: list[str]
    """Why a frame is not valid, else empty."""

    @property
    def valid(self) -> Flags:
        """(T,) frames with landmarks."""
        return self.detected | self.filled


def track_face(
    sightings: Sequence[Sighting],
    times: NDArray[np.float64],
    names: Sequence[str],
    config: FaceAnnotateConfig,
    place: tuple[str, str],
) -> FaceTrack:
    """Follow one face through a sequence.

    Args:
        sightings: T frames in time order.
        times: (T,) seconds, increasing.
        names: T frame names.
        config: gaps, smoothing, and what counts as a face.
        place: video and sequence, for messages.

    Raises:
        ValueError: the policy is to fail, and the face is missing.
    """
    if config.backend == "given":  # one face a file, whoever it is
        chosen = np.array([0 if sighting.faces else ABSENT for sighting in sightings], np.int64)
    else:
        sightings = [_large_enough(sighting, config.min_size) for sighting in sightings]
        chosen = choose_subject([np.array([f.box for f in s.faces]).reshape(-1, 4) for s in sightings])
    present = chosen != ABSENT
    usable = np.array([sighting.usable for sighting in sightings], np.bool_)
    if config.gaps == "fail":
        refuse_gaps(usable & ~present, names, *place, "face")
    points = np.full((len(sightings), LANDMARKS, 2), np.nan)
    confidence = np.zeros(len(sightings))
    for t in np.flatnonzero(present):
        face = sightings[t].faces[chosen[t]]
        points[t], confidence[t] = face.points, face.confidence
    max_gap = config.max_gap if config.gaps == "interpolate" else 0
    values, filled = fill_gaps(points.reshape(-1, 2 * LANDMARKS), present, times, max_gap)
    filled &= usable
    reasons = ["" if ok else _reason(s) for s, ok in zip(sightings, present | filled, strict=True)]
    if config.backend != "given":
        _drop_false_alarms(present, filled, reasons, min(config.min_frames, int(usable.sum())))
    if config.smoothing is not None:
        for run in runs(present | filled):
            size = float(np.median(box_side(surrounding_box(values[run].reshape(-1, LANDMARKS, 2)))))
            values[run] = smooth(values[run], times[run], size, config.smoothing)
    return FaceTrack(
        points=values.reshape(points.shape), confidence=confidence, detected=present, filled=filled, reasons=reasons
    )


def _drop_false_alarms(present: Flags, filled: Flags, reasons: list[str], min_frames: int) -> None:
    """Take back stretches with fewer detections."""
    for run in runs(present | filled):
        count = int(present[run].sum())
        if count < min_frames:
            reason = f"a face in {count} frames in a row only, fewer than annotate.face.min_frames ({min_frames})"
            reasons[run] = [reason] * (run.stop - run.start)
            present[run], filled[run] = False, False


def _large_enough(sighting: Sighting, min_size: int) -> Sighting:
    kept = [face for face in sighting.faces if box_side(face.box) >= min_size]
    if kept or not sighting.faces:
        return Sighting(faces=kept, reason=sighting.reason, usable=sighting.usable)
    return Sighting(reason=f"no face of annotate.face.min_size ({min_size} pixels) or more")


def _reason(sighting: Sighting) -> str:
    return "the face that is followed is not found, only another one" if sighting.faces else sighting.reason
