import numpy as np
import torch

from vid2vid_core.ops import one_hot
from vid2vid_core.train.samples import sample_grid
from vid2vid_core.types import Chunk


def chunk(frames):
    labels = torch.tensor([[-1, 0, 1, 2]]).view(1, 1, 1, 1, 4).expand(1, frames, 1, 2, 4)
    fake = torch.linspace(-1, 1, frames).view(1, -1, 1, 1, 1).expand(1, frames, 3, 2, 4)
    empty = torch.empty(0)
    return Chunk(fake, fake, None, None, one_hot(labels, 3), -fake, empty, empty, empty, empty)


def test_columns_are_controls_generated_real():
    grid = sample_grid(chunk(2), 3)
    assert grid.shape == (4, 12, 3) and grid.dtype == np.uint8
    controls = grid[0, :4]
    assert not controls[0].any()  # no label
    assert {tuple(colour) for colour in controls.tolist()} == {(0, 0, 0), (128, 0, 0), (0, 128, 0)}
    assert (grid[:2, 4:8] == 0).all() and (grid[2:, 4:8] == 255).all()
    assert (grid[:2, 8:] == 255).all() and (grid[2:, 8:] == 0).all()


def test_long_chunks_show_four_frames_from_first_to_last():
    grid = sample_grid(chunk(10), 3)
    assert grid.shape[0] == 8
    assert grid[0, 4, 0] == 0 and grid[-1, 4, 0] == 255
