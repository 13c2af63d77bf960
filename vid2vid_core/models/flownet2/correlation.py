"""Correlation of two feature maps (cost volume), exact and without a loop over all displacements."""

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d, pad


def correlation(
    first: Tensor,
    second: Tensor,
    *,
    padding: int = 20,
    kernel_size: int = 1,
    max_displacement: int = 20,
    stride: int = 1,
    displacement_step: int = 2,
) -> Tensor:
    """How well each place of the first map resembles displaced places of the second. The defaults are FlowNet2's.

    For the defaults, with zeros outside the second map: cost[n, 21 (j + 10) + (i + 10), y, x] = mean over c of
    first[n, c, y, x] * second[n, c, y + 2j, x + 2i]. In general both maps are padded, windows of `kernel_size` are
    compared, and place (y, x) stands for a window centred `max_displacement` + `stride` y below the top of the padded
    map (and so on for x), whatever the kernel size.

    Args:
        first: (B, C, H, W), stays in place.
        second: (B, C, H, W), is displaced.
        padding: zeros on every side of both maps.
        kernel_size: side of the compared windows, odd.
        max_displacement: largest displacement d in either direction, feature pixels.
        stride: step between places in the first map.
        displacement_step: step s between displacements; there are D = 2 floor(d / s) + 1 in each direction.

    Returns:
        (B, D * D, H', W') in the type of `first` (summed in float32 at least), vertical displacement slow, horizontal
        fast, both from negative to positive; H' = ceil((H + 2 padding - 2 d - kernel_size + 1) / stride), W' likewise.
        Gradients reach both maps.

    Raises:
        ValueError: the maps differ in shape, a setting is out of range, or windows would leave the padded map.

    Source: Dosovitskiy et al., FlowNet, 2015, section 3.
    """
    if first.shape != second.shape or first.dim() != 4:
        raise ValueError(
            f"correlation needs two maps of equal shape (B, C, H, W), "
            f"got {tuple(first.shape)} and {tuple(second.shape)}"
        )
    if (
        kernel_size < 1
        or kernel_size % 2 == 0
        or min(stride, displacement_step) < 1
        or min(padding, max_displacement) < 0
    ):
        raise ValueError(
            "correlation needs an odd kernel_size, strides of at least 1 and no negative padding or displacement, got "
            f"kernel_size {kernel_size}, stride {stride}, displacement_step {displacement_step}, padding {padding}, "
            f"max_displacement {max_displacement}"
        )
    dtype = torch.promote_types(first.dtype, torch.float32)
    radius = max_displacement // displacement_step
    # 441 sums over 256 products each: 16 bit would lose the small costs, so autocast has no say here.
    with torch.autocast(first.device.type, enabled=False):
        if kernel_size == 1 and stride == 1 and padding == max_displacement:
            cost = _correlate_band(first.to(dtype), second.to(dtype), radius, displacement_step)
        else:
            maps = [pad(m.to(dtype), [padding] * 4) for m in (first, second)]
            cost = _correlate_windows(
                maps[0], maps[1], radius, kernel_size, max_displacement, stride, displacement_step
            )
    return cost.to(first.dtype)


def _correlate_band(first: Tensor, second: Tensor, radius: int, step: int) -> Tensor:
    """Point-wise correlation by matrix products of whole rows, of which a diagonal band is kept.

    Displacements are multiples of `step`, so only pixels of equal row and column number modulo `step` ever meet: the
    maps fall into step^2 classes. In a class, the product of a row (w pixels of C channels) with a row of the second
    map gives all w x (w + 2 radius) pairs of columns. That is (w + 2 radius) / (2 radius + 1) times too many, but in
    dense matrix products that read memory once: 10 to 20 times faster on a CPU than a loop over displacements.
    """
    batch, channels, height, width = first.shape
    fill = [0, -width % step, 0, -height % step]
    h, w, d = -(-height // step), -(-width // step), 2 * radius + 1
    classes = (batch, channels, h, step, w, step)
    rows = batch * step * step
    left = (pad(first, fill) / channels).reshape(classes).permute(2, 0, 3, 5, 1, 4).reshape(h * rows, channels, w)
    right = pad(second, fill).reshape(classes).permute(2, 0, 3, 5, 4, 1).reshape(h, rows, w, channels)
    # Feature rows are the slowest axis, so that a vertical displacement is a contiguous slice and nothing is copied.
    right = pad(right, [0, 0, radius, radius, 0, 0, radius, radius]).reshape(-1, w + 2 * radius, channels)
    bands = []
    for j in range(d):
        pairs = torch.bmm(right[j * rows : (j + h) * rows], left)  # (h rows, w + 2 radius, w): second's, first's column
        # Entry (x + i, x) lies at i w + x (w + 1) of the flattened matrix: a view, d windows of w entries.
        bands.append(pairs.flatten(1).unfold(1, (w - 1) * (w + 1) + 1, w)[..., :: w + 1])
    cost = torch.stack(bands).reshape(d, h, batch, step, step, d, w)
    cost = cost.permute(2, 0, 5, 1, 3, 6, 4).reshape(batch, d * d, h * step, w * step)
    return cost[..., :height, :width]


def _correlate_windows(
    first: Tensor, second: Tensor, radius: int, kernel_size: int, max_displacement: int, stride: int, step: int
) -> Tensor:
    """Any setting, one displacement after the other, on maps that are padded already."""
    start = max_displacement - kernel_size // 2
    height, width = (size - 2 * max_displacement for size in first.shape[-2:])  # of what the windows cover in `first`
    if start - radius * step < 0:
        raise ValueError(
            f"correlation with max_displacement {max_displacement}, displacement_step {step} and kernel_size "
            f"{kernel_size} would read outside the padded maps: max_displacement - kernel_size // 2 must reach the "
            f"largest displacement, {radius * step}"
        )
    if min(height, width) < kernel_size:
        raise ValueError(
            f"padded maps of {first.shape[-2]}x{first.shape[-1]} are too small for max_displacement {max_displacement} "
            f"and kernel_size {kernel_size}"
        )
    still = first[..., start : start + height, start : start + width]
    costs = []
    for j in range(-radius, radius + 1):
        for i in range(-radius, radius + 1):
            top, left = start + j * step, start + i * step
            products = (still * second[..., top : top + height, left : left + width]).mean(1, keepdim=True)
            costs.append(avg_pool2d(products, kernel_size, stride))
    return torch.cat(costs, dim=1)
