"""FlowNetC: one encoder for both images, then their correlation."""

import torch
from torch import Tensor, nn

from vid2vid_core.models.flownet2.correlation import correlation
from vid2vid_core.models.flownet2.layers import Conv, Trunk, activate, flow_decoder

COSTS = 21 * 21
REDIRECTED = 32


class FlowNetC(nn.Module):
    """Flow of large displacements, from an explicit comparison of features.

    Source: Dosovitskiy et al., FlowNet, 2015.
    """

    def __init__(self) -> None:
        super().__init__()
        self.to_half = Conv(3, 64, 7, stride=2)
        self.to_quarter = Conv(64, 128, 5, stride=2)
        self.to_eighth = Conv(128, 256, 5, stride=2)
        self.redirect = Conv(256, REDIRECTED, 1)
        self.trunk = Trunk(REDIRECTED + COSTS)
        self.decoder = flow_decoder(128, flow_bias=True, smooth=False)

    def forward(self, first: Tensor, second: Tensor) -> Tensor:
        """Images (B, 3, H, W), mean-free, sides multiples of 64 -> flow (B, 2, H/4, W/4), in units of 20 pixels."""
        return self.decoder(self._encode(first, second))

    def _encode(self, first: Tensor, second: Tensor) -> list[Tensor]:
        # One pass over both images: no layer mixes the entries of a batch.
        both = self.to_quarter(self.to_half(torch.cat((first, second))))
        quarter, _ = both.chunk(2)
        features, others = self.to_eighth(both).chunk(2)
        costs = activate(correlation(features, others))
        return [quarter, *self.trunk(torch.cat((self.redirect(features), costs), dim=1))]
