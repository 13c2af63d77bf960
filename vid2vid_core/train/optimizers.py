"""Adam for every network, with the learning rate and the trained scales of the epoch."""

from collections.abc import Iterable
from itertools import chain
from typing import Any

import torch
from torch import nn

from vid2vid_core.config import OptimizerConfig, SpeedConfig
from vid2vid_core.config.schedule import EpochState
from vid2vid_core.train.networks import Networks
from vid2vid_core.train.updates import Updates


class Optimizers:
    """One optimiser for the generator, one for the image and the face discriminator, one for each temporal one.

    Source: Heusel et al., GANs Trained by a Two Time-Scale Update Rule, 2017 (TTUR).
    """

    def __init__(
        self,
        networks: Networks,
        config: OptimizerConfig,
        train_all_scales: bool,
        speed: SpeedConfig = SpeedConfig(),  # noqa: B008  # frozen
        device: torch.device | None = None,
    ) -> None:
        """Fresh optimisers.

        Args:
            networks: to be trained.
            config: of Adam.
            train_all_scales: false freezes all scales of the generator but the finest.
            speed: kind of updates.
            device: of the losses; None: that of the generator, which another rank may have.
        """
        self._networks, self._config, self._fused = networks, config, speed.fused_adam
        self.train_all_scales = train_all_scales
        self.updates = Updates(speed, device or next(networks.generator.parameters()).device)
        """Steps them together."""
        self.generator = self._make_generator()
        judges = [network for network in (networks.discriminator, networks.face) if network is not None]
        parameters = chain.from_iterable(network.parameters() for network in judges)
        self.discriminator = adam(parameters, config, config.TTUR, self._fused)
        self.temporal = [adam(network.parameters(), config, False, self._fused) for network in networks.temporal]

    def named(self) -> dict[str, torch.optim.Adam]:
        """All optimisers by the name of their network."""
        temporal = {f"temporal.{k}": optimizer for k, optimizer in enumerate(self.temporal)}
        return {"generator": self.generator, "discriminator": self.discriminator, **temporal}

    def enter(self, state: EpochState) -> None:
        """Set the rates of an epoch; when it is the first that trains all scales, start the generator's Adam afresh."""
        if state.train_all_scales and not self.train_all_scales:
            self.train_all_scales = True
            self.generator = self._make_generator()
        slower, faster = (0.5, 2.0) if self._config.TTUR else (1.0, 1.0)
        set_rate(self.generator, state.lr * slower)
        set_rate(self.discriminator, state.lr * faster)
        for optimizer in self.temporal:
            set_rate(optimizer, state.lr)

    def _make_generator(self) -> torch.optim.Adam:
        scales = self._networks.generator.scales
        for scale in scales[:-1]:
            scale.requires_grad_(self.train_all_scales)
        trained = self._networks.generator if self.train_all_scales else scales[-1]
        return adam(trained.parameters(), self._config, self._config.TTUR, self._fused)


def adam(
    parameters: Iterable[nn.Parameter], config: OptimizerConfig, two_time_scales: bool, fused: bool
) -> torch.optim.Adam:
    """A fresh Adam; with `two_time_scales` its betas are 0 and 0.9."""
    betas = (0.0, 0.9) if two_time_scales else (config.beta1, 0.999)
    return torch.optim.Adam(parameters, lr=config.lr, betas=betas, eps=1e-8, fused=fused)


def resume_adam(optimizer: torch.optim.Adam, state: dict[str, Any]) -> None:
    """Go on from a `state_dict` of an optimiser of the same parameters, laid out and updated in this way or another.

    A fused Adam takes numbers as they lie in memory, so moments must lie there like their parameters; PyTorch sees to
    it only when it makes them.
    """
    pairs = zip(state["param_groups"], optimizer.param_groups, strict=True)
    groups = [{**saved, "fused": own["fused"]} for saved, own in pairs]
    optimizer.load_state_dict({**state, "param_groups": groups})
    for parameter, own in optimizer.state.items():
        for name, value in own.items():
            if value.shape == parameter.shape and value.stride() != parameter.stride():
                own[name] = torch.empty_like(parameter, dtype=value.dtype).copy_(value)


def set_rate(optimizer: torch.optim.Adam, rate: float) -> None:
    """Set the learning rate of all parameters."""
    for group in optimizer.param_groups:
        group["lr"] = rate


def allocate_state(optimizer: torch.optim.Optimizer) -> None:
    """Make the state that the first step would make, for parameters that have a gradient; it changes no number.

    A step that makes it itself may run out of memory with half of the weights updated.
    """
    for group in optimizer.param_groups:
        counts_on_device = group["fused"] or group["capturable"]
        for parameter in group["params"]:
            if parameter.grad is not None and not optimizer.state[parameter]:
                optimizer.state[parameter] = {
                    "step": torch.zeros((), device=parameter.device if counts_on_device else "cpu"),
                    "exp_avg": torch.zeros_like(parameter, memory_format=torch.preserve_format),
                    "exp_avg_sq": torch.zeros_like(parameter, memory_format=torch.preserve_format),
                }
