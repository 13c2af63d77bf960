"""The generators that refine a coarser frame."""

from torch import Tensor

from vid2vid_core.config import GeneratorConfig
from vid2vid_core.models.composite import FLOW_SCALE, Features, ScaleGenerator, ScaleOutput, Shape
from vid2vid_core.models.generator import foreground_width


class RefinementGenerator(ScaleGenerator):
    """Scale s >= 1: one down-sampling, to where the feature maps of scale s-1 are added; works at twice its size.

    Args:
        config: sizes and switches.
        control_channels: control channels of one frame.
        scale: s; the width is ngf / 2^s.

    Source: Wang et al., Video-to-Video Synthesis, 2018, section 3 (spatially progressive training).
    """

    def __init__(self, config: GeneratorConfig, control_channels: int, scale: int) -> None:
        width = config.ngf // 2**scale
        shape = Shape(
            width=width,
            foreground_width=foreground_width(width, config),
            num_down=1,
            encoder_blocks=0,
            decoder_blocks=config.n_blocks_local,
            foreground_blocks=config.n_blocks_local,
            flow_scale=FLOW_SCALE * 2**scale,
        )
        super().__init__(config, control_channels, shape)

    def forward(
        self,
        controls: Tensor,
        previous: Tensor,
        coarse: Features,
        mask: Tensor | None = None,
        *,
        raw_only: bool = False,
    ) -> ScaleOutput:
        """One frame at this scale's size.

        Args:
            controls: (B, tG*C, H, W), oldest frame first.
            previous: (B, 3*(tG-1), H, W), [-1, 1], oldest picture first, of this size.
            coarse: feature maps of scale s-1, (B, 2*width, H/2, W/2) each.
            mask: (B, 1, H, W), 1 = foreground; needed with a foreground branch.
            raw_only: do not blend with the warped past.
        """
        return self.generate(controls, previous, mask, coarse, raw_only)
