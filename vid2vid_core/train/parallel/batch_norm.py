"""Batch normalisation by the statistics of all ranks' pictures together, as if they were one batch.

torch.nn.SyncBatchNorm does the same on GPUs and refuses CPUs; this is made of differentiable sums over the ranks and
runs on both.

Source: Chan et al., Updating Formulae and a Pairwise Algorithm for Computing Sample Variances, 1979.
"""

from collections.abc import Iterable
from typing import Any, cast

import torch
import torch.distributed as dist
from torch import Tensor, nn

from vid2vid_core.train.parallel.ranks import Ranks


class SharedBatchNorm(nn.BatchNorm2d):
    """In training mode the statistics are those of all ranks; in evaluation mode it is plain batch normalisation."""

    def __init__(self, plain: nn.BatchNorm2d, ranks: Ranks) -> None:
        """Takes the place of `plain` and has its very parameters and buffers."""
        super().__init__(plain.num_features, plain.eps, plain.momentum, plain.affine, plain.track_running_stats)
        self._ranks = ranks
        self._parameters, self._buffers = plain._parameters, plain._buffers
        self.train(plain.training)

    def forward(self, input: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, C, H, W); the size may differ from rank to rank."""
        if not self.training:
            return super().forward(input)
        exact = input.to(torch.promote_types(input.dtype, torch.float32))
        variance, mean = torch.var_mean(exact, dim=(0, 2, 3), correction=0)
        count = torch.full_like(mean, input.numel() / self.num_features)
        rows = _gather(torch.stack([count, mean, variance]), self._ranks)  # (ranks, 3, C)
        counts, means, variances = rows.unbind(1)
        shares = (counts / counts.sum(0)).detach()
        mean = (shares * means).sum(0)
        variance = (shares * (variances + (means - mean).square())).sum(0)
        self._track(mean.detach(), variance.detach(), counts.detach().sum(0))
        scale = (variance + self.eps).rsqrt()
        if self.affine:
            scale = scale * self.weight
        shift = -mean * scale
        if self.affine:
            shift = shift + self.bias
        return (input * scale[:, None, None] + shift[:, None, None]).to(input.dtype)

    def _track(self, mean: Tensor, variance: Tensor, count: Tensor) -> None:
        """Move the running statistics, if there are any, as the plain layer does."""
        if self.running_mean is None or self.running_var is None or self.num_batches_tracked is None:
            return
        momentum = cast(float, self.momentum)
        self.num_batches_tracked += 1
        self.running_mean.lerp_(mean, momentum)
        self.running_var.lerp_(variance * count / (count - 1), momentum)


def share_statistics(networks: Iterable[nn.Module], ranks: Ranks) -> None:
    """Let all batch normalisations of networks, in place, see all ranks' pictures; weights and their names stay.

    Averages of weights (`WeightAverage`) are not among such networks: they render, each rank for itself.
    """
    if ranks.size == 1:
        return
    for network in networks:
        for parent in list(network.modules()):
            for name, child in parent.named_children():
                if isinstance(child, nn.BatchNorm2d):
                    setattr(parent, name, SharedBatchNorm(child, ranks))


def running_statistics(networks: Iterable[nn.Module]) -> list[Tensor]:
    """The running means and variances of all batch normalisations, in a fixed order."""
    layers = (part for network in networks for part in network.modules() if isinstance(part, nn.BatchNorm2d))
    found = (statistic for layer in layers for statistic in (layer.running_mean, layer.running_var))
    return [statistic for statistic in found if statistic is not None]


class _SumOverRanks(torch.autograd.Function):
    """Sum of a tensor over the ranks; what each rank's losses make of it comes back to all."""

    @staticmethod
    def forward(ctx: Any, tensor: Tensor) -> Tensor:
        summed = tensor.clone()
        dist.all_reduce(summed)
        return summed

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        summed = gradient.contiguous().clone()
        dist.all_reduce(summed)
        return summed


def _gather(own: Tensor, ranks: Ranks) -> Tensor:
    """The tensors of all ranks, stacked in their order, with gradient."""
    rows = [own if rank == ranks.rank else torch.zeros_like(own) for rank in range(ranks.size)]
    summed: Tensor = _SumOverRanks.apply(torch.stack(rows))
    return summed
