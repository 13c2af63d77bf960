"""Generators of a single picture, with no past: they make the first frames of a sequence."""

import torch
from torch import Tensor, nn

from vid2vid_core.config import ImageGeneratorConfig
from vid2vid_core.models.initialisation import initialise
from vid2vid_core.models.layers import Encoder, Norm, ResidualBlock, conv7, doublings, up
from vid2vid_core.models.layout import lay_out, like_weights
from vid2vid_core.models.sizes import require_size
from vid2vid_core.ops import full_precision, halve, pyramid


def build_image_generator(config: ImageGeneratorConfig, control_channels: int) -> "ImageGenerator":
    """The single-image generator a config asks for, with fresh weights.

    Args:
        config: kind and sizes.
        control_channels: control channels of one frame.
    """
    return ImageGenerator(config, control_channels)


class ImageGenerator(nn.Module):
    """A global network, with `local` kinds refined by enhancers that each work at twice the size before.

    The kinds `..._with_features` also read a feature map (of `FeatureEncoder`, or of another picture with the same
    parts) that decides what the controls leave open, such as colours.

    Args:
        config: kind and sizes.
        control_channels: control channels of one frame.

    Source: Wang et al., High-Resolution Image Synthesis (pix2pixHD), 2018, sections 3.2 and 3.4.
    """

    def __init__(self, config: ImageGeneratorConfig, control_channels: int) -> None:
        super().__init__()
        self.config, self.control_channels = config, control_channels
        enhancers, self.feature_channels = config.enhancers, config.features
        extra, norm = self.feature_channels, config.norm
        self.trunk = Trunk(config, control_channels)
        self.enhancers = nn.ModuleList()
        for k in range(1, enhancers + 1):
            seen = control_channels + (extra if k == enhancers else 0)
            shape = (seen, config.ngf * 2 ** (enhancers - k), config.n_blocks_local)
            self.enhancers.append(Enhancer(*shape, norm, extra if k == 1 else 0))
        self.head = conv7(config.ngf + extra, 3)
        initialise(self)
        lay_out(self, channels_last=True)

    @property
    def size_multiple(self) -> int:
        """Height and width of a picture must be multiples of this."""
        return int(2 ** (self.config.n_downsample_global + len(self.enhancers)))

    def forward(self, controls: Tensor, features: Tensor | None = None) -> Tensor:
        """One picture.

        Args:
            controls: (B, C, H, W), control channels of one frame.
            features: (B, feat_num, H, W), [-1, 1]; for the kinds `..._with_features`, and only for them.

        Returns:
            (B, 3, H, W), [-1, 1].

        Raises:
            ValueError: number of channels or size do not fit this generator, or features are missing or too many.
        """
        self._check(controls, features)
        levels = pyramid(like_weights(controls, self), len(self.enhancers) + 1)
        coarse = features  # at the size of the trunk
        for _ in self.enhancers:
            coarse = None if coarse is None else halve(coarse)
        x = self.trunk(levels[0], coarse)
        for k, enhancer in enumerate(self.enhancers, start=1):
            seen = _join(levels[k], features) if k == len(self.enhancers) else levels[k]
            x = enhancer(seen, x, coarse if k == 1 else None)
        return torch.tanh(full_precision(self.head(_join(x, features))))

    def _check(self, controls: Tensor, features: Tensor | None) -> None:
        """Raise ValueError, in terms of config keys, for inputs that do not fit."""
        kind = self.config.netG
        if controls.shape[1] != self.control_channels:
            raise ValueError(f"controls must have {self.control_channels} channels, got {controls.shape[1]}")
        wanted = (controls.shape[0], self.feature_channels, *controls.shape[-2:])
        if self.feature_channels and (features is None or features.shape != wanted):
            found = "none" if features is None else tuple(features.shape)
            raise ValueError(f"netG {kind} needs a feature map of shape {wanted} (feat_num channels), got {found}")
        if not self.feature_channels and features is not None:
            raise ValueError(f"netG {kind} takes no feature map, got one of shape {tuple(features.shape)}")
        depth, enhancers = self.config.n_downsample_global, len(self.enhancers)
        refined = f" and n_local_enhancers {enhancers}" if enhancers else ""
        require_size(controls, self.size_multiple, f"netG {kind} with n_downsample_global {depth}{refined}")


class Trunk(nn.Module):
    """Stem, halvings, residual blocks, doublings; features are joined at the top, and twice again at the bottom."""

    def __init__(self, config: ImageGeneratorConfig, control_channels: int) -> None:
        super().__init__()
        self.num_down, extra, norm = config.n_downsample_global, config.features, config.norm
        width = config.ngf * 2**config.enhancers
        widths = doublings(width, self.num_down, config.max_width)[::-1]
        self.encoder = Encoder(control_channels + extra, width, self.num_down, 0, norm, config.max_width)
        self.blocks = nn.Sequential(*(ResidualBlock(widths[0] + extra, norm) for _ in range(config.n_blocks_global)))
        entering = [widths[0] + 2 * extra, *widths[1:-1]]
        self.up = nn.Sequential(*(up(a, b, norm) for a, b in zip(entering, widths[1:], strict=True)))

    def forward(self, x: Tensor, features: Tensor | None) -> Tensor:
        """(B, in, H, W) and (B, feat_num, H, W) -> (B, width, H, W)."""
        below = features
        for _ in range(self.num_down):
            below = None if below is None else halve(below)
        hidden = self.blocks(_join(self.encoder(_join(x, features)), below))
        return self.up(_join(hidden, below))


class Enhancer(nn.Module):
    """Adds the controls, at twice the size, to the feature map of the network below it."""

    def __init__(self, in_channels: int, width: int, num_blocks: int, norm: Norm, extra: int) -> None:
        super().__init__()
        self.encoder = Encoder(in_channels, width, 1, 0, norm)
        self.blocks = nn.Sequential(*(ResidualBlock(2 * width + extra, norm) for _ in range(num_blocks)))
        self.up = up(2 * width + extra, width, norm)

    def forward(self, controls: Tensor, coarse: Tensor, features: Tensor | None) -> Tensor:
        """(B, in, H, W), (B, 2 * width, H/2, W/2) and (B, extra, H/2, W/2) -> (B, width, H, W)."""
        return self.up(self.blocks(_join(self.encoder(controls) + coarse, features)))


def _join(x: Tensor, features: Tensor | None) -> Tensor:
    return x if features is None else torch.cat((x, features), dim=1)
