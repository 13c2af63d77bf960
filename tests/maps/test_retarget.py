"""Poses of one person, moved to where another one stands and to their size."""

from dataclasses import replace

import numpy as np
import pytest

from vid2vid_core.maps.drawn_person import drawn_person
from vid2vid_core.maps.face_crop import Box
from vid2vid_core.maps.person import Person, missing
from vid2vid_core.maps.pose_map import draw_pose
from vid2vid_core.maps.retarget import place
from vid2vid_core.maps.stature import Stature, measure

SMALL, LARGE = (320, 240), (1280, 720)
NOBODY = Person(missing(25), missing(70), missing(21), missing(21))


def dance(x: float, top: float, height: float, frames: int = 20) -> list[Person]:
    """Somebody who waves and sways."""
    swing = np.sin(np.linspace(0, 4 * np.pi, frames))
    return [drawn_person(x + 0.1 * height * s, top, height, 0.3 + 0.2 * s) for s in swing]


def upper(person: Person) -> Person:
    """Seen down to the waist only: what lies below is missing."""
    body = person.body.copy()
    body[8:15] = body[19:] = 0
    return replace(person, body=body)


def extent(people: list[Person]) -> np.ndarray:
    return np.array([person.extent() for person in people])


def test_whoever_is_seen_whole_gets_the_height_and_the_ground_of_the_other() -> None:
    small, large = dance(100, 40, 150), dance(700, 60, 600)
    placement = place(measure(small, SMALL), measure(large, LARGE))
    moved = [placement.person(person) for person in small]
    assert placement.scale == pytest.approx(4) and placement.frame == LARGE
    np.testing.assert_allclose(extent(moved), extent(large), atol=1e-6)
    for one, other in zip(moved, large, strict=True):
        np.testing.assert_allclose(one.left_hand, other.left_hand, atol=1e-6)


def test_the_ground_counts_even_if_proportions_differ() -> None:
    child, adult = dance(100, 40, 100), dance(700, 60, 600)
    for person in child:
        person.body[[1, 2, 5, 8, 9, 12], 1] += 15  # a large head: all but head and feet are lower
    placement = place(measure(child, SMALL), measure(adult, LARGE))
    moved = extent([placement.person(person) for person in child])
    np.testing.assert_allclose(moved[:, 3], extent(adult)[:, 3], atol=1)


def test_upper_bodies_are_matched_by_shoulders_and_neck() -> None:
    small, large = [upper(p) for p in dance(100, 40, 150)], [upper(p) for p in dance(700, 60, 600)]
    found, wanted = measure(small, SMALL), measure(large, LARGE)
    assert found.standing is None and found.torso is None and found.ground is None
    moved = [place(found, wanted).person(person) for person in small]
    np.testing.assert_allclose(extent(moved), extent(large), atol=1e-6)


def test_upper_body_against_a_whole_one() -> None:
    """Somebody filmed whole gives poses to somebody of whom only the upper body was filmed."""
    whole, half = dance(100, 20, 200), [upper(p) for p in dance(700, 100, 1200)]
    moved = [place(measure(whole, SMALL), measure(half, LARGE)).person(person) for person in whole]
    np.testing.assert_allclose([p.body[1] for p in moved], [p.body[1] for p in half], atol=1e-6)
    np.testing.assert_allclose([p.body[2] for p in moved], [p.body[2] for p in half], atol=1e-6)


def test_a_few_wrong_detections_change_little() -> None:
    good = dance(100, 40, 150, frames=40)
    bad = list(good)
    for index in (3, 17, 29):
        bad[index] = drawn_person(250, 5, 60)
    right, found = measure(good, SMALL), measure(bad, SMALL)
    assert found.standing == pytest.approx(right.standing, rel=0.02)
    assert (found.neck_x, found.neck_y) == pytest.approx((right.neck_x, right.neck_y), abs=3)


def test_crouching_and_turning_make_nobody_smaller() -> None:
    people = dance(100, 40, 150, frames=20)
    for person in people[5:15]:  # half of the time: turned aside and bent down
        person.body[:, 0] = person.body[1, 0] + 0.2 * (person.body[:, 0] - person.body[1, 0])
        person.body[0, 1] += 60
    found, straight = measure(people, SMALL), measure(dance(100, 40, 150), SMALL)
    assert found.standing == pytest.approx(straight.standing, rel=0.01)
    assert found.shoulders == pytest.approx(straight.shoulders, rel=0.01)


def test_frames_without_anybody_and_points_outside_do_not_count() -> None:
    people = dance(100, 40, 150)
    for person in people:
        person.body[[10, 11, 13, 14], 1] += 500  # guessed below the picture
    found = measure([None, NOBODY, *people], SMALL)
    assert found.standing is None and found.ground is None and found.torso is not None


def test_missing_points_stay_missing() -> None:
    person = upper(drawn_person(100, 40, 150))
    placement = place(measure([person], SMALL), measure(dance(700, 60, 600), LARGE))
    moved = placement.person(person)
    assert (moved.body[8:15] == 0).all() and (moved.body[:8, 2] == 1).all()


def test_body_surfaces_move_with_the_key_points() -> None:
    person = drawn_person(100, 40, 150)
    placement = place(measure([person], SMALL), measure([drawn_person(700, 60, 600)], LARGE))
    before = draw_pose([person], Box(0, 0, *SMALL)).max(axis=2, keepdims=True) // 11
    after = placement.surface(np.repeat(before, 3, axis=2))
    assert after.shape == (720, 1280, 3) and set(np.unique(after)) <= set(np.unique(before))
    drawn = draw_pose([placement.person(person)], Box(0, 0, *LARGE)).any(axis=2)
    covered = after.any(axis=2)
    assert (covered & drawn).sum() > 0.95 * drawn.sum()  # strokes are four times as wide there
    rows, columns = np.nonzero(covered)
    left, top, right, bottom = placement.person(person).extent() or (0, 0, 0, 0)
    assert (columns.min(), rows.min()) == pytest.approx((left, top), abs=24)
    assert (columns.max(), rows.max()) == pytest.approx((right, bottom), abs=24)


def test_photographs_keep_their_border() -> None:
    person = drawn_person(100, 40, 150)
    placement = place(measure([person], SMALL), measure([drawn_person(700, 60, 600)], LARGE))
    assert (placement.photograph(np.full((240, 320, 3), 200, np.uint8)) == 200).all()


def test_what_cannot_be_matched_is_named() -> None:
    with pytest.raises(ValueError, match="no neck is seen in any of 1 frames"):
        measure([None, NOBODY], SMALL)
    head = replace(NOBODY, body=drawn_person(100, 40, 150).body.copy())
    head.body[2:15] = head.body[19:] = 0
    with pytest.raises(ValueError, match="neither shoulders nor hips nor feet are seen"):
        measure([head], SMALL)
    whole = measure(dance(100, 40, 150), SMALL)
    with pytest.raises(ValueError, match="seen are torso here, but shoulders in the training frames"):
        place(
            replace(whole, standing=None, shoulders=None),
            Stature(*LARGE, 1.0, 1.0, 1.0, 1.0, ground=None, standing=None, torso=None, shoulders=5.0),
        )
