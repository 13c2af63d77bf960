"""Where one shot ends and the next begins, by PySceneDetect's content detector."""

from collections.abc import Iterable
from typing import Any

import numpy.typing as npt

_WIDTH = 256
"""Width in pixels that frames are scaled down to, as PySceneDetect does itself: noise averages out, and it is quick."""


def detection_size(width: int, height: int) -> tuple[int, int]:
    """Width and height of the copy in which cuts are looked for."""
    return (width, height) if width <= _WIDTH else (_WIDTH, max(1, round(height * _WIDTH / width)))


def find_cuts(frames: Iterable[npt.NDArray[Any]], threshold: float) -> list[int]:
    """Positions of the frames that begin a new shot; the first frame is not among them.

    Every change above the threshold is a cut, however short the shot before it: a sequence must never hold one.

    Args:
        frames: (H, W, 3) uint8, BGR, in time order, of `detection_size`.
        threshold: Mean change of hue, saturation and value between neighbouring frames, 0..255.

    Source: ContentDetector of PySceneDetect, with its filter for short scenes switched off.
    """
    from scenedetect import FrameTimecode
    from scenedetect.detectors import ContentDetector

    detector = ContentDetector(threshold=threshold, min_scene_len=0)
    # the rate only serves that filter, so any will do
    return [index for index, frame in enumerate(frames) if detector.process_frame(FrameTimecode(index, 25.0), frame)]


def split_shots(num_frames: int, cuts: list[int]) -> list[range]:
    """Positions of the frames of every shot."""
    bounds = [0, *cuts, num_frames]
    return [range(first, end) for first, end in zip(bounds, bounds[1:], strict=False)]
