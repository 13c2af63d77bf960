"""Objects in a label map, and their numbers in an instance image."""

from collections.abc import Collection

import cv2
import numpy as np
from numpy.typing import NDArray

from vid2vid_core.annotate.segmenter import LabelMap, SegmentMap

InstanceMap = NDArray[np.uint16]
"""(H, W): pixel = label id, or number of its object from `maps.instance_ids.FIRST_OBJECT` on."""


def find_components(labels: LabelMap, instance_labels: Collection[int], min_pixels: int) -> SegmentMap:
    """Connected components (8 neighbours) of each of `instance_labels` with at least `min_pixels` pixels.

    Args:
        labels: (H, W) label ids.
        instance_labels: Labels that consist of objects.
        min_pixels: Smaller components stay 0.

    Returns:
        (H, W): 0, or the component's number 1, 2, ... in the order of `instance_labels`, then top to bottom.
    """
    segments = np.zeros(labels.shape, np.int32)
    present = np.flatnonzero(np.bincount(labels.ravel(), minlength=256))
    for label in sorted(set(instance_labels) & set(present.tolist())):
        _, components = cv2.connectedComponents((labels == label).astype(np.uint8), connectivity=8, ltype=cv2.CV_32S)
        segments = np.where(components > 0, components + segments.max(), segments)
    return drop_small(segments, min_pixels)


def drop_small(segments: SegmentMap, min_pixels: int) -> SegmentMap:
    """Set segments of fewer than `min_pixels` pixels to 0 and number the others 1, 2, ... in the old order."""
    sizes = np.bincount(segments.ravel())
    kept = sizes >= min_pixels
    kept[0] = False
    return np.where(kept, np.cumsum(kept), 0).astype(np.int32)[segments]


def draw_instances(labels: LabelMap, segments: SegmentMap, numbers: NDArray[np.integer]) -> InstanceMap:
    """The instance image: object k of `segments` gets `numbers[k - 1]`, all other pixels their label id."""
    lookup = np.concatenate([[0], numbers]).astype(np.uint16)
    return np.where(segments > 0, lookup[segments], labels.astype(np.uint16))
