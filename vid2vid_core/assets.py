"""Where weights that do not come with the package are looked for. Nothing is downloaded here."""

import os
from pathlib import Path

VGG19_NAME = "vgg19-dcbb9e9d.pth"
"""The ImageNet VGG-19 of torchvision, as PyTorch publishes it."""


def asset_dir() -> Path:
    """The folder $VID2VID_ASSET_DIR names, by default ~/.cache/vid2vid."""
    return Path(os.environ.get("VID2VID_ASSET_DIR") or Path.home() / ".cache" / "vid2vid").expanduser()


def vgg19_file() -> Path | None:
    """The weights of the perceptual loss, or None if they are not there."""
    path = asset_dir() / VGG19_NAME
    return path if path.is_file() else None
