"""The built-in body-part map of drawn figures, whose joints are known."""

import dataclasses

import numpy as np
import pytest

from vid2vid_core.annotate.pose.body_parts import draw_parts
from vid2vid_core.annotate.pose.body_scale import Facing, body_scale, mean_distance
from vid2vid_core.annotate.pose.silhouette import pack
from vid2vid_core.maps.drawn_person import drawn_person
from vid2vid_core.maps.person import Person, missing

SIZE = (640, 480)
FIGURE = drawn_person(320, 20, 440, raised=0.35)


def turned(person: Person) -> Person:
    """The same person seen from behind: left and right exchanged in the picture."""

    def mirror(points):
        return np.column_stack([SIZE[0] - points[:, 0], points[:, 1:]])

    arrays = {name: mirror(getattr(person, name)) for name in ("body", "face", "left_hand", "right_hand")}
    return Person(**arrays)


def without(person: Person, *joints: int) -> Person:
    body = person.body.copy()
    body[list(joints)] = 0
    return dataclasses.replace(person, body=body)


def only_body(person: Person) -> Person:
    return Person(person.body, missing(70), missing(21), missing(21))


def part_at(picture, place):
    x, y = np.round(place).astype(int)
    return int(picture[y, x, 2])


def between(person, one, other, share=0.5):
    return (1 - share) * person.body[one, :2] + share * person.body[other, :2]


@pytest.mark.parametrize("front", [True, False])
def test_each_limb_has_the_number_of_its_side(front):
    person = FIGURE if front else turned(FIGURE)
    parts = draw_parts(only_body(person), None, SIZE, front)
    column = 1 if front else 0
    expected = {
        (9, 10): (7, 9), (12, 13): (8, 10), (10, 11): (11, 13), (13, 14): (12, 14), (2, 3): (16, 18), (5, 6): (15, 17),
        (3, 4): (20, 22), (6, 7): (19, 21), (1, 8): (1, 2),
    }  # fmt: skip
    for (start, end), numbers in expected.items():
        assert part_at(parts, between(person, start, end)) == numbers[column], (start, end)
    assert part_at(parts, between(person, 24, 22)) == 5
    assert part_at(parts, between(person, 21, 19)) == 6


def test_head_is_halved_and_hands_lie_on_their_points():
    parts = draw_parts(FIGURE, None, SIZE, True)
    right_ear, left_ear = FIGURE.body[17, :2], FIGURE.body[18, :2]
    assert part_at(parts, right_ear + (4, 0)) == 23
    assert part_at(parts, left_ear - (4, 0)) == 24
    assert part_at(parts, FIGURE.right_hand[9, :2]) == 3
    assert part_at(parts, FIGURE.left_hand[9, :2]) == 4


def test_u_runs_along_and_v_across_towards_the_persons_left():
    parts = draw_parts(only_body(FIGURE), None, SIZE, True)

    def at(share, beside=0):
        x, y = np.round(between(FIGURE, 1, 8, share) + (beside, 0)).astype(int)
        return parts[y, x].astype(int)

    u = [at(share)[1] for share in (0.2, 0.4, 0.6, 0.8)]
    np.testing.assert_allclose(u, [51, 102, 153, 204], atol=4)
    v = [at(0.5, beside)[0] for beside in (-25, 0, 25)]
    assert v[0] < v[1] - 20 < v[1] + 20 < v[2] and abs(v[1] - 127) < 5
    behind = draw_parts(only_body(turned(FIGURE)), None, SIZE, False)
    x, y = np.round(between(turned(FIGURE), 1, 8)).astype(int)
    assert behind[y, x - 25, 0] > behind[y, x + 25, 0]


def test_silhouette_is_followed_and_what_is_far_is_not_theirs():
    silhouette = np.zeros(SIZE[::-1], np.bool_)
    silhouette[20:470, 270:370] = True
    silhouette[20:470, 20:40] = True
    picture = draw_parts(FIGURE, silhouette, SIZE, True)
    body = picture[..., 2] > 0
    assert not body[:, 20:40].any()
    assert body[150:240, 275:365].all()
    thin = draw_parts(FIGURE, None, SIZE, True)[..., 2] > 0
    assert body[200, 270:370].sum() >= thin[200, 270:370].sum()
    # the arm that the silhouette lost is still there, thinner
    assert part_at(picture, between(FIGURE, 3, 4)) == 22


def test_hips_without_knees_get_thighs_only_where_the_silhouette_is():
    person = only_body(without(FIGURE, 10, 11, 13, 14, 19, 20, 21, 22, 23, 24))
    silhouette = np.zeros(SIZE[::-1], np.bool_)
    silhouette[:, 250:390] = True
    below = FIGURE.body[9, :2] + (0, 45)
    assert part_at(draw_parts(person, silhouette, SIZE, True), below) == 9
    assert part_at(draw_parts(person, None, SIZE, True), below) == 0


def test_upper_body_alone_has_a_torso_that_runs_out_of_the_frame():
    close = drawn_person(320, 60, 1500)
    body = close.body.copy()
    body[body[:, 1] > SIZE[1] - 1] = 0
    body[8] = 0
    picture = draw_parts(Person(body, close.face, missing(21), missing(21)), None, SIZE, True)
    assert (picture[440:, 300:340, 2] == 2).all()


def test_nobody_and_a_lone_point_give_a_black_picture():
    nobody = Person(missing(25), missing(70), missing(21), missing(21))
    assert not draw_parts(nobody, None, SIZE, True).any()
    body = missing(25)
    body[4] = 100, 100, 1
    assert not draw_parts(dataclasses.replace(nobody, body=body), np.ones(SIZE[::-1], np.bool_), SIZE, True).any()


def test_body_beyond_the_frame_is_cut_off():
    picture = draw_parts(drawn_person(-500, 20, 440), None, SIZE, True)
    assert not picture.any()
    half = draw_parts(drawn_person(0, 20, 440), None, SIZE, True)
    assert half[:, :60, 2].any() and set(np.unique(half[..., 2])) <= set(range(25))


def test_facing_holds_its_answer_from_the_side():
    facing = Facing()
    assert facing.update(FIGURE)
    assert not facing.update(turned(FIGURE))
    narrow = FIGURE.body.copy()
    narrow[[2, 5], 0] = 319, 321
    assert not facing.update(dataclasses.replace(FIGURE, body=narrow))
    assert facing.update(FIGURE)


def test_scale_does_not_shrink_when_a_person_turns_sideways():
    narrow = FIGURE.body.copy()
    narrow[[2, 5], 0] = 319, 321
    assert body_scale(dataclasses.replace(FIGURE, body=narrow)) > 0.8 * body_scale(FIGURE)


def test_distance_counts_common_joints_only():
    shifted = FIGURE.body.copy()
    shifted[:, 0] += 7
    shifted[3] = 0
    assert mean_distance(FIGURE, dataclasses.replace(FIGURE, body=shifted)) == pytest.approx(7)
    assert mean_distance(FIGURE, dataclasses.replace(FIGURE, body=missing(25))) is None


def test_silhouettes_survive_packing():
    mask = np.random.default_rng(0).random((37, 51)) > 0.5
    np.testing.assert_array_equal(pack(mask).unpack(), mask)
