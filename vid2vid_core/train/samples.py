"""A picture of how far training is: controls, generated and real frames side by side."""

import numpy as np
import torch
from torch import Tensor

from vid2vid_core.dataset.control_picture import control_picture
from vid2vid_core.types import Chunk

_ROWS = 4


def sample_grid(chunk: Chunk, label_nc: int) -> np.ndarray:
    """Frames of a chunk as rows, columns controls | generated | real.

    Args:
        chunk: generated frames; the first clip of the batch is shown, at most four frames from first to last.
        label_nc: number of labels, for the colours; 0 for drawn controls.

    Returns:
        (H', W', 3) uint8, RGB.
    """
    shown = spread(chunk.image.shape[1])
    return picture_grid(chunk.controls[0, shown], chunk.image[0, shown], chunk.real[0, shown], label_nc)


def spread(count: int) -> list[int]:
    """At most four of `count` numbers from 0 on, from first to last."""
    return sorted({round(i) for i in np.linspace(0, count - 1, min(_ROWS, count))})


def picture_grid(controls: Tensor, generated: Tensor, real: Tensor, label_nc: int) -> np.ndarray:
    """Pictures as rows, columns controls | generated | real.

    Args:
        controls: (N, C, H, W), encoded.
        generated: (N, 3, H, W), [-1, 1].
        real: (N, 3, H, W), likewise.
        label_nc: as in `sample_grid`.

    Returns:
        (N * H, 3 * W, 3) uint8, RGB.
    """
    rows = [
        np.concatenate([_colourise(seen, label_nc), _picture(made), _picture(wanted)], axis=1)
        for seen, made, wanted in zip(controls, generated, real, strict=True)
    ]
    return np.concatenate(rows)


def _picture(image: Tensor) -> np.ndarray:
    """(3, H, W) in [-1, 1] to (H, W, 3) uint8."""
    scaled = (image.detach().float() + 1) * 127.5
    return scaled.clamp(0, 255).round().to(torch.uint8).permute(1, 2, 0).cpu().numpy()


def _colourise(controls: Tensor, label_nc: int) -> np.ndarray:
    """(C, H, W) encoded controls to (H, W, 3) uint8: a colour per label, black where there is none."""
    if label_nc == 0:
        return control_picture(controls, 0)
    one_hot = controls[:label_nc].float()
    ids = torch.where(one_hot.amax(0) > 0, one_hot.argmax(0), -1)
    return control_picture(ids[None], label_nc)
