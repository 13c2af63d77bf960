"""Typical looks of labels and of objects."""

import pytest
import torch

from vid2vid_core.models.feature_table import FeatureTable
from vid2vid_core.models.label_codes import codes_of_frames, find_codes
from vid2vid_core.models.object_looks import choose_looks, known_objects, vary_objects
from vid2vid_core.ops import label_of_object, object_ids


def samples() -> tuple[torch.Tensor, torch.Tensor]:
    """Label 0 in three colours (6, 3 and 1 of them), label 2 in one; label 1 nowhere."""
    colours = torch.tensor([[0.9, 0.0]] * 6 + [[0.0, 0.9]] * 3 + [[-0.9, 0.0]] + [[0.5, 0.5]] * 4)
    jitter = 0.01 * torch.randn(colours.shape, generator=torch.Generator().manual_seed(0))
    return colours + jitter, torch.tensor([0] * 10 + [2] * 4)


def test_looks_of_a_label_are_real_samples_the_most_common_first() -> None:
    features, labels = samples()
    codes = find_codes(features, labels, label_nc=3, count=3)
    assert [codes.count(label) for label in range(3)] == [3, 0, 3]
    assert codes.shares[0].tolist() == pytest.approx([0.6, 0.3, 0.1])
    for number, colour in enumerate(([0.9, 0.0], [0.0, 0.9], [-0.9, 0.0]), 1):
        torch.testing.assert_close(codes.look(0, number), torch.tensor(colour), atol=0.05, rtol=0)
        assert (features == codes.look(0, number)).all(dim=1).any()
    with pytest.raises(ValueError, match="look 4 of label 0 was asked for, it has 3"):
        codes.look(0, 4)
    with pytest.raises(ValueError, match="look 1 of label 1 was asked for, it has 0"):
        codes.look(1, 1)
    assert torch.equal(codes.nearest(0, torch.tensor([0.1, 0.7])), codes.look(0, 2))


def test_where_only_frames_are_known_each_frame_is_a_sample() -> None:
    values = torch.full((6, 2, 1), torch.nan)
    values[:, 0, 0] = torch.tensor([1.0, 1.1, 1.0, -1.0, -1.1, 1.05])
    codes = codes_of_frames(FeatureTable(values))
    assert codes.count(1) == 0 and codes.shares[0, :2].sum() > 0
    assert codes.values.shape == (2, 10, 1)


def scene() -> tuple[torch.Tensor, torch.Tensor]:
    """Ground of label 2 with two objects of label 0, numbers 1000 and 1001, and a patch of label 0 that is none."""
    labels, instances = torch.full((1, 1, 4, 8), 2), torch.full((1, 1, 4, 8), 2)
    labels[..., :2], instances[..., :2] = 0, 1000
    labels[..., 3:5], instances[..., 3:5] = 0, 1001
    labels[..., 7], instances[..., 7] = 0, 0
    return labels, instances


def test_objects_of_a_label_differ_by_their_number_and_other_pixels_are_left_alone() -> None:
    codes = find_codes(*samples(), label_nc=3, count=3)
    labels, instances = scene()
    painted = vary_objects(torch.full((1, 2, 4, 8), 7.0), labels, instances, codes)
    for column, number in ((0, 1000 % 3 + 1), (3, 1001 % 3 + 1)):
        assert torch.equal(painted[0, :, 2, column], codes.look(0, number))
    assert (painted[..., 2] == 7).all() and (painted[..., 5:] == 7).all()


def test_known_objects_get_the_look_that_is_like_their_own() -> None:
    codes = find_codes(*samples(), label_nc=3, count=3)
    labels, instances = scene()
    seen = torch.zeros(1, 2, 4, 8)
    seen[:, 1, :, :2], seen[:, 0, :, 3:5] = 0.7, -0.6
    painted = known_objects(torch.full((1, 2, 4, 8), 7.0), seen, labels, instances, codes)
    assert torch.equal(painted[0, :, 0, 1], codes.look(0, 2)) and torch.equal(painted[0, :, 3, 4], codes.look(0, 3))
    assert (painted[..., 5:] == 7).all()


def test_a_whole_label_gets_the_look_that_is_chosen() -> None:
    codes = find_codes(*samples(), label_nc=3, count=3)
    labels, _ = scene()
    painted = choose_looks(torch.full((1, 2, 4, 8), 7.0), labels, codes, {0: 2})
    assert (painted.movedim(1, -1)[labels[:, 0] == 0] == codes.look(0, 2)).all()
    assert (painted.movedim(1, -1)[labels[:, 0] == 2] == 7).all()


def test_ids_of_objects_tell_their_label() -> None:
    labels, instances = scene()
    labels[..., 6] = -1
    ids = object_ids(labels, instances)
    assert torch.equal(label_of_object(ids), labels)
    assert len(ids.unique()) == 5
