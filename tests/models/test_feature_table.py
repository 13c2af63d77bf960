"""Mean features by label, and the training frame they are nearest to."""

import math

import pytest
import torch

from vid2vid_core.models.feature_table import (
    FeatureTable,
    label_means,
    nearest_features,
    nearest_frame,
    paint_labels,
)

NAN = math.nan


def test_means_are_those_of_the_pixels_of_each_label_and_sample() -> None:
    features = torch.randn(2, 3, 4, 5, dtype=torch.float64)
    labels = torch.randint(-1, 4, (2, 1, 4, 5))
    labels[labels == 2] = 3  # label 2 occurs nowhere
    means, present = label_means(features, labels, 4)
    for sample in range(2):
        for label in range(4):
            pixels = features[sample][:, labels[sample, 0] == label]
            assert bool(present[sample, label]) == (pixels.shape[1] > 0)
            expected = pixels.mean(1) if pixels.shape[1] else torch.zeros(3, dtype=torch.float64)
            torch.testing.assert_close(means[sample, label], expected)


def test_painting_gives_every_pixel_its_label_and_nothing_where_there_is_none() -> None:
    vectors = torch.arange(12.0).view(2, 3, 2)
    labels = torch.tensor([[[[0, 2]]], [[[1, -1]]]])
    painted = paint_labels(labels, vectors)
    assert painted[0, :, 0, 0].tolist() == [0, 1] and painted[0, :, 0, 1].tolist() == [4, 5]
    assert painted[1, :, 0, 0].tolist() == [8, 9] and painted[1, :, 0, 1].tolist() == [0, 0]


def test_gradient_reaches_the_features_and_is_finite_where_labels_are_absent() -> None:
    features = torch.randn(1, 2, 2, 2, requires_grad=True)
    labels = torch.tensor([[[[0, 0], [2, -1]]]])
    means, _ = label_means(features, labels, 4)
    paint_labels(labels, means).square().sum().backward()
    assert features.grad is not None and features.grad.isfinite().all()
    assert (features.grad[0, :, 1, 1] == 0).all() and (features.grad[0, :, 0] != 0).all()


def test_nearest_is_judged_by_the_labels_that_are_there() -> None:
    table = FeatureTable(torch.tensor([[[0.0], [100.0]], [[3.0], [0.0]], [[1.0], [50.0]]]))  # frames, labels, features
    means = torch.tensor([[1.2], [0.0]])
    assert nearest_frame(means, torch.tensor([True, True]), table) == 1
    assert nearest_frame(means, torch.tensor([True, False]), table) == 2


def test_of_equally_near_frames_the_first_is_taken() -> None:
    table = FeatureTable(torch.tensor([[[9.0]], [[1.0]], [[-1.0]], [[1.0]]]))
    assert nearest_frame(torch.zeros(1, 1), torch.tensor([True]), table) == 1


def test_a_frame_that_lacks_a_label_is_compared_by_the_mean_of_the_others() -> None:
    table = FeatureTable(torch.tensor([[[0.0], [NAN]], [[0.0], [2.0]], [[0.1], [6.0]]]))
    both = torch.tensor([True, True])
    assert nearest_frame(torch.tensor([[0.0], [4.2]]), both, table) == 0  # by the mean, 4
    assert nearest_frame(torch.tensor([[0.0], [2.2]]), both, table) == 1


def test_feature_map_takes_the_vectors_of_the_chosen_frame_for_the_labels_of_this_map() -> None:
    table = FeatureTable(torch.tensor([[[5.0], [6.0], [NAN]], [[1.0], [NAN], [NAN]]]))
    labels = torch.tensor([[[[0, 1, 2, -1]]]])
    features = torch.tensor([[[[1.0, 6.0, 7.0, 8.0]]]])
    # frame 1 is nearer; its missing label 1 takes the mean (6); label 2, which nobody has, and no label stay
    assert nearest_features(features, labels, table).flatten().tolist() == [1, 6, 7, 8]


def test_every_sample_has_its_own_nearest_frame() -> None:
    table = FeatureTable(torch.tensor([[[0.0]], [[10.0]]]))
    features = torch.tensor([9.0, 1.0]).view(2, 1, 1, 1)
    assert nearest_features(features, torch.zeros(2, 1, 1, 1, dtype=torch.long), table).flatten().tolist() == [10, 0]


def test_tables_that_do_not_fit_are_refused() -> None:
    table = FeatureTable(torch.zeros(2, 3, 4))
    with pytest.raises(ValueError, match="3 labels of 4 features, the picture 3 of 5"):
        nearest_frame(torch.zeros(3, 5), torch.ones(3, dtype=torch.bool), table)
    with pytest.raises(ValueError, match=r"labels 0..2, the map holds 3"):
        nearest_features(torch.zeros(1, 4, 1, 1), torch.full((1, 1, 1, 1), 3), table)
    with pytest.raises(ValueError, match="at least one frame"):
        FeatureTable(torch.zeros(0, 3, 4))
