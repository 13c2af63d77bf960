"""Means of a feature map over each instance of a picture."""

from typing import NamedTuple

import torch
from torch import Tensor

_INSTANCES = 65536
"""Ids that an instance image can hold."""


class InstanceMeans(NamedTuple):
    """Mean features of every instance id that occurs anywhere in a batch; K ids."""

    ids: Tensor
    """(K,), ascending, in the type of the instance map."""
    means: Tensor
    """(B, K, C); zeros where a sample has no pixel of that id."""
    pixels: Tensor
    """(B, K) int64: how many pixels a sample has of each id."""
    number: Tensor
    """(B, H, W) int64: number of each pixel's id in `ids`."""


def instance_means(features: Tensor, instances: Tensor) -> InstanceMeans:
    """Mean of every channel over the pixels of each id, sample by sample.

    Args:
        features: (B, C, H, W) float.
        instances: (B, 1, H, W) integers of any size, negative ones included.

    Raises:
        ValueError: the ids are no integers, or the shapes do not fit.
    """
    batch, channels, height, width = features.shape
    if instances.is_floating_point() or instances.is_complex():
        raise ValueError(f"instance ids must be integers, got {instances.dtype}")
    if instances.shape != (batch, 1, height, width):
        raise ValueError(
            f"instance ids must have shape {(batch, 1, height, width)} for features of shape {tuple(features.shape)}, "
            f"got {tuple(instances.shape)}"
        )
    ids, index = torch.unique(instances[:, 0], return_inverse=True)
    count = len(ids)
    group = index + count * torch.arange(batch, device=index.device).view(-1, 1, 1)  # (B, H, W), 0 .. B*K-1
    pixels = torch.bincount(group.flatten(), minlength=batch * count)
    # In double precision, since an id may cover millions of pixels.
    by_pixel = features.permute(0, 2, 3, 1).reshape(-1, channels).double()
    sums = by_pixel.new_zeros(batch * count, channels).index_add(0, group.flatten(), by_pixel)
    means = (sums / pixels.clamp(min=1)[:, None]).to(features.dtype)
    return InstanceMeans(ids, means.view(batch, count, channels), pixels.view(batch, count), index)


def object_ids(labels: Tensor, instances: Tensor) -> Tensor:
    """An id for every object of every label, where there are instances; else for every label.

    An instance that covers several labels is taken for one object of each.

    Args:
        labels: (..., H, W) integer ids, -1 where there is none.
        instances: (..., H, W) integer ids 0 .. 65535.

    Returns:
        (..., H, W), label * 65536 + instance.
    """
    return labels * _INSTANCES + instances


def label_of_object(ids: Tensor) -> Tensor:
    """The labels of ids that `object_ids` has made, -1 included."""
    return ids.div(_INSTANCES, rounding_mode="floor")


def pool_instances(features: Tensor, instances: Tensor) -> Tensor:
    """Give every pixel the mean features of its instance.

    Args:
        features: (B, C, H, W) float.
        instances: (B, 1, H, W) integers of any size; samples do not share instances.

    Returns:
        (B, C, H, W). Gradients reach the features.

    Raises:
        ValueError: as `instance_means`.

    Source: Wang et al., High-Resolution Image Synthesis (pix2pixHD), 2018, section 3.4 (instance-wise average pooling).
    """
    pooled = instance_means(features, instances)
    samples = torch.arange(len(features), device=features.device).view(-1, 1, 1)
    return pooled.means[samples, pooled.number].permute(0, 3, 1, 2)
