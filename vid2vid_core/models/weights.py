"""The weights file of a trained stage: all networks in one safetensors file that says by itself what it is.

Tensors are named `generator.*`, `discriminator.*` and `temporal.<number>.*`; the metadata holds the stage's whole
config, so that a generator can be made from the file alone.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from vid2vid_core.config import StageConfig, parse, to_dict
from vid2vid_core.models.video_generator import VideoGenerator
from vid2vid_core.storage import atomic_file

_KEY = "vid2vid_core"


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


def save_weights(path: Path, networks: Mapping[str, nn.Module], info: WeightsInfo) -> None:
    """Write the networks by name (`generator`, `discriminator`, `temporal.0`, ...), atomically."""
    tensors = {
        f"{name}.{key}": tensor.detach().cpu().contiguous()
        for name, network in networks.items()
        for key, tensor in network.state_dict().items()
    }
    about = {
        "stage": to_dict(info.stage),
        "label_nc": info.label_nc,
        "ignore": info.ignore,
        "control_channels": info.control_channels,
        "dataset": info.dataset,
    }
    # A single key, since safetensors writes several in random order and equal weights shall be equal files. Written by
    # us, since its own writer makes files that nobody else may read.
    with atomic_file(path) as temporary:
        temporary.write_bytes(save(tensors, {_KEY: json.dumps(about)}))


def load_weights(path: Path) -> tuple[dict[str, Tensor], WeightsInfo]:
    """All tensors of a weights file by their full name, on the CPU.

    Raises:
        ValueError: if the file is missing or no weights file of this program.
    """
    try:
        with safe_open(path, framework="pt") as file:
            info = _info(path, file.metadata() or {})
            return {name: file.get_tensor(name) for name in file.keys()}, info  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise ValueError(f"{path}: not a readable weights file ({error}); train the stage again") from error


def read_info(path: Path) -> WeightsInfo:
    """What a weights file says about itself, without reading its tensors. Raises ValueError as `load_weights`."""
    try:
        with safe_open(path, framework="pt") as file:
            return _info(path, file.metadata() or {})
    except (OSError, SafetensorError) as error:
        raise ValueError(f"{path}: not a readable weights file ({error}); train the stage again") from error


def load_generator(path: Path, device: torch.device | str = "cpu") -> tuple[VideoGenerator, WeightsInfo]:
    """The generator of a weights file, ready to render, and what the file says about itself.

    Raises:
        ValueError: if the file is missing, no weights file, or does not hold exactly the generator it describes.
    """
    tensors, info = load_weights(path)
    generator = VideoGenerator(info.stage.generator, info.control_channels)
    prefix = "generator."
    state = {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}
    try:
        generator.load_state_dict(state)
    except RuntimeError as error:
        raise ValueError(f"{path}: the weights do not fit the generator the file describes: {error}") from error
    return generator.to(device).requires_grad_(False), info


def _info(path: Path, metadata: dict[str, str]) -> WeightsInfo:
    if _KEY not in metadata:
        raise ValueError(f"{path}: not a weights file of this program (no '{_KEY}' in its metadata)")
    about = json.loads(metadata[_KEY])
    return WeightsInfo(
        stage=parse(StageConfig, about["stage"], str(path)),
        label_nc=about["label_nc"],
        ignore=tuple(about["ignore"]),
        control_channels=about["control_channels"],
        dataset=about["dataset"],
    )
