import numpy as np
import pytest

from vid2vid_core.config import ControlConfig
from vid2vid_core.maps.drawn_person import drawn_person
from vid2vid_core.maps.face_crop import Box
from vid2vid_core.maps.person import Person, missing
from vid2vid_core.maps.pose_crop import central_columns, chosen_people, following_boxes

NOBODY = Person(missing(25), missing(70), missing(21), missing(21))
FRAME = (640, 360)


def follow(people: list[Person | None], aspect: float) -> list[Box]:
    return following_boxes([person and person.extent() for person in people], FRAME, aspect)


def test_the_largest_person_is_drawn_or_all() -> None:
    people = [drawn_person(100, 50, 120), drawn_person(400, 20, 300), NOBODY, drawn_person(300, 60, 200)]
    assert chosen_people(people, ControlConfig(kind="pose")) == [people[1]]
    assert chosen_people(people, ControlConfig(kind="pose", people="all")) == people
    assert chosen_people([], ControlConfig(kind="pose")) == []
    assert chosen_people([NOBODY, people[0]], ControlConfig(kind="pose")) == [people[0]]


def test_points_of_no_confidence_make_nobody_larger() -> None:
    small = drawn_person(100, 50, 120)
    small.body[4] = (5000, 5000, 0.0)
    large = drawn_person(400, 20, 300)
    assert chosen_people([small, large], ControlConfig(kind="pose")) == [large]


@pytest.mark.parametrize(("width", "columns"), [(448, (128, 320)), (352, (112, 240)), (128, (32, 96))])
def test_central_crop_as_published(width: int, columns: tuple[int, int]) -> None:
    assert central_columns(width) == columns


def test_central_crop_of_a_narrow_picture_is_refused() -> None:
    with pytest.raises(ValueError, match="127 pixels wide, it needs 128"):
        central_columns(127)


def test_boxes_follow_a_walker_and_keep_their_size_and_to_the_frame() -> None:
    walk = [drawn_person(x, 60, 200) for x in np.linspace(80, 560, 60)]
    boxes = follow(walk, 0.75)
    assert {box.size for box in boxes} == {(round(0.75 * boxes[0].size[1]), boxes[0].size[1])}
    assert all(0 <= box.left and 0 <= box.top and box.right <= 640 and box.bottom <= 360 for box in boxes)
    for box, person in zip(boxes, walk, strict=True):
        left, top, right, bottom = person.extent() or (0, 0, 0, 0)
        assert box.left <= left and right <= box.right and box.top <= top and bottom <= box.bottom
    steps = np.diff([box.left for box in boxes])
    assert boxes[30].left + boxes[30].size[0] / 2 == pytest.approx(80 + 30 * 480 / 59, abs=3)
    assert steps.min() >= 0 and steps[20:40].max() <= 9.5


def test_the_box_does_not_shake_with_the_detector() -> None:
    rng = np.random.default_rng(0)
    still = [drawn_person(320 + dx, 60 + dy, 200) for dx, dy in rng.normal(0, 4, (80, 2))]
    boxes = follow(still, 0.75)
    moves = np.abs(np.diff([box[:2] for box in boxes], axis=0))
    assert moves.max() <= 1 and moves.mean() < 0.3


def test_frames_without_the_person_are_bridged() -> None:
    walk = [drawn_person(x, 60, 200) if not 5 <= i % 20 < 11 else None for i, x in enumerate(np.linspace(200, 440, 60))]
    whole = follow([drawn_person(x, 60, 200) for x in np.linspace(200, 440, 60)], 0.75)
    bridged = follow(walk, 0.75)
    assert max(abs(one.left - other.left) for one, other in zip(bridged, whole, strict=True)) <= 3
    assert len(follow([NOBODY, drawn_person(300, 40, 100)], 1.0)) == 2


def test_a_person_larger_than_the_frame_gets_all_of_it() -> None:
    (box,) = follow([drawn_person(320, -100, 800)], 3.0)
    assert tuple(box) == (0, 0, 640, 360)


def test_nobody_to_follow_is_an_error() -> None:
    with pytest.raises(ValueError, match="no person in any of 3 frames"):
        follow([None, NOBODY, None], 0.75)
