"""The single-image networks of a folder of released checkpoint files, which make first frames.

`<epoch>_net_G.pth`, or `..._G_512.pth` and the like, is a generator. One that reads features needs two files beside it:
the feature encoder, `<epoch>_net_E.pth`, and the features of the training pictures, `features.npy`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from vid2vid_core.config import ImageStageConfig
from vid2vid_core.config.data import ImageDataConfig
from vid2vid_core.legacy.feature_table import read_feature_table
from vid2vid_core.legacy.hints import Controls, Hints, resolve_controls, resolve_data
from vid2vid_core.legacy.image_keys import feature_encoder_layers, image_generator_layers
from vid2vid_core.legacy.infer_image import ImageNetworks, infer_image_networks
from vid2vid_core.legacy.released_files import read_file
from vid2vid_core.legacy.stage import identifier
from vid2vid_core.legacy.video_checkpoint import fill
from vid2vid_core.models import FeatureEncoder, build_image_generator
from vid2vid_core.models.feature_table import FeatureTable
from vid2vid_core.models.image_weights import ImageWeightsInfo

TABLE = "features.npy"


@dataclass(frozen=True)
class ImageModelFiles:
    """What a folder holds, under our names."""

    networks: dict[str, nn.Module]
    """By the name their weights are stored under: generator, encoder."""
    table: FeatureTable | None
    info: ImageWeightsInfo
    assumptions: list[str]
    """What neither the files nor the user said, in plain English."""
    files: list[Path]
    """Those that were read."""


def image_labels(files: Mapping[str, Path]) -> list[str]:
    """Labels of the single-image generators among the files: G, G_512, ..."""
    return [label for label in files if label == "G" or label.startswith("G_")]


def read_image_networks(files: Mapping[str, Path], label: str, hints: Hints, name: str) -> ImageModelFiles:
    """One single-image generator of a folder, with encoder and table where it reads features.

    Args:
        files: Checkpoint files by label (`released_files.find_files`).
        label: Of the generator.
        hints: What the shapes cannot tell.
        name: Name of the folder; becomes the stage's.

    Raises:
        ValueError: If a file is missing, damaged, or does not hold what the others say; names file and key.
    """
    place, table_file = str(files[label]), files[label].with_name(TABLE)
    generator = read_file(files[label])
    reads_features = infer_image_networks(generator, place).config.features > 0
    encoder_file = files.get("E")
    if reads_features and (encoder_file is None or not table_file.is_file()):
        lacking = files[label].name.replace(f"_net_{label}.pth", "_net_E.pth") if encoder_file is None else TABLE
        raise ValueError(
            f"{files[label].with_name(lacking)} is missing: {files[label].name} reads features, which come from the "
            f"encoder (E) and {TABLE} beside it"
        )
    encoder = read_file(encoder_file) if reads_features and encoder_file is not None else None
    found = infer_image_networks(generator, place, encoder, str(encoder_file))
    controls = _controls(found, hints, place)
    data, scaling = resolve_data(controls, hints)
    with torch.device("meta"):
        networks: dict[str, nn.Module] = {"generator": build_image_generator(found.config, found.control_channels)}
        networks |= {} if encoder is None else {"encoder": FeatureEncoder(found.config)}
    fill(networks["generator"], image_generator_layers(found.config), generator, place)
    if encoder is not None:
        fill(networks["encoder"], feature_encoder_layers(found.config), encoder, str(encoder_file))
    table = _table(table_file, found) if reads_features else None
    info = ImageWeightsInfo(
        stage=ImageStageConfig(
            name=identifier(f"{name}-{label}"),
            controls=controls.config,
            generator=found.config,
            data=ImageDataConfig(loadSize=data.loadSize, resize_or_crop=data.resize_or_crop),
        ),
        label_nc=controls.label_nc,
        ignore=(),
        control_channels=found.control_channels,
        dataset=f"of the released checkpoint {name}",
    )
    read = [files[label], *([encoder_file, table_file] if reads_features and encoder_file is not None else [])]
    return ImageModelFiles(networks, table, info, [text for text in (controls.assumption, scaling) if text], read)


def _controls(found: ImageNetworks, hints: Hints, place: str) -> Controls:
    controls = resolve_controls(found.control_channels, hints, place)
    if controls.use_instance:
        raise ValueError(
            f"{place}: {found.control_channels} control channels; generators of single pictures read no instance "
            f"edges, so give --label-nc {found.control_channels}"
        )
    return controls


def _table(path: Path, found: ImageNetworks) -> FeatureTable:
    table = read_feature_table(path)
    if table.values.shape[-1] != found.config.feat_num:
        raise ValueError(
            f"{path}: {table.values.shape[-1]} features a part, the generator beside it reads {found.config.feat_num}"
        )
    return table
