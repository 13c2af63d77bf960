"""How much there is to compute for each part of the losses, so that judges can share them fairly."""

import copy
from collections.abc import Sequence

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from vid2vid_core.config import StageConfig
from vid2vid_core.train.networks import Networks

_SIDES = (256, 512)
"""Height and width of the picture counted for; only proportions matter, and they are nearly the same at all sizes."""


def part_costs(parts: Sequence[str], networks: Networks, stage: StageConfig) -> dict[str, float]:
    """Multiplications of a step for each of `parts`, as `loss_parts` names them, in any unit.

    A pass forward counts once, and so do its two backward passes, to the weights and to what was judged. Flow and
    warping need hardly any.
    """
    frames = stage.schedule.n_gpus_gen * stage.schedule.max_frames_per_gpu
    costs = {"flow": 0.0, "image": 0.0, "likeness": 0.0}
    # Forward: real, final and raw picture. Backward: to the weights for all, to what was judged for the generated ones,
    # once for the discriminator's loss and once for the generator's, and for the real one within the discriminator.
    costs["image"] = 12 * frames * _one_pass(networks.discriminator)
    if networks.vgg is not None:
        costs["likeness"] = 5 * frames * _one_pass(networks.vgg)
    for k, network in enumerate(networks.temporal):
        groups = -(-frames // stage.discriminator.n_frames_D)
        costs[f"temporal.{k}"] = 7 * groups * _one_pass(network)
    return {part: costs[part] for part in parts}


def _one_pass(network: nn.Module) -> float:
    """Multiplications of a pass forward; nothing is computed."""
    ghost = copy.deepcopy(network).to("meta", torch.float32)
    channels = next(layer.in_channels for layer in ghost.modules() if isinstance(layer, nn.Conv2d))
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        ghost(torch.empty(1, channels, *_SIDES, device="meta"))
    return float(counter.get_total_flops())
