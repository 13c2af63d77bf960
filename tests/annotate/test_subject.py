"""Who is followed, on made-up tracks of boxes."""

import numpy as np
import pytest

from vid2vid_core.annotate.subject import ABSENT, box_side, choose_subject, surrounding_box


def box(x, y, side):
    return [x - side / 2, y - side / 2, x + side / 2, y + side / 2]


def frames(*people):
    """Boxes of each frame, in an order that changes from frame to frame; and who each box is."""
    draw = np.random.default_rng(0)
    boxes, owners = [], []
    for now in zip(*people, strict=True):
        here = [(who, place) for who, place in enumerate(now) if place is not None]
        draw.shuffle(here)
        boxes.append(np.array([box(*place) for _, place in here], float).reshape(-1, 4))
        owners.append([who for who, _ in here])
    return boxes, owners


def chosen(*people):
    boxes, owners = frames(*people)
    return [None if n == ABSENT else owners[t][n] for t, n in enumerate(choose_subject(boxes))]


def test_one_person_is_the_subject_in_every_frame():
    assert chosen([(100 + 5 * t, 80, 40) for t in range(20)]) == [0] * 20


def test_a_passer_by_who_is_larger_for_a_few_frames_never_becomes_the_subject():
    subject = [(100, 80, 40)] * 60
    passer = [(20 + 15 * (t - 20), 90, 90) if 20 <= t < 35 else None for t in range(60)]
    assert chosen(subject, passer) == [0] * 60


def test_a_face_in_the_background_that_is_always_there_is_not_the_subject():
    subject = [(200, 80, 120) if t % 10 < 7 else None for t in range(60)]
    poster = [(20, 20, 25)] * 60
    assert chosen(poster, subject) == [1 if t % 10 < 7 else None for t in range(60)]


def test_a_passer_by_who_hides_the_subject_is_not_taken_for_it():
    hidden = range(15, 19)
    subject = [None if t in hidden else (200, 80, 40) for t in range(40)]
    passer = [(20 + 22 * (t - 8), 85, 45) if 8 <= t < 26 else None for t in range(40)]
    assert chosen(subject, passer) == [None if t in hidden else 0 for t in range(40)]


def test_a_passer_by_of_another_size_in_place_of_the_subject_is_not_taken_for_it():
    subject = [(100, 80, 40) if not 10 <= t < 14 else None for t in range(40)]
    passer = [(100, 80, 80) if 10 <= t < 14 else None for t in range(40)]
    assert chosen(subject, passer) == [0 if not 10 <= t < 14 else None for t in range(40)]


@pytest.mark.parametrize("noise", [0.0, 1.0])
def test_two_people_who_cross_keep_their_tracks(noise):
    draw = np.random.default_rng(3)
    jitter = draw.normal(0, noise, (2, 41, 2))
    right = [(100 + 4 * t + jitter[0, t, 0], 80 + jitter[0, t, 1], 44) for t in range(41)]
    left = [(260 - 4 * t + jitter[1, t, 0], 80 + jitter[1, t, 1], 40) for t in range(41)]
    assert chosen(right, left) == [0] * 41


def test_two_people_who_cross_while_the_one_behind_is_hidden():
    subject = [(100 + 4 * t, 80, 44) if not 18 <= t <= 22 else None for t in range(41)]
    other = [(260 - 4 * t, 80, 42) if t > 4 else None for t in range(41)]
    assert chosen(subject, other) == [0 if not 18 <= t <= 22 else None for t in range(41)]


def test_who_leaves_at_the_border_and_returns_there_is_the_same_person():
    way = [100, 80, 60, 40, 20, *[None] * 15, 15, 35, 55, 75, 95]
    assert chosen([None if x is None else (x, 80, 40) for x in way]) == [None if x is None else 0 for x in way]


def test_who_comes_in_elsewhere_after_the_subject_left_is_somebody_else():
    subject = [(40, 80, 40)] * 10 + [None] * 10
    other = [None] * 14 + [(300, 80, 40)] * 6
    assert chosen(subject, other) == [0] * 10 + [None] * 10


def test_no_boxes_at_all_and_no_frames():
    assert choose_subject([np.zeros((0, 4))] * 3).tolist() == [ABSENT] * 3
    assert choose_subject([]).tolist() == []


def test_boxes_without_extent_do_not_divide_by_zero():
    with np.errstate(all="raise"):
        assert choose_subject([np.array([[5.0, 5, 5, 5]])] * 3).tolist() == [0, 0, 0]


def test_box_of_points_and_its_side():
    points = np.array([[3.0, 10], [7, 2], [5, 4]])
    assert surrounding_box(points).tolist() == [3, 2, 7, 10]
    assert box_side(np.array([[0.0, 0, 4, 9], [1, 1, 1, 1]])).tolist() == [6, 1]
