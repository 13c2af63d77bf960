"""Frames of any size through networks that halve them several times: padded inside, cropped outside."""

from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor


@dataclass(frozen=True)
class Padding:
    """What is added around a frame of one size; the border pixels are repeated outwards.

    Ids are padded before they are encoded, so that no instance edge appears at the seam: inside the frame the encoding
    is that of the frame alone.
    """

    height: int
    width: int
    top: int
    bottom: int
    left: int
    right: int

    @classmethod
    def around(cls, height: int, width: int, multiple: int) -> Self:
        """The least that makes both sides multiples of `multiple` and at least twice that, spread over both borders.

        Two pixels are the least that reflection and statistics can work with where a network is narrowest.

        Args:
            height: Of the frame, pixels, at least 1.
            width: Likewise.
            multiple: The network's `size_multiple`.
        """
        rows, columns = (max(2 * multiple, -(-side // multiple) * multiple) - side for side in (height, width))
        return cls(height, width, rows // 2, rows - rows // 2, columns // 2, columns - columns // 2)

    def pad(self, maps: Tensor) -> Tensor:
        """(..., height, width) of any type to (..., padded height, padded width); `maps` itself if nothing is added."""
        if self.top + self.bottom + self.left + self.right == 0:
            return maps
        rows = torch.arange(-self.top, self.height + self.bottom, device=maps.device).clamp(0, self.height - 1)
        columns = torch.arange(-self.left, self.width + self.right, device=maps.device).clamp(0, self.width - 1)
        return maps.index_select(-2, rows).index_select(-1, columns)

    def crop(self, maps: Tensor) -> Tensor:
        """Undo `pad`: the frame without what was added around it."""
        return maps[..., self.top : self.top + self.height, self.left : self.left + self.width]
