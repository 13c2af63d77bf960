"""One way in which a sequence can go on: from its own first pictures, through the same controls as others."""

import torch
from torch import Tensor

from vid2vid_core.dataset.frames import FrameSample
from vid2vid_core.dataset.manifest import FrameRow
from vid2vid_core.models import VideoGenerator
from vid2vid_core.render.first_frame import FirstPicture
from vid2vid_core.render.padding import Padding
from vid2vid_core.render.rollout import Rollout


class Strand:
    """First pictures, then what the generator makes of them, frame by frame; at the padded size throughout."""

    def __init__(self, generator: VideoGenerator, maker: FirstPicture | None) -> None:
        """Nothing is made yet; `maker` makes the first pictures, None begins without."""
        self._rollout, self._maker = Rollout(generator), maker
        self._device = next(generator.parameters()).device
        self._first: list[Tensor] = []
        self._begun = False

    def begin(self, row: FrameRow, sample: FrameSample, padding: Padding) -> None:
        """Make the picture of one of the first tG-1 frames."""
        if self._maker is not None:
            self._first.append(padding.pad(self._maker(row, sample).to(self._device)))

    @torch.inference_mode()
    def step(self, window: Tensor) -> Tensor:
        """The next picture (3, H, W) after the controls (1, tG, C, H, W)."""
        if not self._begun:
            self._rollout.reset(torch.stack(self._first)[None] if self._first else None)
            self._first.clear()
            self._begun = True
        return self._rollout.step(window).image[0]
