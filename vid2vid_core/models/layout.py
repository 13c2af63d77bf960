"""How tensors lie in memory: channels last, as fast convolutions want them, or first, as PyTorch makes them.

A network's weights say which: its inputs are laid out like them, and all layers keep it so. Networks of this package
are made channels-last (`benchmarks/train_speed.py` measures what that is worth); files of weights hold plain contiguous
tensors whatever the layout.
"""

from collections.abc import Callable
from typing import TypeVar, cast

import torch
from torch import Tensor, nn

Network = TypeVar("Network", bound=nn.Module)


def lay_out(network: Network, *, channels_last: bool) -> Network:
    """Lay out all weights of a network, in place; no value changes."""
    move = cast(Callable[..., Network], network.to)  # the stubs do not know this call
    return move(memory_format=torch.channels_last if channels_last else torch.contiguous_format)


def like_weights(x: Tensor, network: nn.Module) -> Tensor:
    """(B, C, H, W), unchanged in value, laid out as the weights of the network that is to read it."""
    kernel = next(weight for weight in network.parameters() if weight.dim() == 4)
    last = kernel.is_contiguous(memory_format=torch.channels_last)
    return x.contiguous(memory_format=torch.channels_last if last else torch.contiguous_format)
