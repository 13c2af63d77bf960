"""The coarsest generator of a frame."""

from torch import Tensor

from vid2vid_core.config import GeneratorConfig
from vid2vid_core.models.composite import FLOW_SCALE, ScaleGenerator, ScaleOutput, Shape


class CompositeGenerator(ScaleGenerator):
    """Scale 0: all down-samplings and residual blocks; half the blocks before image and flow part, half behind.

    Args:
        config: sizes and switches.
        control_channels: control channels of one frame.

    Source: Wang et al., Video-to-Video Synthesis, 2018, section 3 and appendix A.
    """

    def __init__(self, config: GeneratorConfig, control_channels: int) -> None:
        shape = Shape(
            width=config.ngf,
            foreground_width=foreground_width(config.ngf, config),
            num_down=config.n_downsample_G,
            encoder_blocks=config.n_blocks - config.n_blocks // 2,
            decoder_blocks=config.n_blocks // 2,
            foreground_blocks=config.n_blocks,
            flow_scale=FLOW_SCALE,
        )
        super().__init__(config, control_channels, shape)

    def forward(
        self, controls: Tensor, previous: Tensor, mask: Tensor | None = None, *, raw_only: bool = False
    ) -> ScaleOutput:
        """One frame at the coarsest size.

        Args:
            controls: (B, tG*C, H, W), oldest frame first.
            previous: (B, 3*(tG-1), H, W), [-1, 1], oldest picture first.
            mask: (B, 1, H, W), 1 = foreground; needed with a foreground branch.
            raw_only: do not blend with the warped past.
        """
        return self.generate(controls, previous, mask, None, raw_only)


def foreground_width(width: int, config: GeneratorConfig) -> int:
    """Width of the foreground branch beside a branch of `width`, the same rule at every scale."""
    return width // 2 if config.n_downsample_G > 2 else width
