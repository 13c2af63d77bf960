"""FlowNetSD: for small displacements."""

from torch import Tensor, nn

from vid2vid_core.models.flownet2.layers import Conv, Trunk, flow_decoder


class FlowNetSD(nn.Module):
    """FlowNetS with smaller kernels at the start, and a smoothing convolution before every finer flow.

    Source: Ilg et al., FlowNet 2.0, 2017, section 5.
    """

    def __init__(self) -> None:
        super().__init__()
        self.to_full = Conv(6, 64)
        self.to_half = nn.Sequential(Conv(64, 64, stride=2), Conv(64, 128))
        self.to_quarter = nn.Sequential(Conv(128, 128, stride=2), Conv(128, 128))
        self.to_eighth = Conv(128, 256, stride=2)
        self.trunk = Trunk(256)
        self.decoder = flow_decoder(128, flow_bias=True, smooth=True)

    def forward(self, x: Tensor) -> Tensor:
        """(B, 6, H, W), first and second image, sides multiples of 64 -> flow (B, 2, H/4, W/4), units of 1/20 pixel."""
        quarter = self.to_quarter(self.to_half(self.to_full(x)))
        return self.decoder([quarter, *self.trunk(self.to_eighth(quarter))])
