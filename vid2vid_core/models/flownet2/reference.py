"""Reference flow and confidence of picture pairs of any size, by FlowNet2 or any other estimator."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from vid2vid_core.models.flownet2.flownet2 import SIZE_MULTIPLE
from vid2vid_core.ops.warp import warp

CONFIDENCE_THRESHOLD = 0.02
"""Squared difference in [-1, 1], summed over colours, below which a flow is believed."""


@torch.no_grad()
def reference_flow(
    estimator: Callable[[Tensor, Tensor], Tensor],
    current: Tensor,
    previous: Tensor,
    threshold: float = CONFIDENCE_THRESHOLD,
) -> tuple[Tensor, Tensor]:
    """Flow from the current picture back to the previous one, and where it explains what is seen.

    The estimator works at the next smaller multiples of 64 (at least 64) of height and width. Its flow is resized back,
    each component multiplied by the ratio of its own axis.

    Args:
        estimator: e.g. a `FlowNet2`; takes (N, 3, h, w) twice, in [-1, 1], and gives (N, 2, h, w), pixels.
        current: (B, 3, H, W) or (B, T, 3, H, W), [-1, 1].
        previous: of the same shape; the picture before each current one.
        threshold: a pixel is believed where the squared difference of `current` and warped `previous`, summed over
            colours, is below it.

    Returns:
        flow: (B, [T,] 2, H, W), pixels: `warp(previous, flow)` resembles `current`. No gradient.
        confidence: (B, [T,] 1, H, W) float32, 1 believed, 0 not; where pictures were resized, fractions in between.

    Raises:
        ValueError: the shapes differ or are not of that kind.

    Source: Wang et al., Video-to-Video Synthesis, 2018, section 3.3 (flow of real frames as the reference).
    """
    if current.shape != previous.shape or current.dim() not in (4, 5) or current.shape[-3] != 3:
        raise ValueError(
            "reference flow needs two batches of pictures of equal shape (B, 3, H, W) or (B, T, 3, H, W), got "
            f"{tuple(current.shape)} and {tuple(previous.shape)}"
        )
    leading, size = current.shape[:-3], current.shape[-2:]
    working = [max(side // SIZE_MULTIPLE, 1) * SIZE_MULTIPLE for side in size]
    now, before = (_resize(x.flatten(0, -4), working) for x in (current, previous))
    flow = estimator(now, before)
    confidence = ((now - warp(before, flow)).square().sum(1, keepdim=True) < threshold).float()
    if tuple(working) != tuple(size):
        confidence = _resize(confidence, size)
        scales = (size[1] / working[1], size[0] / working[0])
        flow = torch.stack([x * scale for x, scale in zip(_resize(flow, size).unbind(1), scales, strict=True)], dim=1)
    return flow.unflatten(0, leading), confidence.unflatten(0, leading)


def _resize(x: Tensor, size: list[int] | torch.Size) -> Tensor:
    if tuple(x.shape[-2:]) == tuple(size):
        return x
    return interpolate(x, size=tuple(size), mode="bilinear", align_corners=False)
