"""The few batch and output types that travel between parts.

Axes: B batch, T time (oldest first), C channels, H height, W width, K classes. Pictures are RGB in [-1, 1]. Flows are
in pixels of their own resolution, channel 0 = x (right), 1 = y (down), from the current frame back to the previous one:
`warp(previous, flow)` resembles the current frame.
"""

from dataclasses import dataclass, fields, replace

import torch
from torch import Tensor


@dataclass(slots=True)
class Clip:
    """A training excerpt: T consecutive (possibly strided) frames of one sequence per batch entry."""

    images: Tensor
    """(B, T, 3, H, W) float, [-1, 1]."""
    controls: Tensor
    """(B, T, C, H, W): label ids, C = 1, int64 (ignored pixels: -1); or drawn maps: faces uint8, poses float -1..1."""
    instances: Tensor | None
    """(B, T, 1, H, W) int64 ids, or None where the recipe does not use them."""
    flow: Tensor
    """(B, T-1, 2, H, W) float, pixels: entry t leads from frame t+1 back to frame t. Without pixels (H = W = 0), as
    `confidence`, where nobody looks at it."""
    confidence: Tensor
    """(B, T-1, 1, H, W) float, [0, 1]."""

    def to(self, device: torch.device) -> "Clip":
        """The same clip on another device."""
        moved = {
            field.name: value.to(device, non_blocking=True)
            for field in fields(self)
            if (value := getattr(self, field.name)) is not None
        }
        return replace(self, **moved)

    def pin_memory(self) -> "Clip":
        """The same clip in memory from which a GPU copies while others compute."""
        pinned = {
            field.name: value.pin_memory() for field in fields(self) if (value := getattr(self, field.name)) is not None
        }
        return replace(self, **pinned)

    def first(self, frames: int) -> "Clip":
        """The clip cut down to its first frames."""
        return Clip(
            images=self.images[:, :frames],
            controls=self.controls[:, :frames],
            instances=None if self.instances is None else self.instances[:, :frames],
            flow=self.flow[:, : frames - 1],
            confidence=self.confidence[:, : frames - 1],
        )


@dataclass(slots=True)
class FrameOutput:
    """What the sequential generator returns for one frame, at full size unless said otherwise."""

    image: Tensor
    """(B, 3, H, W): the final picture."""
    raw: Tensor
    """(B, 3, H, W): the hallucinated picture (foreground pasted on as well)."""
    flow: Tensor | None
    """(B, 2, H, W), pixels; None without flow."""
    weight: Tensor | None
    """(B, 1, H, W), 1 = hallucinated, 0 = warped; None without flow."""
    images: list[Tensor]
    """The final picture of every scale, coarse to fine; the last is `image`."""


@dataclass(slots=True)
class Chunk:
    """The generated frames of one chunk and what the losses compare them with; n frames, full size."""

    image: Tensor
    """(B, n, 3, H, W): final pictures."""
    raw: Tensor
    """(B, n, 3, H, W): hallucinated pictures."""
    flow: Tensor | None
    """(B, n, 2, H, W), or None without flow."""
    weight: Tensor | None
    """(B, n, 1, H, W), or None without flow."""
    controls: Tensor
    """(B, n, C, H, W): encoded controls of the current frames."""
    real: Tensor
    """(B, n, 3, H, W): real current frames."""
    real_previous: Tensor
    """(B, n, 3, H, W): real previous frames."""
    previous: Tensor
    """(B, n, 3, H, W): previous pictures for the warp loss, without gradient."""
    flow_ref: Tensor
    """(B, n, 2, H, W): reference flow."""
    confidence: Tensor
    """(B, n, 1, H, W): its confidence."""
