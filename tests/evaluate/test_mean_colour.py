"""The baseline that paints labels in their mean training colour."""

import numpy as np
import pytest

from vid2vid_core.evaluate.baselines import MeanColour


def test_labels_get_their_mean_colour() -> None:
    labels = np.array([[0, 0], [2, -1]])
    picture = np.array([[[10, 0, 0], [20, 0, 0]], [[0, 99, 0], [0, 0, 40]]], np.uint8)
    colours = MeanColour([(labels, picture)], count=3)
    painted = colours.picture(np.array([[0, 2, 1, -1]]))
    overall = [8, 25, 10]  # mean of all four pixels, rounded: label 1 never occurred, -1 is no label
    assert painted[0].tolist() == [[15, 0, 0], [0, 99, 0], overall, overall]


def test_pixels_count_alike_whatever_frame_they_are_in() -> None:
    ones, zeros = np.zeros((1, 3), int), np.zeros((1, 1), int)
    pairs = [(ones, np.full((1, 3, 3), 100, np.uint8)), (zeros, np.full((1, 1, 3), 0, np.uint8))]
    assert MeanColour(pairs, 1).picture(zeros).tolist() == [[[75, 75, 75]]]


def test_no_training_frame_is_an_error() -> None:
    with pytest.raises(ValueError, match="needs at least one valid frame in the training split"):
        MeanColour([], 3)
