"""Silhouettes of a whole video in memory: packed to a few kilobytes each."""

import zlib
from dataclasses import dataclass

import numpy as np

from vid2vid_core.annotate.pose.body_parts import Silhouette


@dataclass(frozen=True)
class PackedSilhouette:
    """A silhouette, a bit a pixel, deflated."""

    shape: tuple[int, int]
    """Height and width."""
    data: bytes

    def unpack(self) -> Silhouette:
        """(h, w) again."""
        bits = np.frombuffer(zlib.decompress(self.data), np.uint8)
        return np.unpackbits(bits, count=self.shape[0] * self.shape[1]).reshape(self.shape).astype(np.bool_)


def pack(silhouette: Silhouette) -> PackedSilhouette:
    """Pack (h, w)."""
    height, width = silhouette.shape
    return PackedSilhouette((height, width), zlib.compress(np.packbits(silhouette).tobytes(), 1))
