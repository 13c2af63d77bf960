"""Single training frames: a torch dataset whose samples depend on nothing but seed, epoch and number."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from vid2vid_core.config import ControlConfig, ImageDataConfig
from vid2vid_core.dataset.geometry import Geometry, draw_geometry, whole_frame
from vid2vid_core.dataset.label_view import LabelView
from vid2vid_core.dataset.manifest import FrameRow, read_manifest
from vid2vid_core.dataset.open_view import open_view
from vid2vid_core.dataset.pictures import read_instances
from vid2vid_core.dataset.view import FrameView
from vid2vid_core.ops import object_ids


class FramePair(NamedTuple):
    """Frames and what the generator is shown of them."""

    images: Tensor
    """(B, 3, H, W), [-1, 1]."""
    controls: Tensor
    """(B, C, H, W): label ids or drawn maps, as `types.Clip.controls`."""
    parts: Tensor
    """(B, 1, H, W) int64: what each pixel belongs to, as `FrameView.parts`."""
    objects: Tensor
    """(B, 1, H, W) int64: an id for all pixels that share their looks. A part each, or an object of it each."""

    def pin_memory(self) -> "FramePair":
        """The same in memory from which a GPU copies while others compute."""
        return FramePair(*(tensor.pin_memory() for tensor in self))

    def to(self, device: torch.device) -> "FramePair":
        """The same on another device."""
        return FramePair(*(tensor.to(device, non_blocking=True) for tensor in self))


class FramePairs(Dataset[FramePair]):
    """The training frames of a dataset one by one, in whatever order a sampler asks for them."""

    def __init__(
        self,
        manifest_path: Path,
        data: ImageDataConfig,
        controls: ControlConfig,
        seed: int,
        *,
        by_object: bool = False,
    ) -> None:
        """Read the manifest.

        Args:
            manifest_path: of the dataset.
            data: how frames are scaled.
            controls: what is shown.
            seed: of crops and flips.
            by_object: tell objects of one label apart, by the instance map.

        Raises:
            ValueError: it has no training frame, or frames without an instance map that is asked for.
        """
        self.manifest, self.by_object = read_manifest(manifest_path), by_object
        self.data, self.controls, self.seed = data.of_frames(), controls, seed
        self.rows = [row for run in self.manifest.runs("train") for row in run.rows]
        if not self.rows:
            raise ValueError(
                f"{manifest_path}: no usable training frame; it needs a photograph and controls in the train split"
            )
        lacking = [row for row in self.rows if not row.instance] if by_object else []
        if lacking:
            raise ValueError(
                f"{manifest_path}: {lacking[0].sequence}/{lacking[0].frame} has no instance map, by which looks of "
                f"objects are told apart; choose an annotate.instances that makes them, or set generator.features_of "
                f"of the image stage to labels"
            )

    def __len__(self) -> int:
        """Number of training frames."""
        return len(self.rows)

    def order(self, epoch: int, count: int | None) -> list[tuple[int, int]]:
        """Keys of the samples of an epoch: every frame once, or `count` of them, shuffled."""
        shuffled = np.random.default_rng([self.seed, epoch]).permutation(len(self))[:count]
        return [(epoch, int(index)) for index in shuffled]

    def __getitem__(self, key: tuple[int, int]) -> FramePair:
        """One frame as a batch of one, in the size, crop and direction drawn for it in that epoch."""
        row = self.rows[key[1]]
        rng = np.random.default_rng([self.seed, *key])
        view = open_view(self.manifest, self.controls, [row], rng)
        return self._read(view, row, view.geometry(draw_geometry(self.data, view.size(row), rng)))

    def whole(self, index: int, multiple: int = 1) -> FramePair:
        """One frame as a batch of one, not mirrored, and cropped only so far that sides are multiples of `multiple`."""
        row = self.rows[index]
        view = open_view(self.manifest, self.controls, [row])
        pair = self._read(view, row, view.geometry(whole_frame(self.data, view.size(row))))
        height, width = (side // multiple * multiple for side in pair.images.shape[-2:])
        return FramePair(*(tensor[..., :height, :width] for tensor in pair))

    def _read(self, view: FrameView, row: FrameRow, geometry: Geometry) -> FramePair:
        controls = view.controls(row, geometry)
        parts = controls if isinstance(view, LabelView) else view.parts(row, geometry)
        objects = parts
        if self.by_object:
            objects = object_ids(parts, read_instances(self.manifest.resolve(row.instance), geometry))
        return FramePair(view.photograph(row, geometry)[None], controls[None], parts[None], objects[None])


def collate_pairs(pairs: Sequence[FramePair]) -> FramePair:
    """One batch of several.

    Raises:
        ValueError: if the frames differ in height or width.
    """
    sizes = sorted({(pair.images.shape[-1], pair.images.shape[-2]) for pair in pairs})
    if len(sizes) > 1:
        raise ValueError(
            f"pictures of one batch differ in size ({', '.join(f'{w}x{h}' for w, h in sizes)}); set data.batchSize of "
            f"the image stage to 1 or choose a data.resize_or_crop that gives one size, such as resize or one with crop"
        )
    return FramePair(*(torch.cat(tensors) for tensors in zip(*pairs, strict=True)))
