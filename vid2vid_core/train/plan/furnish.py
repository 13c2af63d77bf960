"""Networks and optimisers of tensors without content, in the state they have in the middle of a training."""

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from vid2vid_core.train.optimizers import allocate_state

META = torch.device("meta")
"""Where networks are made before they are furnished."""


def furnish(networks: Iterable[nn.Module]) -> None:
    """Give networks made on the meta device the device and the memory that they would have."""
    for network in networks:
        for module in network.modules():
            for name, parameter in module.named_parameters(recurse=False):
                module.register_parameter(name, nn.Parameter(_like(parameter), parameter.requires_grad))
            for name, buffer in module.named_buffers(recurse=False):
                module.register_buffer(name, _like(buffer))


def fill_states(optimizers: Iterable[torch.optim.Adam]) -> None:
    """Give optimisers the state they have after their first step."""
    for optimizer in optimizers:
        parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
        for parameter in parameters:
            parameter.grad = parameter.detach()
        allocate_state(optimizer)
        for parameter in parameters:
            parameter.grad = None


def _like(tensor: Tensor) -> Tensor:
    return torch.empty_strided(tensor.shape, tensor.stride(), dtype=tensor.dtype)
