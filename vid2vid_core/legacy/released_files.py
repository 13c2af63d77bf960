"""Finding and reading released checkpoint files: `<epoch>_net_<label>.pth`, flat tables of tensors."""

import pickle
import re
import warnings
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

_NAME = re.compile(r"(?P<epoch>[A-Za-z0-9]+)_net_(?P<label>\w+)\.pth")


def find_files(folder: Path, epoch: str) -> dict[str, Path]:
    """Checkpoint files of one epoch by the label of their network: G0, G1, D, D_T0, G, G_512, E, ...

    Args:
        folder: Where they lie; folders inside it are not searched.
        epoch: "latest", or a number of an epoch.

    Raises:
        ValueError: If there is no such folder, or no file of that epoch in it.
    """
    if not folder.is_dir():
        raise ValueError(f"{folder}: no such folder; give the one that holds latest_net_G0.pth and the like")
    found = {path: match for path in sorted(folder.iterdir()) if (match := _NAME.fullmatch(path.name))}
    files = {match["label"]: path for path, match in found.items() if match["epoch"] == epoch}
    if not files:
        others = sorted({match["epoch"] for match in found.values()})
        hint = f"it holds the epochs {', '.join(others)} (--which-epoch)" if others else "it holds no <epoch>_net_*.pth"
        raise ValueError(f"{folder}: no file {epoch}_net_*.pth; {hint}")
    return files


def read_file(path: Path) -> dict[str, Tensor]:
    """The tensors of one checkpoint file by their key, float32 on the CPU, in either of torch's two file formats.

    Only tensors are read: a file that would run code in being unpickled is refused, and nothing of it is run.

    Raises:
        ValueError: If the file is missing, damaged, holds anything else than named tensors, or a value that is not
            finite; names file and key.
    """
    contents = load_safely(path)
    if not isinstance(contents, Mapping) or not contents:
        raise ValueError(f"{path}: holds {_described(contents)} where a table of named tensors is expected")
    tensors = {}
    for key, value in contents.items():
        if not isinstance(key, str) or not isinstance(value, Tensor):
            raise ValueError(
                f"{path}: '{key}' is {_described(value)} where a tensor is expected; a checkpoint of the published "
                f"program is a flat table of tensors, so save the network's state_dict() alone"
            )
        if value.is_floating_point() and not bool(value.isfinite().all()):
            raise ValueError(f"{path}: {key} holds NaN or infinity; the file is damaged or its training had diverged")
        tensors[key] = value.float() if value.is_floating_point() else value
    return tensors


def load_safely(path: Path) -> object:
    """What `torch.save` wrote, if it is tensors and plain containers of them, on the CPU. Nothing in the file is run.

    Raises:
        ValueError: If the file is missing, damaged, or holds anything that is no plain data; names what.
    """
    if not path.is_file():
        raise ValueError(f"{path}: no such file")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about pickle protocols: the file is read or refused, and that is said
            return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # noqa: BLE001  a damaged file makes the two readers fail in any of a dozen ways
        foreign = re.search(r"GLOBAL (\S+)", str(error)) if isinstance(error, pickle.UnpicklingError) else None
        if foreign:
            reason = (
                f"refused, since it holds {foreign[1]}, which is no tensor, and reading it could run code; nothing of "
                f"it was run. If you trust its origin, load it yourself and save the network's state_dict() alone"
            )
        else:
            said = f"{type(error).__name__} {error}".partition(". ")[0].strip()
            reason = f"truncated, or no file that torch.save wrote ({said}); get it again"
        raise ValueError(f"{path}: {reason}") from None


def _described(value: object) -> str:
    kind = type(value).__name__
    return f"an empty {kind}" if isinstance(value, Mapping) and not value else f"a {kind}"
