"""Patch discriminators at several sizes of the same picture."""

from torch import Tensor, nn
from torch.nn.functional import leaky_relu

from vid2vid_core.config import DiscriminatorConfig
from vid2vid_core.models.initialisation import initialise
from vid2vid_core.models.layers import Norm, norm_layer
from vid2vid_core.models.layout import lay_out, like_weights
from vid2vid_core.models.spectral import normalise_spectra
from vid2vid_core.ops import halve

MAX_FIRST_WIDTH = 64
MAX_WIDTH = 512


class PatchLayer(nn.Module):
    """A 4x4 convolution, where asked a normalisation, and (but for the last layer) a leaky ReLU."""

    def __init__(self, in_channels: int, out_channels: int, stride: int, norm: Norm | None, activate: bool) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, 4, stride=stride, padding=2)
        self.norm = nn.Identity() if norm is None else norm_layer(norm, out_channels)
        self.activate = activate

    def forward(self, x: Tensor) -> Tensor:
        """(B, in, H, W) -> (B, out, H/stride + 1, W/stride + 1)."""
        x = self.norm(self.conv(x))
        return leaky_relu(x, 0.2, inplace=True) if self.activate else x


class PatchDiscriminator(nn.Module):
    """Judges overlapping patches of a picture; `n_layers` layers of stride 2, then two of stride 1.

    Source: Isola et al., Image-to-Image Translation with Conditional Adversarial Networks, 2017.
    """

    def __init__(self, in_channels: int, width: int, n_layers: int, norm: Norm) -> None:
        super().__init__()
        widths = [width]
        for _ in range(n_layers):
            widths.append(min(MAX_WIDTH, 2 * widths[-1]))
        layers = [PatchLayer(in_channels, width, 2, None, True)]
        for i in range(1, n_layers + 1):
            layers.append(PatchLayer(widths[i - 1], widths[i], 2 if i < n_layers else 1, norm, True))
        layers.append(PatchLayer(widths[-1], 1, 1, None, False))
        self.layers = nn.ModuleList(layers)

    def forward(self, x: Tensor) -> list[Tensor]:
        """(B, in, H, W) -> outputs of all n_layers + 2 layers; the last is the prediction (B, 1, h, w), unbounded."""
        outputs = []
        for layer in self.layers:
            x = layer(x)
            outputs.append(x)
        return outputs


class MultiscaleDiscriminator(nn.Module):
    """Independent patch discriminators of the same picture at `num_D` sizes, each half the one before.

    `scales[num_D - 1]` judges the full size and `scales[0]` the smallest, so that a number keeps its absolute size when
    the picture doubles and one discriminator is added.

    Args:
        in_channels: channels of what is judged: controls and picture, or the frames and flows of a group.
        config: sizes.
        num_D: number of sizes, where it differs from the config's.

    Source: Wang et al., High-Resolution Image Synthesis (pix2pixHD), 2018; Miyato et al., Spectral Normalization for
    Generative Adversarial Networks, 2018.
    """

    def __init__(self, in_channels: int, config: DiscriminatorConfig, num_D: int | None = None) -> None:
        super().__init__()
        count = config.num_D if num_D is None else num_D
        widths = [min(MAX_FIRST_WIDTH, config.ndf * 2 ** (count - 1 - i)) for i in range(count)]
        self.scales = nn.ModuleList(
            PatchDiscriminator(in_channels, width, config.n_layers_D, config.norm) for width in widths
        )
        initialise(self)
        if config.spectral_norm:
            normalise_spectra(self)
        lay_out(self, channels_last=True)

    def forward(self, x: Tensor) -> list[list[Tensor]]:
        """(B, in, H, W) -> per size, full size first, the outputs of all layers; the last of each is its prediction."""
        x = like_weights(x, self)
        outputs = []
        for i, scale in enumerate(reversed(self.scales)):
            x = halve(x) if i else x
            outputs.append(scale(x))
        return outputs
