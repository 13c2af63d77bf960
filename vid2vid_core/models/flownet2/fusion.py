"""The network that merges the flows of large and of small displacements at full resolution."""

from torch import Tensor, nn

from vid2vid_core.models.flownet2.layers import Conv, Decoder


class FlowNetFusion(nn.Module):
    """One flow out of two.

    Source: Ilg et al., FlowNet 2.0, 2017, section 5.
    """

    def __init__(self) -> None:
        super().__init__()
        self.to_full = Conv(11, 64)
        self.to_half = nn.Sequential(Conv(64, 64, stride=2), Conv(64, 128))
        self.to_quarter = nn.Sequential(Conv(128, 128, stride=2), Conv(128, 128))
        self.decoder = Decoder(128, (128, 64), (32, 16), flow_bias=True, smooth=True)

    def forward(self, x: Tensor) -> Tensor:
        """Flow in pixels.

        Args:
            x: (B, 11, H, W), sides multiples of 4: first image, the flows of small and of large displacements in
                pixels, their norms, the norms of their errors (small before large each time).

        Returns:
            (B, 2, H, W), pixels.
        """
        maps = [self.to_full(x)]
        maps.append(self.to_half(maps[-1]))
        maps.append(self.to_quarter(maps[-1]))
        return self.decoder(maps)
