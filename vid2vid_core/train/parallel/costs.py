"""How much there is to compute for each part of the losses, so that judges can share them fairly."""

import copy
from collections.abc import Sequence

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from vid2vid_core.config import StageConfig
from vid2vid_core.losses.perceptual import MAX_WIDTH
from vid2vid_core.train.networks import Networks

_COUNTED = 512
"""Width that is counted for, pixels."""


def part_costs(parts: Sequence[str], networks: Networks, stage: StageConfig) -> dict[str, float]:
    """Multiplications of a step for each of `parts`, as `loss_parts` names them, in any unit.

    A pass forward counts once, and so do its two backward passes, to the weights and to what was judged. Flow and
    warping need hardly any.
    """
    frames = stage.schedule.n_gpus_gen * stage.schedule.max_frames_per_gpu
    width = stage.data.fineSize if "rop" in stage.data.resize_or_crop else stage.data.loadSize
    costs = {"flow": 0.0, "likeness": 0.0}
    # Forward: real, final and raw picture. Backward: to the weights for all, to what was judged for the generated ones,
    # once for the discriminator's loss and once for the generator's, and for the real one within the discriminator.
    costs["image"] = 12 * frames * _one_pass(networks.discriminator, width)
    if networks.vgg is not None:
        seen = float(width)
        while seen > MAX_WIDTH:
            seen /= 2
        costs["likeness"] = 5 * frames * _one_pass(networks.vgg, seen)
    for k, network in enumerate(networks.temporal):
        groups = -(-frames // stage.discriminator.n_frames_D)
        costs[f"temporal.{k}"] = 7 * groups * _one_pass(network, width)
    return {part: costs[part] for part in parts}


def _one_pass(network: nn.Module, width: float) -> float:
    """Multiplications of a pass forward of a picture half as high as wide, of so many pixels; nothing is computed."""
    ghost = copy.deepcopy(network).to("meta", torch.float32)
    channels = next(layer.in_channels for layer in ghost.modules() if isinstance(layer, nn.Conv2d))
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        ghost(torch.empty(1, channels, _COUNTED // 2, _COUNTED, device="meta"))
    return float(counter.get_total_flops()) * (width / _COUNTED) ** 2
