import base64

import cv2
import numpy as np
import pytest

from vid2vid_core.report.pictures import data_uri, flow_colours, flow_wheel, instance_colours, round_up, shrink


def uniform(x: float, y: float) -> np.ndarray:
    return np.full((4, 4, 2), (x, y), np.float32)


def test_no_motion_is_white_and_motion_to_the_right_red():
    assert flow_colours(uniform(0, 0), 5.0).min() == 255
    red = flow_colours(uniform(5, 0), 5.0)[0, 0]
    assert red[0] > 200 and red[1] < 20 and red[2] < 20


def test_opposite_directions_have_complementary_colours():
    right, left = (flow_colours(uniform(x, 0), 5.0)[0, 0].astype(int) for x in (5, -5))
    assert right[0] > 200 > left[0] and left[1] > 200 and left[2] > 200


def test_colours_are_full_from_the_maximum_on():
    assert np.array_equal(flow_colours(uniform(3, 4), 5.0), flow_colours(uniform(30, 40), 5.0))
    assert not np.array_equal(flow_colours(uniform(1.5, 2), 5.0), flow_colours(uniform(3, 4), 5.0))


def test_wheel_agrees_with_the_maps():
    wheel = flow_wheel(65)
    assert wheel[32, 62, :3].tolist()[0] > 200 and wheel[32, 62, 1] < 40  # to the right: red
    assert wheel[0, 0, 3] == 0 and wheel[32, 32, 3] == 255  # corners are clear


@pytest.mark.parametrize(("length", "expected"), [(0.2, 1), (1.0, 1), (1.1, 2), (4.9, 5), (12, 20), (51, 100)])
def test_maximum_is_a_round_number(length, expected):
    assert round_up(length) == expected


def test_lossless_uris_keep_every_pixel():
    image = np.random.default_rng(0).integers(0, 256, (7, 5, 3), np.uint8)
    head, _, body = data_uri(image, lossless=True).partition(",")
    assert head == "data:image/png;base64"
    back = cv2.imdecode(np.frombuffer(base64.b64decode(body), np.uint8), cv2.IMREAD_COLOR_RGB)
    assert np.array_equal(back, image)


def test_shrinking_ids_invents_none():
    ids = np.zeros((100, 1000), np.uint16)
    ids[:, 500:] = 26001
    small = shrink(ids, 320, nearest=True)
    assert small.shape == (32, 320)
    assert set(np.unique(small)) == {0, 26001}


def test_instances_keep_their_colour_and_have_white_edges():
    first, second = np.zeros((10, 10), np.uint16), np.zeros((10, 10), np.uint16)
    first[2:8, 2:8] = 7
    second[4:9, 4:9] = 7
    second[0:2, 0:2] = 8
    one, two = instance_colours(first), instance_colours(second)
    assert np.array_equal(one[5, 5], two[6, 6])
    assert one[2, 4].tolist() == [255, 255, 255]
    assert not np.array_equal(two[6, 6], two[0, 0])
