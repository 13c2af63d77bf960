"""A safetensors file of several networks that says by itself what it is.

Tensors are named `<network>.<key>`; the metadata holds the kind of the file and the whole config of the stage that made
it, so that the networks can be made from the file alone.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from vid2vid_core.storage import atomic_file

Kind = Literal["video", "image"]
"""video: a stage of a recipe; image: its image stage."""

_KEY = "vid2vid_core"
_HINTS = {
    "video": "these are weights of a video generator (a stage of a recipe)",
    "image": "these are weights of a single-image generator (the image_stage of a recipe)",
}


def write_weights(path: Path, kind: Kind, tensors: Mapping[str, Tensor], about: Mapping[str, Any]) -> None:
    """Write tensors by their full name, and what they are, atomically."""
    stored = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    # A single key, since safetensors writes several in random order and equal weights shall be equal files. Written by
    # us, since its own writer makes files that nobody else may read.
    with atomic_file(path) as temporary:
        temporary.write_bytes(save(stored, {_KEY: json.dumps({"kind": kind, **about})}))


def read_weights(path: Path, kind: Kind) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """All tensors of a weights file by their full name, on the CPU, and what the file says about itself.

    Raises:
        ValueError: if the file is missing, no weights file of this program, or one of another kind.
    """
    try:
        with safe_open(path, framework="pt") as file:
            about = _about(path, kind, file.metadata() or {})
            return {name: file.get_tensor(name) for name in file.keys()}, about  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise _unreadable(path, error) from error


def read_about(path: Path, kind: Kind) -> dict[str, Any]:
    """What a weights file says about itself, without reading its tensors. Raises ValueError as `read_weights`."""
    try:
        with safe_open(path, framework="pt") as file:
            return _about(path, kind, file.metadata() or {})
    except (OSError, SafetensorError) as error:
        raise _unreadable(path, error) from error


def network_tensors(networks: Mapping[str, nn.Module]) -> dict[str, Tensor]:
    """The tensors of networks by their full name."""
    return {f"{name}.{key}": value for name, network in networks.items() for key, value in network.state_dict().items()}


def average_name(network: str) -> str:
    """Name of the running mean of a network's weights, which renders in its place where a stage has `optimizer.ema`."""
    return f"{network}_ema"


def fill_network(network: nn.Module, name: str, tensors: Mapping[str, Tensor], path: Path) -> None:
    """Load the tensors of one network from those of a file.

    Raises:
        ValueError: they are not exactly those of the network.
    """
    prefix = f"{name}."
    state = {key.removeprefix(prefix): tensor for key, tensor in tensors.items() if key.startswith(prefix)}
    try:
        network.load_state_dict(state)
    except RuntimeError as error:
        raise ValueError(f"{path}: the weights do not fit the {name} the file describes: {error}") from error


def _about(path: Path, kind: Kind, metadata: Mapping[str, str]) -> dict[str, Any]:
    if _KEY not in metadata:
        raise ValueError(f"{path}: not a weights file of this program (no '{_KEY}' in its metadata)")
    about: dict[str, Any] = json.loads(metadata[_KEY])
    found = about.get("kind", "video")  # the first files said no kind
    if found != kind:
        raise ValueError(f"{path}: {_HINTS.get(found, f'weights of kind {found}')}; weights of kind {kind} are needed")
    return about


def _unreadable(path: Path, error: Exception) -> ValueError:
    if not path.is_file():
        return ValueError(f"{path}: no such file; give a weights file (.safetensors)")
    return ValueError(f"{path}: damaged, or no weights file ({error}); copy, import or train it again")
