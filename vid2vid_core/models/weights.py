"""The weights file of a trained stage: all networks in one safetensors file that says by itself what it is.

Tensors are named `generator.*`, `discriminator.*`, `discriminator_face.*` and `temporal.<number>.*`; the metadata holds
the stage's whole config, so that a generator can be made from the file alone. A stage with `optimizer.ema` also has
`generator_ema.*`, the mean of the generator's weights: that renders, while the next stage begins with `generator.*`.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from vid2vid_core.config import StageConfig, parse, to_dict
from vid2vid_core.maps.stature import Stature
from vid2vid_core.models.video_generator import VideoGenerator
from vid2vid_core.models.weights_file import (
    average_name,
    fill_network,
    network_tensors,
    read_about,
    read_weights,
    write_weights,
)


@dataclass(frozen=True)
class WeightsInfo:
    """What a weights file says about itself."""

    stage: StageConfig
    """The config the networks were made from."""
    label_nc: int
    """Number of label ids; 0 for continuous controls."""
    ignore: tuple[int, ...]
    """Ids outside that range that mean 'no label'."""
    control_channels: int
    """Control channels of one frame."""
    dataset: str
    """Name of the dataset it was trained on."""
    stature: Stature | None = None
    """Poses: how large the person of the training frames is and where they stand; None where that is not known."""


def save_weights(
    path: Path, networks: Mapping[str, nn.Module], info: WeightsInfo, validated: Mapping[str, Any] | None = None
) -> None:
    """Write the networks by name (`generator`, `discriminator`, `temporal.0`, ...), atomically.

    `validated` says of which step they are and how good they were there, for weights that were chosen by that.
    """
    about = {
        "stage": to_dict(info.stage),
        "label_nc": info.label_nc,
        "ignore": info.ignore,
        "control_channels": info.control_channels,
        "dataset": info.dataset,
        "stature": None if info.stature is None else asdict(info.stature),
    }
    if validated is not None:
        about["validated"] = dict(validated)
    write_weights(path, "video", network_tensors(networks), about)


def load_weights(path: Path) -> tuple[dict[str, Tensor], WeightsInfo]:
    """All tensors of a weights file by their full name, on the CPU.

    Raises:
        ValueError: if the file is missing or no weights file of a video stage.
    """
    tensors, about = read_weights(path, "video")
    return tensors, _info(path, about)


def read_info(path: Path) -> WeightsInfo:
    """What a weights file says about itself, without reading its tensors. Raises ValueError as `load_weights`."""
    return _info(path, read_about(path, "video"))


def load_generator(path: Path, device: torch.device | str = "cpu") -> tuple[VideoGenerator, WeightsInfo]:
    """The generator of a weights file that renders, ready to do so, and what the file says about itself.

    Raises:
        ValueError: if the file is missing, no weights file, or does not hold exactly the generator it describes.
    """
    tensors, info = load_weights(path)
    generator = VideoGenerator(info.stage.generator, info.control_channels)
    name = average_name("generator") if info.stage.optimizer.ema else "generator"
    fill_network(generator, name, tensors, path)
    return generator.to(device).requires_grad_(False).eval(), info


def _info(path: Path, about: Mapping[str, Any]) -> WeightsInfo:
    stature = about.get("stature")  # files made before poses say nothing of it
    return WeightsInfo(
        stage=parse(StageConfig, about["stage"], str(path)),
        label_nc=about["label_nc"],
        ignore=tuple(about["ignore"]),
        control_channels=about["control_channels"],
        dataset=about["dataset"],
        stature=None if stature is None else Stature(**stature),
    )
