"""People cut out of their frames, their controls drawn from key points and body-surface pictures."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from vid2vid_core.config import ControlConfig
from vid2vid_core.dataset.geometry import Geometry, Size, to_tensor
from vid2vid_core.dataset.manifest import FrameRow, Manifest
from vid2vid_core.dataset.people import read_people
from vid2vid_core.dataset.pictures import read_rgb
from vid2vid_core.maps.cut import cut_out
from vid2vid_core.maps.densepose import clear_parts, densepose_channels, openpose_channels, read_densepose
from vid2vid_core.maps.face_crop import Box
from vid2vid_core.maps.person import Person
from vid2vid_core.maps.pose_augment import Variation, clip_variations, rendering_variation
from vid2vid_core.maps.pose_crop import Extent, central_columns, following_boxes
from vid2vid_core.maps.pose_map import draw_pose
from vid2vid_core.maps.retarget import Placement


class PoseView:
    """As `view.FrameView`. With `crop: follow` a box of constant size follows the person."""

    def __init__(
        self,
        manifest: Manifest,
        controls: ControlConfig,
        rows: Sequence[FrameRow],
        rng: np.random.Generator | None,
        placement: Placement | None = None,
    ) -> None:
        """Read the key points.

        Args:
            manifest: of the frames.
            controls: switches of the drawing.
            rows: neighbouring frames of one run.
            rng: draws what training leaves out; None when rendering.
            placement: moves all that is in the frames, so that the person stands in for another one.

        Raises:
            ValueError: the dataset has no poses, or a file cannot be used.
        """
        if manifest.mode != "pose":
            raise ValueError(
                f"{manifest.root}: controls.kind of the recipe is pose, but the dataset is of mode {manifest.mode}; "
                f"choose a recipe for it, or a dataset of poses"
            )
        self._manifest, self._controls, self._placement = manifest, controls, placement
        self._people = {row.frame: self._read_people(row) for row in rows}
        fixed = [rendering_variation(controls)] * len(rows)
        variations = fixed if rng is None else clip_variations(controls, len(rows), rng)
        self._variations: dict[str, Variation] = {
            row.frame: variation for row, variation in zip(rows, variations, strict=True)
        }
        self._boxes = self._find_boxes(rows)

    def size(self, row: FrameRow) -> Size:
        """That of the box."""
        return self._boxes[row.frame].size

    def box(self, row: FrameRow) -> Box | None:
        """Around the person, or the whole frame."""
        return self._boxes[row.frame]

    def geometry(self, drawn: Geometry) -> Geometry:
        """Never mirrored, since left and right of a body have colours of their own; narrowed by the central crop."""
        left, top, width, height = drawn.crop
        if self._controls.crop == "central":
            first, end = central_columns(width)
            left, width = left + first, end - first
        return replace(drawn, crop=(left, top, width, height), flip=False)

    def photograph(self, row: FrameRow, geometry: Geometry) -> Tensor:
        """What the box shows."""
        picture = read_rgb(self._manifest.resolve(row.image))
        if self._placement is not None:
            picture = self._placement.photograph(picture)
        cut = cut_out(picture, self._boxes[row.frame])
        return to_tensor(geometry.picture(Image.fromarray(np.ascontiguousarray(cut))))

    def controls(self, row: FrameRow, geometry: Geometry) -> Tensor:
        """(6, h, w) float32, -1 .. 1: DensePose, then OpenPose; (3, h, w) for one of them."""
        channels = []
        if not self._controls.openpose_only:
            channels.append(densepose_channels(geometry.ids(self._surface(row))))
        if not self._controls.densepose_only:
            channels.append(openpose_channels(geometry.ids(self._drawn(row))))
        return torch.from_numpy(np.concatenate(channels))

    def parts(self, row: FrameRow, geometry: Geometry) -> Tensor:
        """Parts of the body, 0 (none) .. 24; without a DensePose picture 1 where something is drawn."""
        if row.densepose:
            ids = self._surface(row)[..., 2]
        else:
            ids = self._drawn(row).any(axis=2).astype(np.uint8)
        return torch.from_numpy(geometry.ids(ids).astype(np.int64))[None]

    def _drawn(self, row: FrameRow) -> NDArray[np.uint8]:
        return draw_pose(
            self._people[row.frame],
            self._boxes[row.frame],
            basic=self._controls.basic_point_only,
            variation=self._variations[row.frame],
        )

    def _surface(self, row: FrameRow) -> NDArray[np.uint8]:
        """The DensePose picture inside the box."""
        cut = cut_out(self._whole_surface(row), self._boxes[row.frame], outside=0)
        return clear_parts(cut, self._variations[row.frame].cleared)

    def _whole_surface(self, row: FrameRow) -> NDArray[np.uint8]:
        """The DensePose picture, at the size of the frame; moved to the place of the other person, if there is one."""
        if not row.densepose:
            raise ValueError(
                f"{row.sequence}/{row.frame}: no DensePose picture; annotate with annotate.pose.densepose, or train "
                f"with controls.openpose_only"
            )
        picture = read_densepose(self._manifest.resolve(row.densepose))
        if picture.shape[:2] != (row.height, row.width):
            size = (row.width, row.height)
            picture = np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.NEAREST))
        return picture if self._placement is None else self._placement.surface(picture)

    def _read_people(self, row: FrameRow) -> list[Person]:
        people = read_people(self._manifest, row, self._controls)
        return people if self._placement is None else [self._placement.person(person) for person in people]

    def _extent(self, row: FrameRow) -> Extent | None:
        """Of the person; without key points, of all body surfaces."""
        if row.openpose:
            return next((person.extent() for person in self._people[row.frame]), None)
        rows, columns = np.nonzero(self._whole_surface(row)[..., 2])
        if not len(rows):
            return None
        return float(columns.min()), float(rows.min()), float(columns.max()), float(rows.max())

    def _find_boxes(self, rows: Sequence[FrameRow]) -> dict[str, Box]:
        placement = self._placement
        sizes = [placement.frame if placement else (row.width, row.height) for row in rows]
        if self._controls.crop != "follow":
            return {row.frame: Box(0, 0, *size) for row, size in zip(rows, sizes, strict=True)}
        extents, room = [self._extent(row) for row in rows], placement.room if placement else None
        try:
            boxes = following_boxes(extents, sizes[0], self._controls.crop_aspect, room)
        except ValueError as error:
            raise ValueError(f"{rows[0].sequence}, from frame {rows[0].frame} on: {error}") from error
        return {row.frame: box for row, box in zip(rows, boxes, strict=True)}
