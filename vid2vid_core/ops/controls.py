"""From label and instance maps to the control channels that networks read."""

from collections.abc import Sequence

import torch
from torch import Tensor


def one_hot(labels: Tensor, label_nc: int) -> Tensor:
    """One channel per label; a pixel of -1 (ignored) is zero in all of them.

    Args:
        labels: (..., 1, H, W) integer ids, -1 or 0 .. label_nc-1.
        label_nc: number of labels.

    Returns:
        (..., label_nc, H, W) float, 0 or 1.

    Raises:
        ValueError: the ids are no integers, or one lies outside that range (only seen on a CPU).
    """
    if labels.is_floating_point() or labels.is_complex():
        raise ValueError(f"label ids must be integers, got {labels.dtype}")
    # A GPU is not asked, since the program would wait for it at every step; files are checked when they are read.
    low, high = (-1, -1) if labels.is_cuda else (int(bound) for bound in labels.aminmax())
    if low < -1 or high >= label_nc:
        outside = torch.unique(labels[(labels < -1) | (labels >= label_nc)]).tolist()
        found = ", ".join(map(str, outside[:8])) + (", ..." if len(outside) > 8 else "")
        raise ValueError(
            f"label ids must lie in 0..{label_nc - 1} (label_nc is {label_nc}; -1 means no label), found {found}; "
            "raise label_nc, map the ids, or list them under `ignore` of the dataset"
        )
    shape = (*labels.shape[:-3], label_nc, *labels.shape[-2:])
    known = (labels >= 0).to(torch.get_default_dtype())
    return known.new_zeros(shape).scatter_(-3, labels.clamp(min=0).long(), known)


def instance_edges(instances: Tensor) -> Tensor:
    """Mark pixels whose id differs from the neighbour left, right, above or below: both sides of each boundary.

    Args:
        instances: (..., 1, H, W) ids.

    Returns:
        (..., 1, H, W) float, 0 or 1.
    """
    edges = torch.zeros_like(instances, dtype=torch.bool)
    across = instances[..., 1:] != instances[..., :-1]
    down = instances[..., 1:, :] != instances[..., :-1, :]
    edges[..., 1:] |= across
    edges[..., :-1] |= across
    edges[..., 1:, :] |= down
    edges[..., :-1, :] |= down
    return edges.to(torch.get_default_dtype())


def encode_controls(controls: Tensor, instances: Tensor | None, label_nc: int) -> Tensor:
    """Control channels of each frame: one-hot labels (or drawn maps), then the instance edges.

    Args:
        controls: (..., 1, H, W) integer label ids; or, where `label_nc` is 0, (..., C, H, W) drawn maps, float as they
            are or 8-bit, whose levels become 0 .. 1.
        instances: (..., 1, H, W) ids; None leaves the edge channel out.
        label_nc: number of labels; 0 for continuous controls.

    Returns:
        (..., C, H, W) float; C = (label_nc or the given channels), plus 1 with instances.

    Raises:
        ValueError: a label outside 0 .. label_nc-1 (and not -1), or controls of the wrong kind.
    """
    if label_nc > 0:
        channels = one_hot(controls, label_nc)
    elif controls.is_floating_point():
        channels = controls
    elif controls.dtype == torch.uint8:
        channels = controls.to(torch.get_default_dtype()) / 255
    else:
        raise ValueError(f"drawn controls (label_nc 0) must be float or 8-bit, got {controls.dtype}")
    return channels if instances is None else torch.cat((channels, instance_edges(instances).to(channels)), dim=-3)


def foreground_mask(controls: Tensor, fg_labels: Sequence[int]) -> Tensor:
    """How much of each pixel is foreground: the sum of the channels in `fg_labels`, at any level of a pyramid.

    Args:
        controls: (B, C, H, W), encoded controls of the current frame.
        fg_labels: ids of the foreground labels.

    Returns:
        (B, 1, H, W), 0 .. 1.

    Raises:
        ValueError: a foreground label that has no channel.
    """
    missing = [label for label in fg_labels if not 0 <= label < controls.shape[1]]
    if missing or not fg_labels:
        raise ValueError(
            f"fg_labels must be channels 0..{controls.shape[1] - 1} of the controls, got {list(fg_labels)}"
        )
    channels = [controls[:, label : label + 1] for label in fg_labels]  # a list as index would wait for the device
    return torch.cat(channels, dim=1).sum(dim=1, keepdim=True).clamp(0, 1)
