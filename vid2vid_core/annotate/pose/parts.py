"""Where the body-part map of a frame comes from: drawn here, made by somebody before, or by a network."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np

from vid2vid_core.annotate.label_files import Placement
from vid2vid_core.annotate.pose.body_parts import draw_parts
from vid2vid_core.annotate.pose.body_scale import Facing, body_scale, mean_distance
from vid2vid_core.annotate.pose.estimator import PoseEstimator
from vid2vid_core.annotate.pose.silhouette import PackedSilhouette
from vid2vid_core.annotate.segmenter import Frame
from vid2vid_core.maps.densepose import Picture, read_densepose
from vid2vid_core.maps.person import Person

_NEAR = 0.5
"""A silhouette is that of a person whose joints lie no farther apart than this, in widths of the shoulders."""


class Posed(NamedTuple):
    """A frame whose person is known."""

    frame: Frame
    person: Person
    silhouette: PackedSilhouette | None


class BodyParts(Protocol):
    """One origin."""

    def of(self, posed: Iterable[Posed]) -> Iterator[Picture | str]:
        """The map of each frame of a video, in time order: (H, W, 3) V, U, part; or the reason why there is none."""
        ...


class BuiltinParts:
    """Drawn from silhouette and skeleton."""

    def __init__(self, estimator: PoseEstimator | None) -> None:
        """`estimator`: where key points came without silhouettes, who finds these; None: limbs as thick as usual."""
        self._estimator = estimator

    def of(self, posed: Iterable[Posed]) -> Iterator[Picture | str]:
        """See `BodyParts`; every frame has one."""
        sequence, facing = "", Facing()
        for one in posed:
            frame = one.frame
            if frame.sequence != sequence:
                sequence, facing = frame.sequence, Facing()
                if self._estimator is not None:
                    self._estimator.start()
            packed = one.silhouette or self._look(one)
            silhouette = None if packed is None else packed.unpack()
            yield draw_parts(one.person, silhouette, (frame.width, frame.height), facing.update(one.person))

    def _look(self, posed: Posed) -> PackedSilhouette | None:
        """The silhouette of this person; None if the estimator finds nobody, or somebody else."""
        if self._estimator is None:
            return None
        near = _NEAR * body_scale(posed.person)
        for figure in self._estimator.find(posed.frame.read()):
            distance = mean_distance(figure.person, posed.person)
            if distance is not None and distance <= near:
                return figure.silhouette
        return None


class GivenParts:
    """DensePose pictures named like the frames."""

    def __init__(self, folder: Path, files: Mapping[str, Path], placement: Placement | None) -> None:
        """Take files.

        Args:
            folder: for messages.
            files: by frame name.
            placement: where the frames lie in the pictures; None if they are the pictures.
        """
        self._folder, self._files, self._placement = folder, files, placement

    def of(self, posed: Iterable[Posed]) -> Iterator[Picture | str]:
        """See `BodyParts`."""
        for frame, _, _ in posed:
            yield self._read(frame)

    def _read(self, frame: Frame) -> Picture | str:
        file = self._files.get(frame.name)
        if file is None:
            return f"no picture for frame '{frame.name}' in {self._folder}"
        try:
            picture = read_densepose(file)
            if self._placement is None:
                return picture
            placed = [self._placement.place(channel, str(file)) for channel in np.moveaxis(picture, 2, 0)]
        except ValueError as error:
            return str(error)
        return np.stack(placed, axis=2).astype(np.uint8)
