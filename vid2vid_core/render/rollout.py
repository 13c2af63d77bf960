"""Generating a sequence of any length, frame by frame, each from the pictures before it.

Source: Wang et al., Video-to-Video Synthesis, 2018, section 3.
"""

import torch
from torch import Tensor

from vid2vid_core.models import VideoGenerator
from vid2vid_core.ops import foreground_mask, pyramid
from vid2vid_core.types import FrameOutput


class Rollout:
    """One sequence under way. All it remembers are the last tG-1 pictures at every scale, however long the sequence is.

    Every scale is fed its own former pictures: the coarser states are not made from the fine pictures.
    """

    def __init__(self, generator: VideoGenerator) -> None:
        self._generator = generator
        self._pictures: list[list[Tensor]] | None = None
        self._first: Tensor | None = None

    def reset(self, first: Tensor | None) -> None:
        """Begin a new sequence.

        Args:
            first: (B, tG-1, 3, H, W) in [-1, 1], the pictures before the first new one, oldest first. None begins from
                nothing: a past of zeros (mid-grey), and a first picture that is hallucinated throughout.

        Raises:
            ValueError: If the number of pictures is not tG-1.
        """
        past = self._generator.config.n_frames_G - 1
        if first is not None and first.shape[1] != past:
            raise ValueError(f"a sequence begins from {past} pictures (n_frames_G - 1), got {first.shape[1]}")
        self._first, self._pictures = first, None

    def step(self, window: Tensor) -> FrameOutput:
        """The next picture.

        Args:
            window: (B, tG, C, H, W), encoded controls of the last tG frames, the current one last.

        Raises:
            ValueError: If number of frames, channels or sizes do not fit the generator.
        """
        config = self._generator.config
        if window.shape[1] != config.n_frames_G:
            raise ValueError(
                f"a step needs the controls of {config.n_frames_G} frames (n_frames_G), got {window.shape[1]}"
            )
        from_nothing = self._pictures is None and self._first is None
        if self._pictures is None:
            self._pictures = self._start(window)
        levels = pyramid(window, config.n_scales_spatial)
        output = self._generator(
            [level.flatten(1, 2) for level in levels],  # (B, tG*C, h, w)
            [torch.cat(pictures, dim=1) for pictures in self._pictures],  # (B, 3*(tG-1), h, w)
            [foreground_mask(level[:, -1], config.fg_labels) for level in levels] if config.fg else None,
            raw_only=from_nothing,
        )
        self._pictures = [[*pictures[1:], image] for pictures, image in zip(self._pictures, output.images, strict=True)]
        return output

    def _start(self, window: Tensor) -> list[list[Tensor]]:
        """The pictures before the first step, by scale: (B, 3, h, w) each, oldest first."""
        config = self._generator.config
        batch, _, _, height, width = window.shape
        first = self._first
        if first is None:
            first = window.new_zeros(batch, config.n_frames_G - 1, 3, height, width)
        return [list(level.unbind(1)) for level in pyramid(first, config.n_scales_spatial)]
