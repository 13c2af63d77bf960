import numpy as np

from vid2vid_core.annotate.instances import draw_instances, drop_small, find_components
from vid2vid_core.annotate.tracking import InstanceTracker
from vid2vid_core.maps.instance_ids import FIRST_OBJECT, LAST_OBJECT


def picture(*boxes, size=(40, 60)):
    """Label map with boxes (label, top, left, height, width)."""
    labels = np.full(size, 7, np.uint8)
    for label, top, left, height, width in boxes:
        labels[max(top, 0) : top + height, max(left, 0) : left + width] = label
    return labels


def follow(*frames, min_pixels=4):
    """Instance images of label maps; cars (26) and people (24) are objects."""
    tracker, drawn = InstanceTracker(), []
    for labels in frames:
        objects = find_components(labels, (24, 26), min_pixels)
        drawn.append(draw_instances(labels, objects, tracker.update(labels, objects)))
    return drawn


def test_components_of_object_labels_only_diagonals_joined_small_ones_dropped():
    labels = picture((26, 2, 2, 5, 5), (26, 7, 7, 5, 5), (26, 20, 20, 1, 2), (24, 30, 2, 6, 3), (11, 30, 30, 5, 5))
    objects = find_components(labels, (24, 26), min_pixels=4)
    assert sorted(np.unique(objects)) == [0, 1, 2]
    assert objects[3, 3] == objects[8, 8] != objects[31, 3]
    assert objects[20, 20] == 0 and objects[32, 32] == 0


def test_instance_image_holds_labels_outside_objects_and_16_bit_numbers_inside():
    labels = picture((26, 2, 2, 5, 5))
    drawn = draw_instances(labels, find_components(labels, (26,), 4), np.array([LAST_OBJECT]))
    assert drawn.dtype == np.uint16
    assert drawn[3, 3] == LAST_OBJECT and drawn[0, 0] == 7


def test_drop_small_renumbers_in_order():
    assert drop_small(np.array([[1, 2, 2, 3, 3, 0]], np.int32), 2).tolist() == [[0, 1, 1, 2, 2, 0]]


def test_objects_keep_their_number_while_they_move_and_new_ones_get_another():
    frames = [picture((26, 5, 3 * t, 8, 12), (24, 25, 50 - 4 * t, 8, 3)) for t in range(8)]
    frames[4:] = [np.where(picture((26, 30, 45, 6, 6)) == 26, 26, frame).astype(np.uint8) for frame in frames[4:]]
    drawn = follow(*frames)
    assert {int(d[8, 3 * t + 4]) for t, d in enumerate(drawn)} == {int(drawn[0][8, 4])}
    # 4 pixels a frame and 3 pixels wide: never overlaps itself
    assert {int(d[28, 51 - 4 * t]) for t, d in enumerate(drawn)} == {int(drawn[0][28, 51])}
    new = {int(d[32, 47]) for d in drawn[4:]}
    assert len(new) == 1 and not new & {int(drawn[0][8, 4]), int(drawn[0][28, 51])}


def test_crossing_objects_of_equal_size_keep_their_numbers():
    boxes = [((26, 5, 2 + 4 * t, 8, 8), (26, 14, 50 - 4 * t, 8, 8)) for t in range(12)]
    drawn = follow(*(picture(*pair) for pair in boxes))
    assert len({int(d[pair[0][1] + 1, pair[0][2] + 1]) for d, pair in zip(drawn, boxes, strict=True)}) == 1
    assert len({int(d[pair[1][1] + 1, pair[1][2] + 1]) for d, pair in zip(drawn, boxes, strict=True)}) == 1


def test_hidden_object_gets_its_number_back_and_a_far_one_does_not():
    moving = [picture((26, 10, 4 * t, 8, 8)) for t in range(10)]
    hidden = [picture() if 4 <= t < 7 else frame for t, frame in enumerate(moving)]
    drawn = follow(*hidden)
    assert drawn[9][12, 38] == drawn[0][12, 2] >= FIRST_OBJECT
    apart = follow(picture((26, 0, 0, 6, 6)), picture(), picture((26, 30, 50, 6, 6)))
    assert apart[2][32, 52] != apart[0][2, 2]


def test_another_label_is_another_object():
    drawn = follow(picture((26, 5, 5, 8, 8)), picture((24, 5, 5, 8, 8)))
    assert drawn[0][8, 8] != drawn[1][8, 8]


def test_numbers_are_used_again_after_the_last():
    tracker = InstanceTracker()
    tracker._next = LAST_OBJECT
    labels = picture((26, 0, 0, 5, 5), (26, 20, 20, 5, 5))
    numbers = tracker.update(labels, find_components(labels, (26,), 4))
    assert sorted(numbers) == [FIRST_OBJECT, LAST_OBJECT]
    assert tracker.update(labels, find_components(labels, (26,), 4)).tolist() == numbers.tolist()


def test_frames_without_objects():
    tracker = InstanceTracker()
    for _ in range(2):
        assert tracker.update(picture(), np.zeros((40, 60), np.int32)).shape == (0,)
