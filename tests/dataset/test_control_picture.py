import numpy as np
import torch

from vid2vid_core.dataset.control_picture import control_picture
from vid2vid_core.dataset.palette import colourise


def test_labels_have_a_colour_each() -> None:
    labels = torch.tensor([[[0, 1, -1]]])
    assert np.array_equal(control_picture(labels, 3), colourise(labels[0].numpy(), 3))


def test_of_a_face_the_edges_are_shown() -> None:
    maps = torch.zeros(15, 2, 3, dtype=torch.uint8)
    maps[0, 0, 1], maps[1:] = 200, 77
    picture = control_picture(maps, 0)
    assert picture.shape == (2, 3, 3) and picture.dtype == np.uint8
    assert picture[0].tolist() == [[0] * 3, [200] * 3, [0] * 3] and not picture[1].any()
    assert np.array_equal(control_picture(maps.float() / 255, 0), picture)
    assert np.array_equal(control_picture(maps[:1], 0), picture)


def test_of_a_pose_key_points_lie_over_body_surface() -> None:
    maps = torch.full((6, 1, 3), -1.0)
    maps[:3, 0, 1:] = torch.tensor([0.0, 1.0, 1.0])[:, None]  # surface in the middle and right
    maps[3:, 0, 2] = torch.tensor([1.0, -1.0, -1.0])  # a red limb over the right one
    assert control_picture(maps, 0)[0].tolist() == [[0, 0, 0], [128, 255, 255], [255, 0, 0]]
    assert control_picture(maps[:3], 0)[0, 1].tolist() == [128, 255, 255]
    assert control_picture(maps[3:], 0)[0, 2].tolist() == [255, 0, 0]
