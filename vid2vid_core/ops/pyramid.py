"""Halving and pyramids by averaging, as used for controls, first frames and inside discriminators."""

from torch import Tensor
from torch.nn.functional import avg_pool2d


def halve(x: Tensor) -> Tensor:
    """Halve height and width: 3x3 average with stride 2; pixels outside the picture do not count.

    Args:
        x: (..., C, H, W) float.

    Returns:
        (..., C, ceil(H/2), ceil(W/2)).
    """
    folded = x.reshape(-1, *x.shape[-3:])
    halved = avg_pool2d(folded, kernel_size=3, stride=2, padding=1, count_include_pad=False)
    return halved.reshape(*x.shape[:-2], *halved.shape[-2:])


def pyramid(x: Tensor, num_scales: int) -> list[Tensor]:
    """The same pictures at `num_scales` sizes, coarse to fine, each twice the size before; the last one is `x` itself.

    Args:
        x: (..., C, H, W) float.
        num_scales: number of sizes, at least 1.

    Raises:
        ValueError: height or width cannot be halved exactly that often.
    """
    multiple = 2 ** (num_scales - 1)
    for name, size in (("height", x.shape[-2]), ("width", x.shape[-1])):
        if size % multiple:
            raise ValueError(f"{name} must be a multiple of {multiple} for {num_scales} spatial scales, got {size}")
    levels = [x]
    for _ in range(num_scales - 1):
        levels.append(halve(levels[-1]))
    return levels[::-1]
