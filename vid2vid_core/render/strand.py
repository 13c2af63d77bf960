"""One way in which a sequence can go on: from its own first pictures, through the same controls as others."""

from collections import deque

import torch
from torch import Tensor

from vid2vid_core.dataset.frames import FrameSample
from vid2vid_core.dataset.manifest import FrameRow
from vid2vid_core.models import VideoGenerator
from vid2vid_core.render.first_frame import FirstPicture
from vid2vid_core.render.label_edit import LabelEdit
from vid2vid_core.render.padding import Padding
from vid2vid_core.render.rollout import Rollout


class Strand:
    """First pictures, then what the generator makes of them, frame by frame; at the padded size throughout."""

    def __init__(self, generator: VideoGenerator, maker: FirstPicture | None, edit: LabelEdit | None = None) -> None:
        """Nothing is made yet; `maker` makes the first pictures, None begins without. `edit` changes the controls."""
        self._rollout, self._maker, self.edit = Rollout(generator), maker, edit
        self._window: deque[Tensor] = deque(maxlen=generator.config.n_frames_G)
        self._device = next(generator.parameters()).device
        self._first: list[Tensor] = []
        self._begun = False

    def begin(self, row: FrameRow, sample: FrameSample, padding: Padding) -> None:
        """Make the picture of one of the first tG-1 frames."""
        if self._maker is not None:
            self._first.append(padding.pad(self._maker(row, sample).to(self._device)))

    def see(self, controls: Tensor) -> None:
        """Take the control channels (1, C, H, W) of the next frame."""
        self._window.append(controls)

    @torch.inference_mode()
    def step(self) -> Tensor:
        """The picture (3, H, W) of the last frame seen; at least tG frames must have been."""
        window = torch.stack(tuple(self._window), dim=1)
        if not self._begun:
            self._rollout.reset(torch.stack(self._first)[None] if self._first else None)
            self._first.clear()
            self._begun = True
        return self._rollout.step(window).image[0]
