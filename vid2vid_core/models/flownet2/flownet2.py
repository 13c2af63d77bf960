"""FlowNet2: three networks in a row for large displacements, one for small ones, one that merges both."""

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

from vid2vid_core.models.flownet2.flownet_c import FlowNetC
from vid2vid_core.models.flownet2.flownet_s import FlowNetS
from vid2vid_core.models.flownet2.flownet_sd import FlowNetSD
from vid2vid_core.models.flownet2.fusion import FlowNetFusion
from vid2vid_core.models.flownet2.layers import channel_norm
from vid2vid_core.ops.warp import warp

SIZE_MULTIPLE = 64
"""Both image sides must be multiples of this: the deepest features have 1/64 of the size."""
FLOW_UNIT = 20.0
"""Pixels in a unit of the large-displacement networks; the small-displacement network counts in 1/20 pixel."""


class FlowNet2(nn.Module):
    """Optical flow of an image pair. Frozen in all our uses; gradients do flow if asked for.

    Flows, warps and norms are computed in float32 at least, also under autocast and with weights in 16 bit.

    Args:
        rgb_max: what mean-free images are divided by: 255 for images in 0 ... 255 (as the weights were trained);
            1 for images in [-1, 1] as vid2vid uses them (twice the contrast of training); 2 for images in [-1, 1] with
            the contrast of training.

    Source: Ilg et al., FlowNet 2.0: Evolution of Optical Flow Estimation with Deep Networks, 2017.
    """

    def __init__(self, rgb_max: float = 1.0) -> None:
        super().__init__()
        self.rgb_max = rgb_max
        self.matching = FlowNetC()
        self.refining1 = FlowNetS()
        self.refining2 = FlowNetS()
        self.small_motion = FlowNetSD()
        self.fusion = FlowNetFusion()

    def forward(self, first: Tensor, second: Tensor) -> Tensor:
        """Flow on the grid of the first image: second(p + flow[p]) resembles first(p).

        Args:
            first: (B, 3, H, W), RGB, height and width multiples of 64.
            second: (B, 3, H, W).

        Returns:
            (B, 2, H, W), pixels, float32 (float64 for images in float64).

        Raises:
            ValueError: the images differ in shape, have not three channels, or a side is no multiple of 64.
        """
        _check_shapes(first, second)
        first, second = self._normalise(first, second)
        large = self._large_motion(first, second)
        small = _enlarge(self.small_motion(self._stack(first, second)) / FLOW_UNIT, "nearest")
        parts = [first, small, large, channel_norm(small), channel_norm(large)]
        parts += [channel_norm(first - warp(second, flow)) for flow in (small, large)]
        return self.fusion(self._stack(*parts))

    def _large_motion(self, first: Tensor, second: Tensor) -> Tensor:
        dtype = self.fusion.to_full.weight.dtype
        flow = _enlarge(FLOW_UNIT * self.matching(first.to(dtype), second.to(dtype)), "bilinear")
        for refine, mode in ((self.refining1, "bilinear"), (self.refining2, "nearest")):
            warped = warp(second, flow)
            error = channel_norm(first - warped)
            flow = _enlarge(FLOW_UNIT * refine(self._stack(first, second, warped, flow / FLOW_UNIT, error)), mode)
        return flow

    def _normalise(self, first: Tensor, second: Tensor) -> tuple[Tensor, Tensor]:
        """Subtract each colour's mean over both images of a pair, divide by rgb_max."""
        dtype = torch.promote_types(first.dtype, torch.float32)
        first, second = first.to(dtype), second.to(dtype)
        mean = (first.mean((2, 3), keepdim=True) + second.mean((2, 3), keepdim=True)) / 2
        return (first - mean) / self.rgb_max, (second - mean) / self.rgb_max

    def _stack(self, *parts: Tensor) -> Tensor:
        """Concatenate channels, in the type of the weights."""
        return torch.cat(parts, dim=1).to(self.fusion.to_full.weight.dtype)


def _enlarge(flow: Tensor, mode: str) -> Tensor:
    """(B, 2, h, w) -> (B, 2, 4h, 4w); the values stay."""
    return interpolate(flow, scale_factor=4, mode=mode)


def _check_shapes(first: Tensor, second: Tensor) -> None:
    if first.shape != second.shape or first.dim() != 4 or first.shape[1] != 3:
        raise ValueError(
            f"FlowNet2 needs two images of equal shape (B, 3, H, W), got {tuple(first.shape)} and {tuple(second.shape)}"
        )
    height, width = first.shape[-2:]
    if height % SIZE_MULTIPLE or width % SIZE_MULTIPLE:
        raise ValueError(
            f"FlowNet2 needs image sides that are multiples of {SIZE_MULTIPLE}, got height {height} and width {width}; "
            "reference_flow() takes any size"
        )
