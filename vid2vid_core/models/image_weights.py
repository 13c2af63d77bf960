"""The weights file of an image stage: generator, discriminator, feature encoder and features of the training frames.

Tensors are named `generator.*`, `discriminator.*`, `encoder.*`, `features.values`, `codes.values` and `codes.shares`;
only the generator is needed, with features also the encoder and `features.values`; codes are there where objects have
looks of their own. A stage with `optimizer.ema` also has `generator_ema.*` and `encoder_ema.*`, the means of their
weights: those make the pictures, and the features.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from vid2vid_core.config import ImageStageConfig, parse, to_dict
from vid2vid_core.models.encoder import FeatureEncoder
from vid2vid_core.models.feature_table import FeatureTable
from vid2vid_core.models.image_generator import build_image_generator
from vid2vid_core.models.image_model import ImageModel
from vid2vid_core.models.label_codes import LabelCodes
from vid2vid_core.models.weights_file import (
    average_name,
    fill_network,
    network_tensors,
    read_weights,
    write_weights,
)

_TABLE = "features.values"
_CODES = ("codes.values", "codes.shares")


@dataclass(frozen=True)
class ImageWeightsInfo:
    """What the weights file of an image stage says about itself."""

    stage: ImageStageConfig
    """The config the networks were made from."""
    label_nc: int
    """Number of label ids; 0 for continuous controls."""
    ignore: tuple[int, ...]
    """Ids outside that range that mean 'no label'."""
    control_channels: int
    """Control channels of one frame, without instance edges."""
    dataset: str
    """Name of the dataset it was trained on."""


def save_image_weights(
    path: Path,
    networks: Mapping[str, nn.Module],
    info: ImageWeightsInfo,
    table: FeatureTable | None,
    codes: LabelCodes | None = None,
) -> None:
    """Write the networks by name (`generator`, `discriminator`, `encoder`, ...), table and codes, atomically."""
    about = {
        "stage": to_dict(info.stage),
        "label_nc": info.label_nc,
        "ignore": info.ignore,
        "control_channels": info.control_channels,
        "dataset": info.dataset,
    }
    tensors = network_tensors(networks)
    if table is not None:
        tensors[_TABLE] = table.values
    if codes is not None:
        tensors |= dict(zip(_CODES, (codes.values, codes.shares), strict=True))
    write_weights(path, "image", tensors, about)


def load_image_model(path: Path, device: torch.device | str = "cpu") -> tuple[ImageModel, ImageWeightsInfo]:
    """What makes a picture, ready to do so, and what the file says about itself.

    Raises:
        ValueError: if the file is missing, not that of an image stage, or lacks something the file describes.
    """
    tensors, about = read_weights(path, "image")
    info = _info(path, about)
    config = info.stage.generator
    generator = build_image_generator(config, info.control_channels)
    ema = info.stage.optimizer.ema
    fill_network(generator, average_name("generator") if ema else "generator", tensors, path)
    generator.to(device).requires_grad_(False)
    if not config.features:
        return ImageModel(generator, None, None), info
    encoder = FeatureEncoder(config)
    fill_network(encoder, average_name("encoder") if ema else "encoder", tensors, path)
    if _TABLE not in tensors:
        raise ValueError(
            f"{path}: a generator with features ({config.netG}) needs those of its training frames; the file has no "
            f"'{_TABLE}'; train the stage again, or import it together with its feature table"
        )
    table = FeatureTable(tensors[_TABLE].to(device))
    known = all(name in tensors for name in _CODES)
    codes = LabelCodes(*(tensors[name].to(device) for name in _CODES)) if known else None
    return ImageModel(generator, encoder.to(device).requires_grad_(False), table, codes), info


def _info(path: Path, about: Mapping[str, Any]) -> ImageWeightsInfo:
    return ImageWeightsInfo(
        stage=parse(ImageStageConfig, about["stage"], str(path)),
        label_nc=about["label_nc"],
        ignore=tuple(about["ignore"]),
        control_channels=about["control_channels"],
        dataset=about["dataset"],
    )
