"""The sequential generator: all spatial scales of one frame, coarse to fine."""

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor, nn

from vid2vid_core.config import GeneratorConfig
from vid2vid_core.models.composite import ScaleOutput
from vid2vid_core.models.generator import CompositeGenerator
from vid2vid_core.models.initialisation import initialise
from vid2vid_core.models.layout import lay_out, like_weights
from vid2vid_core.models.recompute import recomputed
from vid2vid_core.models.refiner import RefinementGenerator
from vid2vid_core.models.sizes import require_size
from vid2vid_core.types import FrameOutput


class VideoGenerator(nn.Module):
    """Makes the current frame from the controls of the last tG frames and the last tG-1 pictures.

    With `norm_mode` train all normalisation is by the statistics of the frame at hand, whether in `.train()` or
    `.eval()`; with `norm_mode` eval it is so only in `.train()`, and by averages of what training saw in `.eval()`.

    Args:
        config: sizes and switches.
        control_channels: control channels of one frame (labels, plus 1 with instance edges).

    Source: Wang et al., Video-to-Video Synthesis, 2018.
    """

    def __init__(self, config: GeneratorConfig, control_channels: int) -> None:
        super().__init__()
        self.config = config
        self.control_channels = control_channels
        self.recompute: Literal["none", "scale", "frame"] = "none"
        """What the backward pass computes again in place of having kept it: single scales, or whole frames."""
        self.scales = nn.ModuleList([CompositeGenerator(config, control_channels)])
        for scale in range(1, config.n_scales_spatial):
            self.scales.append(RefinementGenerator(config, control_channels, scale))
        initialise(self)
        lay_out(self, channels_last=True)

    @property
    def size_multiple(self) -> int:
        """Height and width of a frame must be multiples of this."""
        return int(2 ** (self.config.n_scales_spatial - 1 + self.config.n_downsample_G))

    def forward(
        self,
        controls: Sequence[Tensor],
        previous: Sequence[Tensor],
        foreground: Sequence[Tensor] | None = None,
        *,
        raw_only: bool = False,
        detach_coarse: bool = False,
    ) -> FrameOutput:
        """One frame. All lists go from coarse to fine, one entry per scale, the last at full size.

        Args:
            controls: (B, tG*C, h, w) each, oldest frame first.
            previous: (B, 3*(tG-1), h, w) each, [-1, 1], oldest picture first.
            foreground: (B, 1, h, w) each, 1 = foreground; needed with `fg`.
            raw_only: do not blend with the warped past (the first frame made from nothing).
            detach_coarse: the coarser scales are frozen: run them without building a graph.

        Raises:
            ValueError: number of entries, channels or sizes do not fit this generator.
        """
        self._check(controls, previous, foreground)
        settings = {"raw_only": raw_only, "detach_coarse": detach_coarse}
        if self.recompute == "frame":
            return recomputed(self, self._frame, controls, previous, foreground, **settings)
        return self._frame(controls, previous, foreground, **settings)

    def _frame(
        self,
        controls: Sequence[Tensor],
        previous: Sequence[Tensor],
        foreground: Sequence[Tensor] | None,
        *,
        raw_only: bool,
        detach_coarse: bool,
    ) -> FrameOutput:
        last = len(self.scales) - 1
        images: list[Tensor] = []
        output: ScaleOutput | None = None
        for s, network in enumerate(self.scales):
            mask = None if foreground is None else foreground[s]
            with torch.set_grad_enabled(torch.is_grad_enabled() and not (detach_coarse and s < last)):
                coarse = () if output is None else (output.features,)
                seen, past = like_weights(controls[s], network), like_weights(previous[s], network)
                if self.recompute == "scale":
                    output = recomputed(network, network, seen, past, *coarse, mask, raw_only=raw_only)
                else:
                    output = network(seen, past, *coarse, mask, raw_only=raw_only)
            images.append(output.image)
        assert output is not None  # there is at least one scale
        return FrameOutput(output.image, output.raw, output.flow, output.weight, images)

    def _check(
        self, controls: Sequence[Tensor], previous: Sequence[Tensor], foreground: Sequence[Tensor] | None
    ) -> None:
        """Raise ValueError, in terms of config keys, for inputs that do not fit."""
        config, count = self.config, len(self.scales)
        channels = {
            "controls": (controls, self.control_channels * config.n_frames_G),
            "previous": (previous, 3 * (config.n_frames_G - 1)),
        }
        if config.fg:
            channels["foreground"] = (foreground or (), 1)
        for name, (levels, expected) in channels.items():
            if len(levels) != count:
                raise ValueError(
                    f"{name} must have {count} entries, one per scale (n_scales_spatial), got {len(levels)}"
                )
            if levels[-1].shape[1] != expected:
                raise ValueError(
                    f"{name} must have {expected} channels (n_frames_G {config.n_frames_G}, {self.control_channels} "
                    f"control channels a frame), got {levels[-1].shape[1]}"
                )
        require_size(
            controls[-1],
            self.size_multiple,
            f"2^(n_scales_spatial-1) * 2^n_downsample_G with {config.n_scales_spatial} scales and n_downsample_G "
            f"{config.n_downsample_G}",
        )
