"""FlowNet2's released weights, `FlowNet2_checkpoint.pth.tar`: read safely, translated strictly.

The weights have a licence agreement of their own (the README of the original program points to it), and are not ours to
pass on; users bring the file.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from vid2vid_core.legacy.flownet2_keys import NETWORKS, flownet2_layers
from vid2vid_core.legacy.keys import KeysError, to_ours
from vid2vid_core.legacy.released_files import load_safely
from vid2vid_core.models.flownet2 import FlowNet2

WRAPPER = "module."
"""In front of every key of a network that was saved inside a data-parallel wrapper."""
WANTED = "what is needed is the whole FlowNet2, released as FlowNet2_checkpoint.pth.tar (650 MB)"
CASCADES = {
    ("flownetc", "flownets_1"): "FlowNet2-CS",
    ("flownetc", "flownets_1", "flownets_2"): "FlowNet2-CSS or FlowNet2-CSS-ft-sd",
}


def load_flownet2(path: str | Path, rgb_max: float = 1.0, device: torch.device | str = "cpu") -> FlowNet2:
    """A frozen FlowNet2 with released weights, float32.

    Args:
        path: the released file; also a bare state dict, or one saved inside a data-parallel wrapper.
        rgb_max: see `FlowNet2`.
        device: where it will run.

    Raises:
        ValueError: the file is missing, damaged, holds more than plain tensors, or other weights than FlowNet2's.
    """
    path = Path(path)
    with torch.device("meta"):  # 162 million random numbers would only be overwritten
        network = FlowNet2(rgb_max)
    state = translate(read_state(path), str(path))
    network.load_state_dict({name: tensor.float() for name, tensor in state.items()}, assign=True)
    network.requires_grad_(False).eval().to(device)
    if torch.device(device).type == "cpu":
        # Weights with channels last carry all activations along: 15 % faster, and a tenth less memory at the peak.
        network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # missing in the stubs
    return network


def read_state(path: Path) -> dict[str, Tensor]:
    """The tensors of a checkpoint file by released key, without wrapper prefix. Never executes what is in the file.

    Raises:
        ValueError: the file is missing, damaged, or its state dict holds anything but finite tensors.
    """
    try:
        stored = load_safely(path)
    except ValueError as error:
        raise ValueError(f"{error}; {WANTED}") from None
    return _state_dict(stored, path)


def translate(state: Mapping[str, Tensor], place: str) -> dict[str, Tensor]:
    """Released keys -> our names, all 220.

    Args:
        state: tensors by released key.
        place: the file, for the error message.

    Raises:
        ValueError: tensors are missing, left over or of another shape (the text names them), or the file is of another
            network of the family (the text says which).
    """
    relative = family_member(state)
    if relative is not None:
        raise ValueError(f"{place}: holds {relative}; {WANTED}")
    with torch.device("meta"):
        network = FlowNet2()
    try:
        return to_ours(network, flownet2_layers(), state, place)
    except KeysError as error:
        raise ValueError(f"{error}\n{WANTED[0].upper()}{WANTED[1:]}") from error


def family_member(state: Mapping[str, Tensor]) -> str | None:
    """The name of FlowNet2's relative that has these keys; None for FlowNet2 itself and for strangers."""
    if any(key.endswith("running_mean") for key in state):
        return "a network with batch normalisation, of which no weights were released"
    prefixes = tuple(name for name in NETWORKS if any(key.startswith(f"{name}.") for key in state))
    if prefixes:
        return CASCADES.get(prefixes)
    if "conv_redir.0.weight" in state:
        return "FlowNet2-C, one network of the cascade"
    if "inter_conv5.0.weight" in state:
        return "FlowNet2-SD, one network of the cascade"
    if "conv6_1.0.weight" in state and "predict_flow6.weight" in state:
        return "FlowNet2-S, a network by itself with images alone as input"
    return None


def _state_dict(stored: Any, path: Path) -> dict[str, Tensor]:
    """Out of a container with epoch and so on, or bare; without `module.` in front of every key."""
    state = stored.get("state_dict", stored) if isinstance(stored, Mapping) else None
    if not isinstance(state, Mapping) or not state:
        raise ValueError(f"{path}: holds no state dict but {type(stored).__name__}; {WANTED}")
    strange = [str(key) for key, value in state.items() if not (isinstance(key, str) and isinstance(value, Tensor))]
    if strange:
        raise ValueError(f"{path}: these entries of its state dict are no tensors: {', '.join(strange)}; {WANTED}")
    broken = [key for key, value in state.items() if not bool(value.sum(dtype=torch.float32).isfinite())]
    if broken:
        raise ValueError(f"{path}: damaged, these tensors hold NaN or infinity: {', '.join(broken)}; {WANTED}")
    wrapped = all(key.startswith(WRAPPER) for key in state)
    return {key.removeprefix(WRAPPER) if wrapped else key: value for key, value in state.items()}
