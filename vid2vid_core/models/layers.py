"""Building parts of the generators: convolution blocks, residual blocks, encoders, decoders."""

from itertools import pairwise
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d, group_norm, pad, relu

Norm = Literal["batch", "instance", "running"]


class InstanceNorm(nn.InstanceNorm2d):
    """Each channel of each picture by its own mean and variance.

    As groups of one channel: PyTorch 2.13's own instance normalisation of a single picture gives wrong gradients on a
    CPU once the next convolution's weights lie channels-last, and says nothing.
    """

    def forward(self, input: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, C, H, W)."""
        return group_norm(input, self.num_features, eps=self.eps)


def norm_layer(norm: Norm, channels: int) -> nn.Module:
    """Normalisation; `batch` and `running` have a scale and a shift per channel, `instance` has none.

    `batch` and `instance` use the statistics of the tensor at hand, in training and in testing alike: at test time too
    each frame is normalised by its own mean and variance, which is what released networks were trained with. `running`
    does so in training only, averages what it sees, and normalises by these averages once in evaluation mode.
    """
    if norm == "instance":
        return InstanceNorm(channels)
    return nn.BatchNorm2d(channels, track_running_stats=norm == "running")


def doublings(width: int, count: int, max_width: int | None = None) -> list[int]:
    """`width`, then twice as much `count` times, none above `max_width`."""
    widths = [width * 2**i for i in range(count + 1)]
    return widths if max_width is None else [min(max_width, value) for value in widths]


class ConvBlock(nn.Module):
    """A convolution, a normalisation, a ReLU."""

    def __init__(self, conv: nn.Conv2d | nn.ConvTranspose2d, norm: Norm) -> None:
        super().__init__()
        self.conv = conv
        self.norm = norm_layer(norm, conv.out_channels)

    def forward(self, x: Tensor) -> Tensor:
        """(B, in, H, W) -> (B, out, H', W')."""
        return relu(self.norm(self.conv(x)), inplace=True)


def conv7(in_channels: int, out_channels: int) -> nn.Conv2d:
    """A 7x7 convolution that keeps the size, with reflection at the border."""
    return nn.Conv2d(in_channels, out_channels, 7, padding=3, padding_mode="reflect")


def side_by_side(x: Tensor, *convs: nn.Conv2d) -> tuple[Tensor, ...]:
    """Results of several `conv7` that read the same, computed as one: half the time where each has few channels."""
    weight = torch.cat([conv.weight for conv in convs])
    bias = torch.cat([conv.bias for conv in convs if conv.bias is not None])
    padded = pad(x, [3] * 4, mode="reflect")
    return conv2d(padded, weight, bias).split([conv.out_channels for conv in convs], dim=1)


def down(in_channels: int, out_channels: int, norm: Norm) -> ConvBlock:
    """Halve height and width (rounding up)."""
    return ConvBlock(nn.Conv2d(in_channels, out_channels, 3, stride=2, padding=1), norm)


def up(in_channels: int, out_channels: int, norm: Norm) -> ConvBlock:
    """Double height and width."""
    return ConvBlock(nn.ConvTranspose2d(in_channels, out_channels, 3, stride=2, padding=1, output_padding=1), norm)


class ResidualBlock(nn.Module):
    """x + f(x), with f two 3x3 convolutions; no activation after the sum.

    Source: He et al., Deep Residual Learning, 2016; Johnson et al., Perceptual Losses, 2016.
    """

    def __init__(self, channels: int, norm: Norm) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, padding_mode="reflect")
        self.norm1 = norm_layer(norm, channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, padding_mode="reflect")
        self.norm2 = norm_layer(norm, channels)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, C, H, W)."""
        hidden = relu(self.norm1(self.conv1(x)), inplace=True)
        return x + self.norm2(self.conv2(hidden))


class Encoder(nn.Module):
    """A 7x7 stem, `num_down` halvings with doubling width up to `max_width`, `num_blocks` residual blocks."""

    def __init__(
        self, in_channels: int, width: int, num_down: int, num_blocks: int, norm: Norm, max_width: int | None = None
    ) -> None:
        super().__init__()
        widths = doublings(width, num_down, max_width)
        self.stem = ConvBlock(conv7(in_channels, widths[0]), norm)
        self.down = nn.Sequential(*(down(a, b, norm) for a, b in pairwise(widths)))
        self.blocks = nn.Sequential(*(ResidualBlock(widths[-1], norm) for _ in range(num_blocks)))

    def forward(self, x: Tensor) -> Tensor:
        """(B, in, H, W) -> (B, width * 2^num_down, H / 2^num_down, W / 2^num_down)."""
        return self.blocks(self.down(self.stem(x)))


class Decoder(nn.Module):
    """`num_blocks` residual blocks, then `num_up` doublings with halving width; mirrors `Encoder`."""

    def __init__(self, width: int, num_up: int, num_blocks: int, norm: Norm) -> None:
        super().__init__()
        widths = doublings(width, num_up)[::-1]
        self.blocks = nn.Sequential(*(ResidualBlock(widths[0], norm) for _ in range(num_blocks)))
        self.up = nn.Sequential(*(up(a, b, norm) for a, b in pairwise(widths)))

    def forward(self, x: Tensor) -> Tensor:
        """(B, width * 2^num_up, h, w) -> (B, width, h * 2^num_up, w * 2^num_up)."""
        return self.up(self.blocks(x))
