"""Sizes, crop and flip of a sample, and what they do to pictures, id maps and flow.

Resampling is Pillow's: bicubic and bilinear widen their kernel when shrinking, nearest picks by pixel centres.
Source: Wang et al., Video-to-Video Synthesis (2018), its `resize_or_crop` modes.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor
from torch.nn import functional

from vid2vid_core.config import DataConfig

Size = tuple[int, int]
"""Width and height, pixels."""

Level = TypeVar("Level", bound=np.generic)

SIDE = 32
"""Sides of samples are multiples of this."""


@dataclass(frozen=True)
class Geometry:
    """One draw, which serves all frames and channels of a sample."""

    scaled: Size
    """Size every picture is resized to."""
    crop: tuple[int, int, int, int]
    """Left, top, width and height of what is kept of the resized picture."""
    flip: bool
    """Mirrored left to right after cropping."""

    @property
    def size(self) -> Size:
        """Width and height of the result."""
        return self.crop[2], self.crop[3]

    def picture(self, image: Image.Image) -> NDArray[np.uint8]:
        """Resize (bicubic), crop and flip an RGB picture; returns (h, w, 3)."""
        left, top, width, height = self.crop
        scaled = image.resize(self.scaled, Image.Resampling.BICUBIC)
        cut = np.asarray(scaled.crop((left, top, left + width, top + height)))
        return np.array(cut[:, ::-1] if self.flip else cut, order="C")

    def ids(self, ids: NDArray[Level]) -> NDArray[Level]:
        """Resize (nearest), crop and flip an id map (H, W), or a picture (H, W, C) to be treated so."""
        left, top, width, height = self.crop
        columns = _nearest(ids.shape[1], self.scaled[0])[left : left + width]
        rows = _nearest(ids.shape[0], self.scaled[1])[top : top + height]
        return ids.take(rows, axis=0).take(columns[::-1] if self.flip else columns, axis=1)

    def scale_flow(self, flow: Tensor) -> Tensor:
        """Resize (bilinear) a flow (B, 2, H, W) and scale its pixels per axis; not yet cropped or flipped."""
        ratio = flow.new_tensor([self.scaled[0] / flow.shape[-1], self.scaled[1] / flow.shape[-2]])
        return self.scale(flow) * ratio.view(1, 2, 1, 1)

    def scale(self, maps: Tensor) -> Tensor:
        """Resize (bilinear) float maps (B, C, H, W)."""
        if (maps.shape[-1], maps.shape[-2]) == self.scaled:
            return maps
        size = (self.scaled[1], self.scaled[0])
        return functional.interpolate(maps, size=size, mode="bilinear", align_corners=False, antialias=True)

    def cut(self, maps: Tensor) -> Tensor:
        """Crop and flip already resized maps (..., H, W)."""
        left, top, width, height = self.crop
        part = maps[..., top : top + height, left : left + width]
        return part.flip(-1) if self.flip else part

    def cut_flow(self, flow: Tensor) -> Tensor:
        """Crop and flip an already resized flow (B, 2, H, W): mirrored, its horizontal part changes sign."""
        part = self.cut(flow)
        return part * part.new_tensor([-1.0, 1.0]).view(1, 2, 1, 1) if self.flip else part


def draw_geometry(data: DataConfig, size: Size, rng: np.random.Generator) -> Geometry:
    """Geometry of a training sample from frames of `size`.

    A crop larger than the picture becomes the largest multiple of 32 that fits, so that sides stay multiples of 32.

    Raises:
        ValueError: if nothing would be left, or fineSize exceeds loadSize in a random-scale mode.
    """
    mode = data.resize_or_crop
    scale = None
    if mode.startswith("randomScale"):
        if data.fineSize > data.loadSize:
            raise ValueError(
                f"data.fineSize ({data.fineSize}) must be <= data.loadSize ({data.loadSize}) with '{mode}': "
                f"the random scale lies between them"
            )
        scale = int(rng.integers(data.fineSize, data.loadSize, endpoint=True))
    new = scaled_size(data, size, scale)
    left, top, kept = 0, 0, new
    if crops(mode):
        wanted = crop_size(data, size)
        kept = (min(wanted[0], new[0] // SIDE * SIDE), min(wanted[1], new[1] // SIDE * SIDE))
        left = crop_left(new[0], kept[0], rng.standard_normal())
        top = int(rng.integers(0, largest_top(new[1], kept[1]), endpoint=True))
    _require_pixels(kept, size, data)
    return Geometry(new, (left, top, *kept), bool(rng.random() > 0.5) and not data.no_flip)


def whole_frame(data: DataConfig, size: Size) -> Geometry:
    """Geometry for testing: the whole frame at the largest size of training, neither cropped nor flipped.

    A mode that does not scale leaves the frame its own size, whatever that is, and scaling never rounds a side away:
    generators are shown frames padded to what they need, and what they make is cropped (`render.padding`).

    Raises:
        ValueError: if the frame is so small that nothing is left.
    """
    mode = data.resize_or_crop
    new = _base_size(mode, size, data.loadSize)
    if "Width" in mode or "Height" in mode:
        width, height = _rounded(_rounded(new, 4), SIDE)
        new = (width or new[0], height or new[1])
    _require_pixels(new, size, data)
    return Geometry(new, (0, 0, *new), False)


def scaled_size(data: DataConfig, size: Size, scale: int | None = None) -> Size:
    """Size frames are resized to in training; `scale` is the side drawn in random-scale modes."""
    mode = data.resize_or_crop
    new = _base_size(mode, size, data.loadSize if scale is None else scale)
    if mode.startswith("resize"):
        return new
    new = _rounded(new, 4)
    return new if crops(mode) else _rounded(new, SIDE)


def crops(mode: str) -> bool:
    """Whether a mode cuts a part out of the picture."""
    return "crop" in mode.lower()


def crop_size(data: DataConfig, size: Size) -> Size:
    """Size of the crop before it meets the picture's borders; `size` is that of the source frame."""
    width, height = size
    mode, fine = data.resize_or_crop, data.fineSize
    if "scaledCrop" not in mode:
        return _rounded((fine, fine), SIDE)
    if "Width" in mode:
        return _rounded((fine, fine * height // width), SIDE)
    return _rounded((fine * width // height, fine), SIDE)


def crop_left(width: int, crop_width: int, normal: float) -> int:
    """Left edge of the crop from a standard normal draw: around the middle."""
    span = (width - crop_width) // 2
    return max(0, min(2 * span, int(normal * span / 3 + span)))


def largest_top(height: int, crop_height: int) -> int:
    """Largest top edge of the crop: near the top of the picture."""
    return min(max(0, height - crop_height), height // 8)


def _base_size(mode: str, size: Size, side: int) -> Size:
    width, height = size
    if mode.startswith("resize"):
        return side, side
    if mode.startswith(("scaleWidth", "randomScaleWidth")):
        return side, side * height // width
    if mode.startswith(("scaleHeight", "randomScaleHeight")):
        return side * width // height, side
    return size


def _rounded(size: Size, multiple: int) -> Size:
    """Both sides to multiples, halves to even ones."""
    return multiple * round(size[0] / multiple), multiple * round(size[1] / multiple)


def _require_pixels(result: Size, size: Size, data: DataConfig) -> None:
    if min(result) < 1:
        raise ValueError(
            f"frames of {size[0]}x{size[1]} become {result[0]}x{result[1]} with resize_or_crop "
            f"'{data.resize_or_crop}', loadSize {data.loadSize}, fineSize {data.fineSize}: sides are rounded "
            f"to multiples of {SIDE}; use larger frames or sizes"
        )


@lru_cache(maxsize=256)
def _nearest(length: int, new_length: int) -> NDArray[np.intp]:
    """Index of the source pixel of every new pixel; asked of Pillow itself, so that ties fall as they do there."""
    ruler = Image.fromarray(np.arange(length, dtype=np.int32)[None])
    return np.asarray(ruler.resize((new_length, 1), Image.Resampling.NEAREST))[0].astype(np.intp)


def to_tensor(picture: NDArray[np.uint8]) -> Tensor:
    """An RGB picture (h, w, 3) as a tensor (3, h, w) in [-1, 1]."""
    return torch.from_numpy(picture).permute(2, 0, 1).float().div_(127.5).sub_(1)
