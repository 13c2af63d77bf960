"""Leaving the half precision of convolutions."""

import torch
from torch import Tensor


def full_precision(x: Tensor) -> Tensor:
    """bfloat16 and float16 become float32, anything wider stays as it is.

    Networks may compute in half precision (`torch.autocast`); pictures, flows and losses pass through here, since eight
    bits of mantissa cannot hold where a pixel of a wide picture came from, nor the sum of a million small differences.
    """
    return x.to(torch.promote_types(x.dtype, torch.float32))
