"""Generating a chunk of frames one after the other, each from the pictures before it.

Source: Wang et al., Video-to-Video Synthesis, 2018, section 3.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from vid2vid_core.config import GeneratorConfig
from vid2vid_core.config.schedule import EpochState
from vid2vid_core.models import VideoGenerator
from vid2vid_core.ops import encode_controls, foreground_mask, pyramid
from vid2vid_core.types import Chunk, Clip, FrameOutput


@dataclass(slots=True)
class Frames:
    """Generated frames in a row; n frames, full size."""

    image: Tensor
    """(B, n, 3, H, W): final pictures."""
    raw: Tensor
    """(B, n, 3, H, W): hallucinated pictures."""
    flow: Tensor | None
    """(B, n, 2, H, W), or None without flow."""
    weight: Tensor | None
    """(B, n, 1, H, W), or None without flow."""


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
    past = generator.config.n_frames_G - 1
    controls = shown_controls(clip, slice(begin, begin + frames + past), label_nc)
    made, pictures = generate_frames(generator, controls, range(frames), carry, state)
    start = clip.images[:, past - 1] if carry.first else carry.pictures[-1][:, -1]
    chunk = beside_real(stack_frames(made), clip, controls[:, past:], begin + past, start)
    return chunk, Carry([level.detach() for level in pictures], first=False)


def shown_controls(clip: Clip, window: slice, label_nc: int) -> Tensor:
    """Encoded controls (B, n, C, H, W) of the frames of a clip within a window; `label_nc` as in `generate_chunk`."""
    instances = None if clip.instances is None else clip.instances[:, window]
    return encode_controls(clip.controls[:, window], instances, label_nc).to(clip.images.dtype)


def generate_frames(
    generator: VideoGenerator, controls: Tensor, frames: range, carry: Carry, state: EpochState
) -> tuple[list[FrameOutput], list[Tensor]]:
    """Generate frames one after the other.

    Gradients flow back through blocks of `state.n_frames_bp` frames: the pictures fed to the first frame of a block are
    cut from the graph. With tG > 2 the second frame of a block still sees a picture from before it with its gradient,
    as in the published method.

    Args:
        generator: makes one frame at a time.
        controls: (B, tG-1 + n, C, H, W), encoded: of the tG-1 frames before, then of those to generate.
        frames: numbers of the n frames within their chunk, which decide where blocks begin.
        carry: the pictures before the first of them.
        state: how far gradients flow and what is trained.

    Returns:
        The frames, and the last tG-1 pictures at every scale, (B, tG-1, 3, h, w) each, with graph.
    """
    config = generator.config
    past = config.n_frames_G - 1
    levels = pyramid(controls, config.n_scales_spatial)
    pictures = [list(level.unbind(1)) for level in carry.pictures]
    outputs: list[FrameOutput] = []
    for number, t in enumerate(frames):
        previous = [torch.cat(level[-past:], dim=1) for level in pictures]
        if t % state.n_frames_bp == 0:
            previous = [level.detach() for level in previous]
        output = generator(
            [level[:, number : number + past + 1].flatten(1, 2) for level in levels],
            previous,
            [foreground_mask(level[:, number + past], config.fg_labels) for level in levels] if config.fg else None,
            raw_only=config.no_first_img and carry.first,
            detach_coarse=not state.train_all_scales,
        )
        outputs.append(output)
        for level, image in zip(pictures, output.images, strict=True):
            level.append(image)
    return outputs, [torch.stack(level[-past:], dim=1) for level in pictures]


def stack_frames(made: Sequence[FrameOutput]) -> Frames:
    """At least one frame, side by side along a time axis."""
    flows = [output.flow for output in made if output.flow is not None]
    weights = [output.weight for output in made if output.weight is not None]
    return Frames(
        image=torch.stack([output.image for output in made], dim=1),
        raw=torch.stack([output.raw for output in made], dim=1),
        flow=torch.stack(flows, dim=1) if flows else None,
        weight=torch.stack(weights, dim=1) if weights else None,
    )


def beside_real(made: Frames, clip: Clip, controls: Tensor, index: int, start: Tensor) -> Chunk:
    """Put the frames of a chunk beside what they are compared with.

    Args:
        made: all n frames of the chunk.
        clip: real frames and reference flow.
        controls: (B, n, C, H, W), encoded: of these frames.
        index: which frame of the clip the first of them is.
        start: (B, 3, H, W), the picture before it; a real one where the clip begins, in any case.
    """
    frames = made.image.shape[1]
    current, before = slice(index, index + frames), slice(index - 1, index + frames - 1)
    return Chunk(
        image=made.image,
        raw=made.raw,
        flow=made.flow,
        weight=made.weight,
        controls=controls,
        real=clip.images[:, current],
        real_previous=clip.images[:, before],
        previous=torch.cat([start[:, None], made.image[:, :-1].detach()], dim=1),
        flow_ref=clip.flow[:, before],  # entry t of a clip's flow belongs to frame t + 1
        confidence=clip.confidence[:, before],
    )
