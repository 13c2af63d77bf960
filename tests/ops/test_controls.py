"""Labels and instances as control channels."""

import pytest
import torch
from torch.testing import assert_close

from vid2vid_core.ops import encode_controls, foreground_mask, instance_edges, one_hot


def test_one_hot_has_one_channel_per_label_and_nothing_for_ignored_pixels() -> None:
    labels = torch.tensor([[0, 2], [-1, 1]])[None, None, None]  # (1, 1, 1, 2, 2)
    encoded = one_hot(labels, 3)
    assert encoded.shape == (1, 1, 3, 2, 2)
    assert encoded[0, 0, :, 0, 0].tolist() == [1, 0, 0]
    assert encoded[0, 0, :, 0, 1].tolist() == [0, 0, 1]
    assert encoded[0, 0, :, 1, 0].tolist() == [0, 0, 0]
    assert encoded[0, 0, :, 1, 1].tolist() == [0, 1, 0]


@pytest.mark.parametrize(("bad", "shown"), [(255, "255"), (35, "35"), (-2, "-2")])
def test_ids_outside_are_named(bad: int, shown: str) -> None:
    labels = torch.zeros(1, 1, 4, 4, dtype=torch.int64)
    labels[..., 2, 2] = bad
    with pytest.raises(ValueError, match=rf"0\.\.34 .*label_nc is 35.*found {shown};"):
        one_hot(labels, 35)


def test_ids_that_are_no_integers_are_refused() -> None:
    with pytest.raises(ValueError, match="integers, got torch.float32"):
        one_hot(torch.zeros(1, 1, 2, 2), 3)


def test_both_sides_of_a_boundary_are_edges() -> None:
    instances = torch.full((1, 1, 4, 6), 24001)
    instances[..., 1:3, 2:4] = 24002
    expected = torch.tensor([[0, 0, 1, 1, 0, 0], [0, 1, 1, 1, 1, 0], [0, 1, 1, 1, 1, 0], [0, 0, 1, 1, 0, 0]])
    assert_close(instance_edges(instances)[0, 0], expected.float())


def test_edges_agree_with_a_look_at_every_neighbour() -> None:
    instances = torch.randint(0, 3, (2, 3, 1, 7, 5), generator=torch.Generator().manual_seed(0))
    edges = instance_edges(instances)
    for b, t, y, x in torch.cartesian_prod(*(torch.arange(n) for n in (2, 3, 7, 5))).tolist():
        around = [(y - 1, x), (y + 1, x), (y, x - 1), (y, x + 1)]
        inside = [(j, i) for j, i in around if 0 <= j < 7 and 0 <= i < 5]
        differs = any(instances[b, t, 0, j, i] != instances[b, t, 0, y, x] for j, i in inside)
        assert edges[b, t, 0, y, x] == float(differs)


def test_edges_follow_the_labels() -> None:
    labels = torch.randint(0, 4, (1, 2, 1, 6, 6))
    instances = torch.randint(0, 2, (1, 2, 1, 6, 6))
    encoded = encode_controls(labels, instances, 4)
    assert encoded.shape == (1, 2, 5, 6, 6)
    assert_close(encoded[:, :, :4], one_hot(labels, 4))
    assert_close(encoded[:, :, 4:], instance_edges(instances))
    assert encode_controls(labels, None, 4).shape == (1, 2, 4, 6, 6)


def test_continuous_controls_pass_as_they_are() -> None:
    pose = torch.rand(1, 2, 6, 8, 8) * 2 - 1
    assert_close(encode_controls(pose, None, 0), pose)
    with pytest.raises(ValueError, match="label_nc 0"):
        encode_controls(torch.zeros(1, 1, 6, 8, 8, dtype=torch.int64), None, 0)


def test_foreground_is_the_clamped_sum_of_its_channels() -> None:
    controls = torch.zeros(1, 5, 2, 2)
    controls[0, 1, 0, 0], controls[0, 4, 0, 0] = 0.75, 0.5
    controls[0, 4, 1, 1], controls[0, 2, 0, 1] = 0.25, 1.0
    assert_close(foreground_mask(controls, (1, 4))[0, 0], torch.tensor([[1.0, 0.0], [0.0, 0.25]]))


@pytest.mark.parametrize("labels", [(26,), (-1,), ()])
def test_foreground_labels_without_a_channel_are_refused(labels: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"fg_labels must be channels 0\.\.11"):
        foreground_mask(torch.zeros(1, 12, 4, 4), labels)
