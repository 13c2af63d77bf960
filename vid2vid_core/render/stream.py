"""The pictures of one run of frames, one after the other, in constant memory."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vid2vid_core.dataset.control_picture import control_picture
from vid2vid_core.dataset.frames import FrameReader, FrameSample
from vid2vid_core.dataset.manifest import FrameRow, FrameRun
from vid2vid_core.models import VideoGenerator
from vid2vid_core.ops import encode_controls
from vid2vid_core.render.first_frame import FirstPicture, Variant
from vid2vid_core.render.padding import Padding
from vid2vid_core.render.strand import Strand

Picture = NDArray[np.uint8]
Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True)
class RenderedFrame:
    """One generated frame and what it is shown beside."""

    row: FrameRow
    pictures: tuple[Picture, ...]
    """(H, W, 3) RGB: the model's picture, one for each style and edit; the first is the one that is scored."""
    controls: Picture
    """(H, W, 3) RGB: what it was made from."""
    edited: tuple[Picture | None, ...]
    """(H, W, 3) RGB: for each picture, what it was made from instead; None for those that change no label."""
    real: Picture | None
    """(H, W, 3) RGB at the same size; None where the dataset has no photograph."""

    @property
    def picture(self) -> Picture:
        """The first of the pictures."""
        return self.pictures[0]


def to_picture(image: Tensor) -> Picture:
    """(3, H, W) in [-1, 1] as (H, W, 3) 8-bit RGB, rounded."""
    levels = ((image.float() + 1) * 127.5).round().clamp(0, 255)
    return levels.to(torch.uint8).permute(1, 2, 0).cpu().numpy()


def render_run(
    reader: FrameReader,
    run: FrameRun,
    generator: VideoGenerator,
    label_nc: int,
    *,
    first_picture: FirstPicture | None,
    more: Sequence[Variant] = (),
    limit: int | None = None,
) -> Iterator[RenderedFrame]:
    """Generate the frames of a run; the first tG-1 only start it and are never given out.

    Frames may have any size: the generator sees them padded to what it needs, and what it makes is cropped. The
    pictures it is fed again keep their padding.

    Held in memory, whatever the length of the run: encoded controls of tG frames (once more for each edit), tG-1
    pictures per scale, style and edit, and the frame that is read ahead while the current one is made.

    Args:
        reader: Reads the frames.
        run: At least tG neighbouring frames.
        generator: On the device to render on.
        label_nc: Number of labels of the generator; 0 for drawn controls.
        first_picture: Makes the pictures of the first tG-1 frames; None begins without pictures.
        more: Other styles and edits of the run; what follows from each is also given out. They are rendered one by one,
            not as a batch, in which normalisation layers would mix them.
        limit: At most this many frames.

    Raises:
        ValueError: If a frame cannot be read, differs in size from the first, or a first picture is missing.
    """
    frames_G = generator.config.n_frames_G
    rows = run.rows if limit is None else run.rows[: frames_G - 1 + limit]
    device = next(generator.parameters()).device
    strands = [Strand(generator, first_picture), *(Strand(generator, each.picture, each.edit) for each in more)]
    padding: Padding | None = None
    for index, (row, sample) in enumerate(zip(rows, _one_ahead(reader.read, rows), strict=True)):
        if padding is None:
            height, width = sample.controls.shape[-2:]
            padding = Padding.around(height, width, generator.size_multiple)
        _require_size(row, sample, padding)
        shown = [sample if strand.edit is None else strand.edit.apply(sample) for strand in strands]
        encoded = _encode(sample, label_nc, device, padding)
        for strand, other in zip(strands, shown, strict=True):
            strand.see(encoded if other is sample else _encode(other, label_nc, device, padding))
        if index < frames_G - 1:
            for strand in strands:
                strand.begin(row, sample, padding)
            continue
        yield RenderedFrame(
            row=row,
            pictures=tuple(to_picture(padding.crop(strand.step())) for strand in strands),
            controls=control_picture(sample.controls, label_nc),
            edited=tuple(None if other is sample else control_picture(other.controls, label_nc) for other in shown),
            real=None if sample.image is None else to_picture(sample.image),
        )


def _encode(sample: FrameSample, label_nc: int, device: torch.device, padding: Padding) -> Tensor:
    """Control channels of one padded frame: (1, C, H, W)."""
    instances = None if sample.instances is None else padding.pad(sample.instances.to(device))[None]
    return encode_controls(padding.pad(sample.controls.to(device))[None], instances, label_nc)


def _require_size(row: FrameRow, sample: FrameSample, first: Padding) -> None:
    height, width = sample.controls.shape[-2:]
    if (height, width) != (first.height, first.width):
        raise ValueError(
            f"{row.sequence}/{row.frame}: {width}x{height} pixels after scaling, the frames before it "
            f"{first.width}x{first.height}; "
            f"all frames of a sequence must have one size"
        )


def _one_ahead(function: Callable[[Item], Result], items: Sequence[Item]) -> Iterator[Result]:
    """`map(function, items)`, where the next result is made by a thread while the current one is in use."""
    with ThreadPoolExecutor(1) as pool:
        pending = None
        for item in items:
            upcoming = pool.submit(function, item)
            if pending is not None:
                yield pending.result()
            pending = upcoming
        if pending is not None:
            yield pending.result()
