"""Parts of FlowNet2's five networks: convolutions, the trunk from 1/8 to 1/64, the decoder, the channel norm."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d, conv_transpose2d, leaky_relu

SLOPE = 0.1
"""Of the leaky ReLU, the only non-linearity in FlowNet2."""


def activate(x: Tensor) -> Tensor:
    """The leaky ReLU, in place."""
    return leaky_relu(x, SLOPE, inplace=True)


def channel_norm(x: Tensor) -> Tensor:
    """Euclidean norm over channels, (B, C, H, W) -> (B, 1, H, W), in float32 at least; its gradient at 0 is 0."""
    return torch.linalg.vector_norm(x.to(torch.promote_types(x.dtype, torch.float32)), dim=1, keepdim=True)


class Conv(nn.Conv2d):
    """A convolution that keeps the size (or divides it by `stride`, rounding up), then the leaky ReLU."""

    def __init__(self, in_channels: int, out_channels: int, kernel_size: int = 3, stride: int = 1) -> None:
        super().__init__(in_channels, out_channels, kernel_size, stride, padding=kernel_size // 2)

    def forward(self, x: Tensor) -> Tensor:
        """(B, in, H, W) -> (B, out, ceil(H / stride), ceil(W / stride))."""
        return activate(super().forward(x))


class Up(nn.ConvTranspose2d):
    """A transposed convolution that doubles the size, then the leaky ReLU."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__(in_channels, out_channels, 4, stride=2, padding=1)

    def forward(self, x: Tensor, output_size: list[int] | None = None) -> Tensor:
        """(B, in, H, W) -> (B, out, 2H, 2W)."""
        return activate(super().forward(x, output_size))


class FlowHead(nn.Conv2d):
    """Reads a flow off features, always in float32 at least: in 16 bit a flow of 100 pixels has steps of 1/16 pixel."""

    def __init__(self, in_channels: int) -> None:
        super().__init__(in_channels, 2, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """(B, in, H, W) -> (B, 2, H, W)."""
        dtype = torch.promote_types(x.dtype, torch.float32)
        bias = None if self.bias is None else self.bias.to(dtype)
        with torch.autocast(x.device.type, enabled=False):
            return conv2d(x.to(dtype), self.weight.to(dtype), bias, padding=1)


class FlowUp(nn.ConvTranspose2d):
    """Doubles the size of a flow, by learned weights, in the flow's own precision."""

    def __init__(self, bias: bool) -> None:
        super().__init__(2, 2, 4, stride=2, padding=1, bias=bias)

    def forward(self, x: Tensor, output_size: list[int] | None = None) -> Tensor:
        """(B, 2, H, W) -> (B, 2, 2H, 2W)."""
        bias = None if self.bias is None else self.bias.to(x.dtype)
        with torch.autocast(x.device.type, enabled=False):
            return conv_transpose2d(x, self.weight.to(x.dtype), bias, stride=2, padding=1)


class Trunk(nn.Module):
    """From 1/8 to 1/64 of the image size; the same in FlowNetC, FlowNetS and FlowNetSD."""

    def __init__(self, in_channels: int) -> None:
        super().__init__()
        self.eighth = Conv(in_channels, 256)
        self.sixteenth = nn.Sequential(Conv(256, 512, stride=2), Conv(512, 512))
        self.thirtysecond = nn.Sequential(Conv(512, 512, stride=2), Conv(512, 512))
        self.sixtyfourth = nn.Sequential(Conv(512, 1024, stride=2), Conv(1024, 1024))

    def forward(self, x: Tensor) -> list[Tensor]:
        """(B, in, h, w) -> (B, 256, h, w), (B, 512, h/2, w/2), (B, 512, h/4, w/4), (B, 1024, h/8, w/8)."""
        maps = [self.eighth(x)]
        for stage in (self.sixteenth, self.thirtysecond, self.sixtyfourth):
            maps.append(stage(maps[-1]))
        return maps


class DecoderLevel(nn.Module):
    """Doubles features and flow, joins them with the encoder's map of that size and reads a finer flow off.

    Args:
        in_channels: of the features of the level below.
        skip_channels: of the encoder's map.
        width: of the doubled features.
        flow_bias: whether the doubling of the flow has a bias.
        smooth: whether a convolution (to `width` channels, without activation) stands before the flow head.
    """

    def __init__(self, in_channels: int, skip_channels: int, width: int, flow_bias: bool, smooth: bool) -> None:
        super().__init__()
        self.out_channels = skip_channels + width + 2
        self.features_up = Up(in_channels, width)
        self.flow_up = FlowUp(flow_bias)
        self.smooth = nn.Conv2d(self.out_channels, width, 3, padding=1) if smooth else nn.Identity()
        self.flow_head = FlowHead(width if smooth else self.out_channels)

    def forward(self, features: Tensor, flow: Tensor, skip: Tensor) -> tuple[Tensor, Tensor]:
        """Features (B, in, h, w), flow (B, 2, h, w), skip (B, skip, 2h, 2w) -> features and flow at 2h x 2w."""
        finer = self.flow_up(flow).to(skip.dtype)
        features = torch.cat((skip, self.features_up(features), finer), dim=1)
        return features, self.flow_head(self.smooth(features))


class Decoder(nn.Module):
    """From the deepest features to a flow, doubling the size once for each map of the encoder.

    Args:
        in_channels: of the deepest features.
        skips: channels of the encoder's maps, deepest first.
        widths: of the doubled features, deepest first.
        flow_bias, smooth: see `DecoderLevel`.

    Source: Dosovitskiy et al., FlowNet, 2015 (refinement); Ilg et al., FlowNet 2.0, 2017 (smoothing convolutions).
    """

    def __init__(
        self, in_channels: int, skips: Sequence[int], widths: Sequence[int], *, flow_bias: bool, smooth: bool
    ) -> None:
        super().__init__()
        self.flow_head = FlowHead(in_channels)
        self.levels = nn.ModuleList()
        for skip, width in zip(skips, widths, strict=True):
            level = DecoderLevel(in_channels, skip, width, flow_bias, smooth)
            self.levels.append(level)
            in_channels = level.out_channels

    def forward(self, maps: list[Tensor]) -> Tensor:
        """Maps of the encoder, fine to coarse (the list is emptied, so that memory is free early) -> flow (B, 2, H, W).

        The flow has the size of the finest map.
        """
        features = maps.pop()
        flow = self.flow_head(features)
        for level in self.levels:
            features, flow = level(features, flow, maps.pop())
        return flow


def flow_decoder(quarter_channels: int, *, flow_bias: bool, smooth: bool) -> Decoder:
    """The decoder from a trunk's maps to a flow at 1/4 of the image size, with an encoder map of that size."""
    return Decoder(1024, (512, 512, 256, quarter_channels), (512, 256, 128, 64), flow_bias=flow_bias, smooth=smooth)
