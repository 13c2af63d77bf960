import numpy as np
import pytest
import torch

from vid2vid_core.annotate.panoptic import merge

LABELS = torch.tensor([7, 24, 26, 24])  # model classes 0..3: road, person, car, another kind of person
OBJECTS = {24, 26}


def queries(*entries, size=(8, 8)):
    """Queries (class, probability, rows, columns), each a mask that is sure inside and outside."""
    probabilities = torch.full((len(entries), 4), 1e-3)
    logits = torch.full((len(entries), *size), -9.0)
    for index, (kind, probability, rows, columns) in enumerate(entries):
        probabilities[index, kind] = probability
        logits[index, rows, columns] = 9.0
    return probabilities, logits


def test_confident_queries_become_labels_and_objects_of_their_own():
    everywhere = (0, 0.6, slice(0, 8), slice(0, 8))
    found = queries((2, 0.95, slice(0, 4), slice(0, 4)), (2, 0.9, slice(4, 8), slice(4, 8)), everywhere)
    # the road loses half of its mask to the cars, but what is left of it is no object
    labels, segments = merge(*found, LABELS, OBJECTS, (8, 8))
    assert labels.dtype == np.uint8 and segments.dtype == np.int32
    assert (labels[:4, :4] == 26).all() and (labels[4:, 4:] == 26).all()
    assert (labels[:4, 4:] == 7).all() and (segments[:4, 4:] == 0).all()
    assert (segments[:4, :4] == 1).all() and (segments[4:, 4:] == 2).all()


def test_every_pixel_has_a_label_even_where_no_query_is_confident():
    found = queries((1, 0.4, slice(0, 8), slice(0, 4)), (0, 0.3, slice(0, 8), slice(4, 8)))
    labels, segments = merge(*found, LABELS, OBJECTS, (8, 8))
    assert (labels[:, :4] == 24).all() and (labels[:, 4:] == 7).all() and (segments == 0).all()


def test_classes_of_one_label_add_up():
    # two kinds of person at 0.3 each outweigh a car at 0.4
    whole = (slice(0, 8), slice(0, 8))
    labels, _ = merge(*queries((1, 0.3, *whole), (3, 0.3, *whole), (2, 0.4, *whole)), LABELS, OBJECTS, (8, 8))
    assert (labels == 24).all()


def test_mostly_covered_query_is_dropped():
    front, behind = (2, 0.95, slice(0, 8), slice(0, 7)), (1, 0.9, slice(0, 8), slice(0, 8))
    _, segments = merge(*queries(front, behind), LABELS, OBJECTS, (8, 8))
    assert np.unique(segments).tolist() == [0, 1] and (segments[:, 7] == 0).all()


def test_masks_are_enlarged_to_the_frame():
    labels, segments = merge(
        *queries((2, 0.9, slice(0, 4), slice(0, 8)), (0, 0.9, slice(4, 8), slice(0, 8))), LABELS, OBJECTS, (33, 50)
    )
    assert labels.shape == segments.shape == (33, 50)
    assert (labels[:15] == 26).all() and (labels[18:] == 7).all()
    assert (segments[:15] == 1).all() and (segments[18:] == 0).all()  # road is no object


@pytest.mark.parametrize("num", [1, 3])
def test_nothing_confident_makes_no_segment(num):
    found = queries(*[(0, 0.2, slice(0, 8), slice(0, 8))] * num)
    assert (merge(*found, LABELS, OBJECTS, (8, 8))[1] == 0).all()
