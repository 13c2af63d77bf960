"""The feature part of VGG-19, for the perceptual loss."""

from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from vid2vid_core.models.layout import lay_out, like_weights

_PLAN = (64, 64, 0, 128, 128, 0, 256, 256, 256, 256, 0, 512, 512, 512, 512, 0, 512)
"""Widths of the convolutions up to the last tap; 0 = pooling."""
TAPS = (1, 6, 11, 20, 29)
"""relu1_1, relu2_1, relu3_1, relu4_1, relu5_1 as numbers in the list of layers."""


class Vgg19Features(nn.Module):
    """Five feature maps of a fixed, ImageNet-trained VGG-19. Pictures go in as they are, in [-1, 1].

    Args:
        path: torchvision's weights of VGG-19 (.pth, or the same as .safetensors): keys `features.N.weight` and `.bias`.
            None: random weights, to measure what the network costs.

    Raises:
        ValueError: the file is missing, unreadable, or holds other weights.

    Source: Simonyan and Zisserman, 2015; Johnson et al., Perceptual Losses, 2016.
    """

    def __init__(self, path: str | Path | None) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        channels = 3
        for width in _PLAN:
            if width == 0:
                layers.append(nn.MaxPool2d(2))
                continue
            layers += [nn.Conv2d(channels, width, 3, padding=1), nn.ReLU(inplace=True)]
            channels = width
        self.features = nn.Sequential(*layers)
        if path is not None:
            self._load(Path(path))
        self.requires_grad_(False)
        lay_out(self, channels_last=True)

    def forward(self, x: Tensor) -> list[Tensor]:
        """(B, 3, H, W), [-1, 1] -> relu1_1 (B, 64, H, W), relu2_1 at half size, ..., relu5_1 (B, 512, H/16, W/16)."""
        x = like_weights(x, self)
        taps = []
        for i, layer in enumerate(self.features):
            x = layer(x)
            if i in TAPS:
                taps.append(x)
        return taps

    def _load(self, path: Path) -> None:
        try:
            stored = load_file(path) if path.suffix == ".safetensors" else torch.load(path, "cpu", weights_only=True)
        except Exception as error:  # each reader has its own exceptions for a damaged file
            raise ValueError(f"{path}: cannot be read as VGG-19 weights ({error})") from error
        wanted = self.state_dict()
        wrong = [k for k, v in wanted.items() if k not in stored or stored[k].shape != v.shape]
        if wrong:
            raise ValueError(f"{path}: not torchvision's VGG-19 weights; missing or of another shape: {wrong[:4]}")
        self.load_state_dict({key: stored[key] for key in wanted})
