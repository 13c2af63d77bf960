"""L1 distance that trusts only part of the pixels."""

from torch import Tensor


def masked_l1(a: Tensor, b: Tensor, confidence: Tensor) -> Tensor:
    """Mean over all elements of |confidence * (a - b)|; not divided by the area of the mask.

    Args:
        a: (B, C, H, W).
        b: (B, C, H, W).
        confidence: (B, 1, H, W), 0 .. 1; a pixel of 0 counts as a perfect match.

    Returns:
        Scalar.

    Source: Wang et al., Video-to-Video Synthesis, 2018, section 3 (flow loss).
    """
    return (confidence * (a - b)).abs().mean()
