"""A running mean of the weights of what makes pictures: steadier than the weights of any one step.

Source: Yazici et al., The Unusual Effectiveness of Averaging in GAN Training, 2019.
"""

import copy
from collections.abc import Mapping
from typing import Any

import torch
from torch import nn


class WeightAverage:
    """Exponential moving average of networks that are trained."""

    def __init__(self, networks: Mapping[str, nn.Module], decay: float) -> None:
        """Begin with the weights as they are.

        Args:
            networks: those to follow, by name; they stay as they are.
            decay: what an average keeps of itself at each step, 0..1.
        """
        self._sources, self._decay, self._steps = dict(networks), decay, 0
        self.networks = {name: copy.deepcopy(network).requires_grad_(False) for name, network in networks.items()}
        """Their averages, for rendering."""

    def restart(self) -> None:
        """Begin anew with the weights as they are, after others have been loaded into the networks."""
        self._steps = 0
        for name, network in self.networks.items():
            network.load_state_dict(self._sources[name].state_dict())

    @torch.no_grad()
    def update(self) -> None:
        """Move on after an optimisation step.

        Step n keeps (1 + n) / (10 + n) of the average as long as that is less than `decay`, so that the random weights
        of the start are soon forgotten. Running statistics are taken over as they are.
        """
        self._steps += 1
        kept = min(self._decay, (1 + self._steps) / (10 + self._steps))
        for name, network in self.networks.items():
            source = self._sources[name]
            torch._foreach_lerp_(list(network.parameters()), list(source.parameters()), 1 - kept)
            for own, new in zip(network.buffers(), source.buffers(), strict=True):
                own.copy_(new)

    def state(self) -> dict[str, Any]:
        """For a checkpoint."""
        return {"steps": self._steps, "networks": {name: net.state_dict() for name, net in self.networks.items()}}

    def resume(self, state: Mapping[str, Any]) -> None:
        """Go on from `state`."""
        self._steps = state["steps"]
        for name, network in self.networks.items():
            network.load_state_dict(state["networks"][name])
