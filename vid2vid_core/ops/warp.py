"""Backward warping by a flow in pixels, and the composition of two flows."""

import torch
from torch import Tensor
from torch.nn.functional import grid_sample


def warp(image: Tensor, flow: Tensor) -> Tensor:
    """Look up each output pixel p at p + flow[p], bilinearly; pixel centres lie at integer coordinates.

    Args:
        image: (B, C, H, W), any range.
        flow: (B, 2, H, W), pixels; channel 0 = x (right), 1 = y (down). Lookups outside clamp to the border.

    Returns:
        (B, C, H, W): `image` as seen along `flow`. Gradients reach both arguments; a clamped coordinate gives none.

    Raises:
        ValueError: batch or size of image and flow differ, or the flow has not two channels.

    Source: Jaderberg et al., Spatial Transformer Networks, 2015 (bilinear sampling).
    """
    batch, _, height, width = image.shape
    if flow.shape != (batch, 2, height, width):
        raise ValueError(
            f"flow must have shape {(batch, 2, height, width)} to warp an image of shape {tuple(image.shape)}, "
            f"got {tuple(flow.shape)}"
        )
    # Half precision cannot hold coordinates of wide pictures (0.5 px steps at 1024), so the grid never uses it.
    dtype = torch.promote_types(flow.dtype, torch.float32)
    columns = torch.linspace(-1, 1, width, dtype=dtype, device=flow.device)
    rows = torch.linspace(-1, 1, height, dtype=dtype, device=flow.device)
    x = flow[:, 0].to(dtype) * (2 / max(width - 1, 1)) + columns
    y = flow[:, 1].to(dtype) * (2 / max(height - 1, 1)) + rows[:, None]
    grid = torch.stack((x, y), dim=-1)  # (B, H, W, 2), -1 and 1 = centres of the outermost pixels
    warped = grid_sample(image.to(dtype), grid, mode="bilinear", padding_mode="border", align_corners=True)
    return warped.to(image.dtype)


def compose_flow(first: Tensor, second: Tensor) -> Tensor:
    """Chain two flows: from a to b, then from b to c, gives a to c.

    Args:
        first: (B, 2, H, W), pixels, a to b.
        second: (B, 2, H, W), pixels, b to c.

    Returns:
        (B, 2, H, W), pixels, a to c.

    Raises:
        ValueError: the shapes differ.
    """
    return first + warp(second, first)
