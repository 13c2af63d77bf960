"""Translating the tensors of a released checkpoint file, strictly: every key is mapped, or named in the error.

A table of `Layer`s says which layer of ours a released layer is; `composite_keys`, `discriminator_keys` and
`image_keys` make the table of a network from its config. Both directions use the same table.

The running statistics of norms (`running_mean`, `running_var`, `num_batches_tracked`) are in most released files, and
nothing ever used them: they are skipped in reading, present or not, and written so that files are of the released kind.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

STATISTICS = ("running_mean", "running_var", "num_batches_tracked")


class Layer(NamedTuple):
    """One layer with parameters, by its prefix in a released file and by its name in our network."""

    released: str
    ours: str


class KeysError(ValueError):
    """A released file does not hold exactly the network it should."""


def numbered(released: str, ours: str, begin: int, count: int) -> list[Layer]:
    """A row of `count` blocks of ours that are three numbers each in the released list: convolution, norm, activation.

    Args:
        released: name of the released list.
        ours: name of our list of blocks.
        begin: number of the first convolution.
        count: number of blocks.
    """
    return [
        Layer(f"{released}.{begin + 3 * i + k}", f"{ours}.{i}.{part}")
        for i in range(count)
        for k, part in enumerate(("conv", "norm"))
    ]


def stem(released: str, ours: str) -> list[Layer]:
    """The 7x7 block at the front of a released list: number 0 is its padding."""
    return [Layer(f"{released}.1", f"{ours}.conv"), Layer(f"{released}.2", f"{ours}.norm")]


def residual(released: str, ours: str, begin: int, count: int) -> list[Layer]:
    """`count` residual blocks, one number each in the released list, from number `begin`."""
    inside = {1: "conv1", 2: "norm1", 5: "conv2", 6: "norm2"}
    return [
        Layer(f"{released}.{begin + i}.conv_block.{number}", f"{ours}.{i}.{part}")
        for i in range(count)
        for number, part in inside.items()
    ]


def parameter_keys(network: nn.Module, table: Sequence[Layer]) -> dict[str, str]:
    """Released key -> our name of every parameter of the network.

    Args:
        network: ours; its sizes do not matter, so it may live on the meta device.
        table: its layers.

    Raises:
        LookupError: the table was made for another network.
    """
    names = {name: None for name, _ in network.named_parameters()}
    keys = {}
    for layer in table:
        for leaf, _ in network.get_submodule(layer.ours).named_parameters(recurse=False):
            keys[f"{layer.released}.{leaf}"] = f"{layer.ours}.{leaf}"
            names.pop(f"{layer.ours}.{leaf}")
    if names:
        raise LookupError(f"the table of released keys lacks {', '.join(names)}")
    return keys


def to_ours(
    network: nn.Module, table: Sequence[Layer], released: Mapping[str, Tensor], place: str
) -> dict[str, Tensor]:
    """The parameters of a released file under our names, ready for `network.load_state_dict`.

    Args:
        network: ours, which says what shapes there must be; may live on the meta device. Not changed.
        table: its layers.
        released: what the file holds.
        place: the file, for the error message.

    Raises:
        KeysError: keys without a counterpart, missing keys, or tensors of another shape; the text names all of them.
    """
    keys = parameter_keys(network, table)
    skipped = {f"{layer.released}.{leaf}" for layer in table for leaf in STATISTICS}
    shapes = {name: tuple(parameter.shape) for name, parameter in network.named_parameters()}
    unknown = [key for key in released if key not in keys and key not in skipped]
    missing = [key for key in keys if key not in released]
    misshaped = [
        f"{key} {tuple(released[key].shape)}, expected {shapes[ours]}"
        for key, ours in keys.items()
        if key in released and tuple(released[key].shape) != shapes[ours]
    ]
    found = {"not known": unknown, "missing": missing, "of another shape": misshaped}
    reasons = [f"{len(names)} {problem}: {'; '.join(names)}" for problem, names in found.items() if names]
    if reasons:
        raise KeysError(f"{place}: does not hold this network ({type(network).__name__}).\n" + "\n".join(reasons))
    return {ours: released[key] for key, ours in keys.items()}


def load_released(network: nn.Module, table: Sequence[Layer], released: Mapping[str, Tensor], place: str) -> None:
    """Put the parameters of a released file into the network. Raises KeysError as `to_ours`, and changes nothing."""
    network.load_state_dict(to_ours(network, table, released, place), strict=False)


def to_released(network: nn.Module, table: Sequence[Layer]) -> dict[str, Tensor]:
    """The network's tensors as a released file holds them, statistics of norms included.

    Statistics are those the network tracks, or else the ones of a fresh network, zero and one.
    """
    released: dict[str, Tensor] = {}
    for layer in table:
        module = network.get_submodule(layer.ours)
        for leaf, parameter in module.named_parameters(recurse=False):
            released[f"{layer.released}.{leaf}"] = parameter.detach()
        if isinstance(module, nn.BatchNorm2d | nn.InstanceNorm2d):
            fresh = (torch.zeros(module.num_features), torch.ones(module.num_features), torch.tensor(0))
            for leaf, value in zip(STATISTICS, fresh, strict=True):
                tracked = getattr(module, leaf)
                released[f"{layer.released}.{leaf}"] = value if tracked is None else tracked
    return released
