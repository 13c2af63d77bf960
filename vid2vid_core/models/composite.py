"""What the generators of all scales share: encode, decode, blend with the warped past, paste the foreground.

A scale hallucinates a raw picture, predicts a flow back to the newest previous picture and a weight per pixel, and
blends: weight 1 takes the hallucinated pixel, weight 0 the warped one. A branch of its own may draw the foreground.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from vid2vid_core.config import GeneratorConfig
from vid2vid_core.models.layers import Decoder, Encoder, Norm, conv7, side_by_side
from vid2vid_core.ops import full_precision, warp

FLOW_SCALE = 20.0
"""Pixels of flow per unit of the flow head at the coarsest scale; doubles with every scale."""


@dataclass(slots=True)
class Features:
    """Last feature maps of a scale, (B, width, H, W) each, which the next finer scale adds to its own encoding."""

    image: Tensor
    flow: Tensor | None
    foreground: Tensor | None


@dataclass(slots=True)
class ScaleOutput:
    """What one scale returns, at its own size."""

    image: Tensor
    """(B, 3, H, W), [-1, 1]: final picture."""
    raw: Tensor
    """(B, 3, H, W), [-1, 1]: hallucinated picture, foreground included."""
    flow: Tensor | None
    """(B, 2, H, W), pixels of this scale."""
    weight: Tensor | None
    """(B, 1, H, W), 0 .. 1."""
    features: Features


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes in which the scales differ."""

    width: int
    foreground_width: int
    num_down: int
    encoder_blocks: int
    decoder_blocks: int
    foreground_blocks: int
    flow_scale: float


class ScaleGenerator(nn.Module):
    """Generator of one spatial scale; `CompositeGenerator` and `RefinementGenerator` give it its sizes.

    Args:
        config: switches, frames and normalisation.
        control_channels: control channels of one frame.
        shape: sizes of this scale.
    """

    def __init__(self, config: GeneratorConfig, control_channels: int, shape: Shape) -> None:
        super().__init__()
        stacked, past = control_channels * config.n_frames_G, 3 * (config.n_frames_G - 1)
        width, norm = shape.width, layer_norm(config)
        self.flow_scale = shape.flow_scale
        self.label_encoder = Encoder(stacked, width, shape.num_down, shape.encoder_blocks, norm)
        self.image_encoder = Encoder(past, width, shape.num_down, shape.encoder_blocks, norm)
        self.image_decoder = Decoder(width, shape.num_down, shape.decoder_blocks, norm)
        self.image_head = conv7(width, 3)
        self.has_flow, self.has_foreground = not config.no_flow, config.fg
        if self.has_flow:
            self.flow_decoder = Decoder(width, shape.num_down, shape.decoder_blocks, norm)
            self.flow_head = conv7(width, 2)
            self.mask_head = conv7(width, 1)
        if self.has_foreground:
            fg_width = shape.foreground_width
            self.foreground_encoder = Encoder(stacked, fg_width, shape.num_down, 0, norm)
            self.foreground_decoder = Decoder(fg_width, shape.num_down, shape.foreground_blocks, norm)
            self.foreground_head = conv7(fg_width, 3)

    def generate(
        self, controls: Tensor, previous: Tensor, mask: Tensor | None, coarse: Features | None, raw_only: bool
    ) -> ScaleOutput:
        """One frame at this scale.

        Args:
            controls: (B, tG*C, H, W), oldest frame first.
            previous: (B, 3*(tG-1), H, W), oldest picture first.
            mask: (B, 1, H, W), 1 = foreground; needed with a foreground branch.
            coarse: feature maps of the next coarser scale.
            raw_only: make the raw picture the final one; flow and weight are returned all the same.

        Raises:
            ValueError: the mask is missing.
        """
        encoded = self.label_encoder(controls) + self.image_encoder(previous)
        image_map = self.image_decoder(_add(encoded, coarse.image if coarse else None))
        image = raw = torch.tanh(full_precision(self.image_head(image_map)))
        flow = weight = flow_map = foreground_map = None
        if self.has_flow:
            flow_map = self.flow_decoder(_add(encoded, coarse.flow if coarse else None))
            flow, weight = side_by_side(flow_map, self.flow_head, self.mask_head)
            flow = self.flow_scale * full_precision(flow)
            weight = torch.sigmoid(full_precision(weight))
            if not raw_only:
                image = _blend(warp(previous[:, -3:], flow), raw, weight)
        if self.has_foreground:
            if mask is None:
                raise ValueError("a generator with a foreground branch (fg: true) needs a foreground mask, got None")
            encoded = self.foreground_encoder(controls)
            foreground_map = self.foreground_decoder(_add(encoded, coarse.foreground if coarse else None))
            foreground = torch.tanh(full_precision(self.foreground_head(foreground_map)))
            same = image is raw
            raw = _blend(raw, foreground, mask)
            image = raw if same else _blend(image, foreground, mask)
        return ScaleOutput(image, raw, flow, weight, Features(image_map, flow_map, foreground_map))


def layer_norm(config: GeneratorConfig) -> Norm:
    """What the layers do for a generator's `norm` and `norm_mode`."""
    return "running" if config.norm_mode == "eval" else config.norm


def _add(encoded: Tensor, coarse: Tensor | None) -> Tensor:
    return encoded if coarse is None else encoded + coarse


def _blend(below: Tensor, above: Tensor, opacity: Tensor) -> Tensor:
    """`above` where the opacity is 1, `below` where it is 0."""
    return below + opacity * (above - below)
