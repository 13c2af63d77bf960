"""Generating a chunk of frames one after the other, each from the pictures before it.

Source: Wang et al., Video-to-Video Synthesis, 2018, section 3.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from vid2vid_core.config import GeneratorConfig
from vid2vid_core.config.schedule import EpochState
from vid2vid_core.models import VideoGenerator
from vid2vid_core.ops import encode_controls, foreground_mask, pyramid
from vid2vid_core.types import Chunk, Clip, FrameOutput


@dataclass(slots=True)
class Carry:
    """What one chunk hands to the next: the last tG-1 pictures at every scale, without gradient."""

    pictures: list[Tensor]
    """(B, tG-1, 3, h, w) each, oldest first; coarse to fine."""
    first: bool
    """No chunk of this clip has been generated yet."""


def start_clip(images: Tensor, config: GeneratorConfig) -> Carry:
    """The carry before the first chunk.

    Args:
        images: (B, T, 3, H, W), real frames; the first tG-1 start the recursion, or zeros with `no_first_img`.
        config: sizes and switches of the generator.
    """
    first = images[:, : config.n_frames_G - 1]
    if config.no_first_img:
        first = torch.zeros_like(first)
    return Carry(pyramid(first, config.n_scales_spatial), first=True)


def generate_chunk(
    generator: VideoGenerator, clip: Clip, begin: int, frames: int, carry: Carry, state: EpochState, label_nc: int
) -> tuple[Chunk, Carry]:
    """Generate `frames` new frames of a clip.

    Gradients flow back through blocks of `state.n_frames_bp` frames: the pictures fed to the first frame of a block are
    cut from the graph. With tG > 2 the second frame of a block still sees a picture from before it with its gradient,
    as in the published method.

    Args:
        generator: makes one frame at a time.
        clip: real frames, controls and reference flow.
        begin: how many new frames of the clip have been generated before.
        frames: how many to generate.
        carry: what the chunk before handed over.
        state: how far gradients flow and what is trained.
        label_nc: number of labels; 0 for continuous controls.

    Returns:
        The chunk for the losses, and the carry for the chunk after it.
    """
    config = generator.config
    past = config.n_frames_G - 1
    window = slice(begin, begin + frames + past)
    instances = None if clip.instances is None else clip.instances[:, window]
    controls = encode_controls(clip.controls[:, window], instances, label_nc).to(clip.images.dtype)
    levels = pyramid(controls, config.n_scales_spatial)
    pictures = [list(level.unbind(1)) for level in carry.pictures]
    outputs: list[FrameOutput] = []
    for t in range(frames):
        previous = [torch.cat(level[-past:], dim=1) for level in pictures]
        if t % state.n_frames_bp == 0:
            previous = [level.detach() for level in previous]
        output = generator(
            [level[:, t : t + past + 1].flatten(1, 2) for level in levels],
            previous,
            [foreground_mask(level[:, t + past], config.fg_labels) for level in levels] if config.fg else None,
            raw_only=config.no_first_img and carry.first,
            detach_coarse=not state.train_all_scales,
        )
        outputs.append(output)
        for level, image in zip(pictures, output.images, strict=True):
            level.append(image)
    kept = [torch.stack(level[-past:], dim=1).detach() for level in pictures]
    return _chunk(outputs, clip, controls[:, past:], begin, carry), Carry(kept, first=False)


def _chunk(outputs: list[FrameOutput], clip: Clip, controls: Tensor, begin: int, carry: Carry) -> Chunk:
    """Put the frames of a chunk beside what they are compared with."""
    frames, past = len(outputs), carry.pictures[-1].shape[1]
    current = slice(begin + past, begin + past + frames)
    before = slice(begin + past - 1, begin + past + frames - 1)
    image = torch.stack([output.image for output in outputs], dim=1)
    # The picture before the first new frame is real even where the generator began from nothing.
    start = clip.images[:, past - 1] if carry.first else carry.pictures[-1][:, -1]
    flows = [output.flow for output in outputs if output.flow is not None]
    weights = [output.weight for output in outputs if output.weight is not None]
    return Chunk(
        image=image,
        raw=torch.stack([output.raw for output in outputs], dim=1),
        flow=torch.stack(flows, dim=1) if flows else None,
        weight=torch.stack(weights, dim=1) if weights else None,
        controls=controls,
        real=clip.images[:, current],
        real_previous=clip.images[:, before],
        previous=torch.cat([start[:, None], image[:, :-1].detach()], dim=1),
        flow_ref=clip.flow[:, before],  # entry t of a clip's flow belongs to frame t + 1
        confidence=clip.confidence[:, before],
    )
