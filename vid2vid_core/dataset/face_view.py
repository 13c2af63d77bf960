"""Faces cut out of their frames, their controls drawn from landmarks."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from vid2vid_core.config import ControlConfig
from vid2vid_core.dataset.geometry import Geometry, Size, to_tensor
from vid2vid_core.dataset.manifest import FrameRow, Manifest
from vid2vid_core.dataset.pictures import read_rgb
from vid2vid_core.maps.cut import cut_out
from vid2vid_core.maps.face_crop import Box, face_box
from vid2vid_core.maps.face_maps import face_controls, mirrored, part_labels
from vid2vid_core.maps.face_points import Look, complete, random_look, scale_points
from vid2vid_core.maps.landmark_file import read_landmarks


class FaceView:
    """As `view.FrameView`. One box serves all frames: that of their median landmarks."""

    def __init__(
        self, manifest: Manifest, controls: ControlConfig, rows: Sequence[FrameRow], *, training: bool
    ) -> None:
        """Read the landmarks.

        Args:
            manifest: of the frames.
            controls: switches of the drawing.
            rows: frames of one run.
            training: the proportions of the face stay as they are.

        Raises:
            ValueError: the dataset has no faces, or a file of landmarks cannot be used.
        """
        if manifest.mode != "face":
            raise ValueError(
                f"{manifest.root}: controls.kind of the recipe is face, but the dataset is of mode {manifest.mode}; "
                f"choose a recipe for it, or a dataset of faces"
            )
        self._controls, self._read = controls, lru_cache(maxsize=1)(read_rgb)
        self._root = manifest.root
        landmarks = [read_landmarks(self._path(row)) for row in rows]
        try:
            self._box = face_box(np.median(landmarks, axis=0), (rows[0].width, rows[0].height))
        except ValueError as error:
            raise ValueError(f"{self._path(rows[0])} and the files after it: {error}") from error
        self._found = {
            row.frame: complete(points, upper_face=controls.upper_face)
            for row, points in zip(rows, landmarks, strict=True)
        }
        self._look = None if training else _look(controls, rows[0].sequence)

    def size(self, row: FrameRow) -> Size:
        """That of the box."""
        return self._box.size

    def box(self, row: FrameRow) -> Box | None:
        """The square around the face."""
        return self._box

    def geometry(self, drawn: Geometry) -> Geometry:
        """Unchanged."""
        return drawn

    def photograph(self, row: FrameRow, geometry: Geometry) -> Tensor:
        """What the box shows, its border repeated outside the frame."""
        cut = cut_out(self._read(self._root / row.image), self._box)
        return to_tensor(geometry.picture(Image.fromarray(np.ascontiguousarray(cut))))

    def controls(self, row: FrameRow, geometry: Geometry) -> Tensor:
        """(15, h, w) uint8, or (1, h, w) without distance maps."""
        points = self._found[row.frame]
        if self._look is not None:
            points = scale_points(points, self._look)
        maps = face_controls(points, self._box, geometry.scaled, self._controls, self._background(row))
        left, top, width, height = geometry.crop
        maps = maps[:, top : top + height, left : left + width]
        return torch.from_numpy(np.ascontiguousarray(mirrored(maps) if geometry.flip else maps))

    def parts(self, row: FrameRow, geometry: Geometry) -> Tensor:
        """Parts of the face as it was found, 0 .. 6."""
        labels = part_labels(self._found[row.frame], self._box)
        return torch.from_numpy(np.ascontiguousarray(geometry.ids(labels)).astype(np.int64))[None]

    def _background(self, row: FrameRow) -> NDArray[np.uint8] | None:
        if self._controls.no_canny_edge:
            return None
        if not row.image:
            raise ValueError(
                f"{row.sequence}/{row.frame}: no photograph, whose background edges the controls show; give it, or "
                f"train with controls.no_canny_edge"
            )
        return self._read(self._root / row.image)

    def _path(self, row: FrameRow) -> Path:
        if not row.keypoints:
            raise ValueError(f"{row.sequence}/{row.frame}: no landmarks; run `snakemake annotate`")
        return self._root / row.keypoints


def _look(controls: ControlConfig, sequence: str) -> Look | None:
    """The proportions that faces of a sequence are rendered with; None: their own."""
    if not controls.random_scale_points:
        return None
    if controls.scale_points_seed is None:
        return Look()
    return random_look(np.random.default_rng([controls.scale_points_seed, *sequence.encode()]))
