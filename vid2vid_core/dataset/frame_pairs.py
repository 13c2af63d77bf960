"""Single training frames: a torch dataset whose samples depend on nothing but seed, epoch and number."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from vid2vid_core.config import ImageDataConfig
from vid2vid_core.dataset.geometry import Geometry, draw_geometry, whole_frame
from vid2vid_core.dataset.manifest import FrameRow, read_manifest
from vid2vid_core.dataset.pictures import read_labels, read_photograph


class FramePair(NamedTuple):
    """Frames and what the generator is shown of them."""

    images: Tensor
    """(B, 3, H, W), [-1, 1]."""
    labels: Tensor
    """(B, 1, H, W) int64 label ids, -1 where ignored."""

    def to(self, device: torch.device) -> "FramePair":
        """The same on another device."""
        return FramePair(*(tensor.to(device, non_blocking=True) for tensor in self))


class FramePairs(Dataset[FramePair]):
    """The training frames of a dataset one by one, in whatever order a sampler asks for them."""

    def __init__(self, manifest_path: Path, data: ImageDataConfig, seed: int) -> None:
        """Read the manifest; raises ValueError if it has no training frame."""
        self.manifest = read_manifest(manifest_path)
        self.data, self.seed = data.of_frames(), seed
        self.rows = [row for run in self.manifest.runs("train") for row in run.rows]
        if not self.rows:
            raise ValueError(
                f"{manifest_path}: no usable training frame; it needs a photograph and a label map in the train split"
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
        return self._read(row, draw_geometry(self.data, (row.width, row.height), rng))

    def whole(self, index: int, multiple: int = 1) -> FramePair:
        """One frame as a batch of one, not mirrored, and cropped only so far that sides are multiples of `multiple`."""
        row = self.rows[index]
        pair = self._read(row, whole_frame(self.data, (row.width, row.height)))
        height, width = (side // multiple * multiple for side in pair.labels.shape[-2:])
        return FramePair(*(tensor[..., :height, :width] for tensor in pair))

    def _read(self, row: FrameRow, geometry: Geometry) -> FramePair:
        resolve, label_nc, ignore = self.manifest.resolve, self.manifest.label_nc, self.manifest.ignore
        labels = read_labels(resolve(row.label), geometry, label_nc, ignore)
        return FramePair(read_photograph(resolve(row.image), geometry)[None], labels[None])


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
    return FramePair(torch.cat([pair.images for pair in pairs]), torch.cat([pair.labels for pair in pairs]))
