"""Means over instances."""

import pytest
import torch
from torch.testing import assert_close

from vid2vid_core.ops import instance_means, pool_instances


def test_every_pixel_gets_the_mean_of_its_instance_sample_by_sample() -> None:
    features = torch.randn(2, 5, 6, 8)
    instances = torch.randint(0, 4, (2, 1, 6, 8)) * 2000 - 3
    pooled = pool_instances(features, instances)
    for b in range(2):
        for value in instances[b].unique():
            here = instances[b, 0] == value
            expected = features[b][:, here].mean(dim=1)
            assert_close(pooled[b][:, here], expected[:, None].expand(-1, int(here.sum())))


def test_any_integers_are_ids() -> None:
    features = torch.tensor([1.0, 2.0, 3.0, 6.0]).view(1, 1, 1, 4)
    for ids in ([-1, 7, 7, -1], [2**62, -(2**62), -(2**62), 2**62], [0, 255, 255, 0]):
        assert_close(
            pool_instances(features, torch.tensor(ids).view(1, 1, 1, 4)).flatten().tolist(), [3.5, 2.5, 2.5, 3.5]
        )
    small = torch.tensor([0, 1, 1, 0], dtype=torch.uint8).view(1, 1, 1, 4)
    assert pool_instances(features, small).flatten().tolist() == [3.5, 2.5, 2.5, 3.5]


def test_ids_that_a_sample_lacks_have_no_pixels() -> None:
    features = torch.arange(8.0).view(2, 1, 1, 4)
    means = instance_means(features, torch.tensor([[3, 3, 9, 9], [9, 9, 9, 9]]).view(2, 1, 1, 4))
    assert means.ids.tolist() == [3, 9]
    assert means.pixels.tolist() == [[2, 2], [0, 4]]
    assert means.means.flatten().tolist() == [0.5, 2.5, 0.0, 5.5]
    assert means.number[0, 0].tolist() == [0, 0, 1, 1]


def test_large_instances_lose_no_precision() -> None:
    features = torch.full((1, 1, 1024, 1024), 1000.1)
    pooled = pool_instances(features, torch.zeros(1, 1, 1024, 1024, dtype=torch.int64))
    assert_close(pooled, features, rtol=1e-7, atol=0)


def test_gradients_are_shared_by_an_instance() -> None:
    features = torch.zeros(1, 1, 1, 4, requires_grad=True)
    pool_instances(features, torch.tensor([0, 0, 0, 1]).view(1, 1, 1, 4))[..., 0].sum().backward()
    assert_close(features.grad, torch.tensor([1 / 3, 1 / 3, 1 / 3, 0]).view(1, 1, 1, 4))


def test_wrong_ids_are_named() -> None:
    features = torch.zeros(1, 2, 4, 4)
    with pytest.raises(ValueError, match="instance ids must be integers, got torch.float32"):
        pool_instances(features, torch.zeros(1, 1, 4, 4))
    with pytest.raises(ValueError, match=r"must have shape \(1, 1, 4, 4\).*got \(1, 1, 4, 5\)"):
        pool_instances(features, torch.zeros(1, 1, 4, 5, dtype=torch.int64))
