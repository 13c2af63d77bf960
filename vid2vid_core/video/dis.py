"""Weight-free optical flow: OpenCV's dense inverse search."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import cv2
import numpy as np

from vid2vid_core.video.reference_flow import Flow, Picture

_PRESETS = {
    "ultrafast": cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST,
    "fast": cv2.DISOPTICAL_FLOW_PRESET_FAST,
    "medium": cv2.DISOPTICAL_FLOW_PRESET_MEDIUM,
    "fine": cv2.DISOPTICAL_FLOW_PRESET_MEDIUM,
}
SMALLEST_SIDE = 16
"""Pictures with a shorter side are enlarged first; OpenCV needs a few whole patches on its coarsest level."""


class DisFlow:
    """Flow by dense inverse search on luminance; may be called from several threads.

    Source: Kroeger et al., Fast Optical Flow using Dense Inverse Search, ECCV 2016.
    """

    def __init__(self, preset: Literal["ultrafast", "fast", "medium", "fine"]) -> None:
        self._preset = preset
        # OpenCV's object holds work space, so every thread needs its own.
        self._own = threading.local()

    def estimate(self, first: Picture, second: Picture) -> Flow:
        """Flow from `first` to `second`: second at x + flow(x) shows what first shows at x."""
        if not hasattr(self._own, "dis"):
            self._own.dis = cv2.DISOpticalFlow.create(_PRESETS[self._preset])
            if self._preset == "fine":
                self._own.dis.setFinestScale(0)  # OpenCV's presets stop at half resolution or earlier
        height, width = first.shape[:2]
        grown = (max(width, SMALLEST_SIDE), max(height, SMALLEST_SIDE))
        grey = [cv2.resize(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), grown) for image in (first, second)]
        flow = self._own.dis.calc(grey[0], grey[1], None)
        if grown != (width, height):
            flow = cv2.resize(flow, (width, height)) * np.array([width / grown[0], height / grown[1]], np.float32)
        return flow


@contextmanager
def opencv_on_one_thread() -> Iterator[None]:
    """DIS gives slightly different flow for each number of threads that OpenCV uses; with one it is reproducible."""
    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(before)
