"""FlowNetS: plain convolutions over stacked inputs; in FlowNet2 it refines the flow of the network before it."""

from torch import Tensor, nn

from vid2vid_core.models.flownet2.layers import Conv, Trunk, flow_decoder


class FlowNetS(nn.Module):
    """Flow from a stack of both images, the warped second image, a first flow and its error.

    Args:
        in_channels: 12 inside FlowNet2: first, second, warped second image, flow / 20, norm of the error.

    Source: Dosovitskiy et al., FlowNet, 2015; Ilg et al., FlowNet 2.0, 2017, section 4.
    """

    def __init__(self, in_channels: int = 12) -> None:
        super().__init__()
        self.to_half = Conv(in_channels, 64, 7, stride=2)
        self.to_quarter = Conv(64, 128, 5, stride=2)
        self.to_eighth = Conv(128, 256, 5, stride=2)
        self.trunk = Trunk(256)
        self.decoder = flow_decoder(128, flow_bias=False, smooth=False)

    def forward(self, x: Tensor) -> Tensor:
        """(B, in, H, W), sides multiples of 64 -> flow (B, 2, H/4, W/4), in units of 20 pixels."""
        quarter = self.to_quarter(self.to_half(x))
        return self.decoder([quarter, *self.trunk(self.to_eighth(quarter))])
