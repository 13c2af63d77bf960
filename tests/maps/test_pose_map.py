from dataclasses import replace

import numpy as np
import pytest
import torch

from vid2vid_core.config import ControlConfig
from vid2vid_core.losses.face_region import face_region
from vid2vid_core.maps.curves import draw_pieces
from vid2vid_core.maps.densepose import openpose_channels
from vid2vid_core.maps.drawn_person import drawn_person
from vid2vid_core.maps.face_crop import Box
from vid2vid_core.maps.person import Person, missing
from vid2vid_core.maps.pose_augment import Variation
from vid2vid_core.maps.pose_limbs import LIMBS
from vid2vid_core.maps.pose_map import draw_pose
from vid2vid_core.maps.pose_strokes import Strokes, paint

FRAME = Box(0, 0, 320, 240)
FIGURE = drawn_person(160.3, 12.7, 215.4, raised=0.6)


def body_of(**joints: tuple[float, ...]) -> Person:
    """Only these joints, by number as in j4=(x, y)."""
    body = missing(25)
    for name, place in joints.items():
        body[int(name[1:])] = (*place, 1.0)[:3]
    return Person(body, missing(70), missing(21), missing(21))


def has(picture: np.ndarray, colour: tuple[int, int, int], off: int = 8) -> np.ndarray:
    """Pixels of about a colour: lines that begin on other ones come out a few levels darker."""
    return (np.abs(picture.astype(int) - colour) <= off).all(axis=2)


def stamped(strokes: Strokes, box: Box) -> np.ndarray:
    """One stamp after the other, as the rule says, on a canvas with room all around."""
    room = 60
    canvas = np.zeros((box.size[1] + 2 * room, box.size[0] + 2 * room, 3), int)
    for ends, half, colour in zip(strokes.ends, strokes.half.tolist(), strokes.colours.astype(int), strict=True):
        line = draw_pieces(ends[None, [0, 1, 1]])
        x, y = line.x - box.left + room, line.y - box.top + room
        square = [(dy, dx) for dy in range(-half, half) for dx in range(-half, half)]
        wide = range(-2 * half, 2 * half)
        disc = [(dy, dx) for dy in wide for dx in wide if dx * dx + dy * dy < 4 * half * half]
        tips = sorted({0, len(x) - 1})
        for offsets, at in ((square, slice(None)), (disc, tips)):
            for dy, dx in offsets:
                rows, columns = y[at] + dy, x[at] + dx
                black = (canvas[rows, columns] == 0).all()
                canvas[rows, columns] = colour if black else (canvas[rows, columns] + colour) // 2
    return canvas[room:-room, room:-room].astype(np.uint8)


@pytest.mark.parametrize("seed", range(4))
def test_painting_at_once_is_stamping_one_after_the_other(seed: int) -> None:
    rng = np.random.default_rng(seed)
    ends = rng.uniform(-30, 110, (12, 2, 2))
    ends[3, 1] = ends[3, 0] + (4.2, 1.3)  # its two discs overlap
    ends[5, 0] = ends[4, 1]  # joined like limbs
    half = np.array([3] * 7 + [1] * 5)
    colours = rng.choice([51, 102, 153, 204], (12, 3)).astype(np.uint8)
    colours[6] = colours[5]
    strokes, box = Strokes(ends, half, colours), Box(0, 0, 80, 70)
    assert (paint([strokes], box) == stamped(strokes, box)).all()


def test_a_cut_out_part_is_the_part_of_the_whole() -> None:
    whole = draw_pose([FIGURE], FRAME)
    assert (draw_pose([FIGURE], Box(90, 30, 200, 170)) == whole[30:170, 90:200]).all()
    around = draw_pose([FIGURE], Box(-40, -30, 350, 260))
    assert (around[30:270, 40:360][: FRAME.bottom] == whole).all()


def test_nobody_and_people_without_points_are_black() -> None:
    nothing = body_of()
    for people in ([], [nothing], [nothing, nothing]):
        picture = draw_pose(people, FRAME)
        assert picture.shape == (240, 320, 3) and picture.dtype == np.uint8 and not picture.any()


def test_people_outside_the_picture_leave_it_black() -> None:
    for x, y in ((-5000, 50), (900, 50), (160, 4000), (160, -9e4)):
        assert not draw_pose([drawn_person(x, y, 200)], FRAME).any()


def test_confidence_decides_not_the_coordinate() -> None:
    at_border = draw_pose([body_of(j2=(60, 80), j3=(0, 100), j4=(40, 0))], FRAME)
    assert at_border[100, 0].any() and at_border[0, 40].any()
    low = body_of(j2=(60, 80), j3=(90, 100, 0.01))
    assert not draw_pose([low], FRAME).any()
    low.body[3, 2] = 0.011
    assert draw_pose([low], FRAME).any()


def test_a_finger_is_drawn_whole_or_not_at_all() -> None:
    hand = drawn_person(0, 0, 1500).left_hand
    hand[:, :2] += (160, 120) - hand[:, :2].mean(axis=0)
    hand[7, 2] = 0.01  # index finger
    alone = Person(missing(25), missing(70), hand, missing(21))
    picture = draw_pose([alone], FRAME)
    assert not has(picture, (163, 204, 0)).any()
    assert has(picture, (204, 0, 0)).any() and has(picture, (0, 204, 82)).any()


def test_a_stroke_of_the_face_needs_more_confidence_than_a_joint() -> None:
    face = FIGURE.face.copy()
    face[:, 2] = 0.1
    assert not draw_pose([Person(missing(25), face, missing(21), missing(21))], FRAME).any()
    face[17:22, 2] = 0.11  # right eyebrow
    rows, columns = draw_pose([Person(missing(25), face, missing(21), missing(21))], FRAME).any(axis=2).nonzero()
    assert columns.max() < 162 and len(rows) > 10


def test_basic_points_are_limbs_without_those_of_the_head() -> None:
    basic = draw_pose([FIGURE], FRAME, basic=True)
    assert all(has(basic, limb.colour).any() for limb in LIMBS[4:])
    assert not any(has(basic, colour).any() for colour in ((153, 0, 153), (51, 0, 153), (255, 255, 255), (163, 204, 0)))


def test_the_face_region_is_found_at_the_nose() -> None:
    person, frame = drawn_person(250.3, 20, 430), Box(0, 0, 500, 480)
    channels = torch.from_numpy(openpose_channels(draw_pose([person], frame)))[None]
    region = face_region(channels, ControlConfig(kind="pose", openpose_only=True), 96)
    assert region is not None
    middle = (region.left + region.right) / 2, (region.top + region.bottom) / 2
    assert middle == pytest.approx(tuple(person.body[0, :2]), abs=8)


def test_left_and_right_have_their_colours() -> None:
    picture = draw_pose([FIGURE], FRAME)
    right, left = (np.nonzero(has(picture, colour))[1] for colour in ((153, 153, 0), (0, 153, 0)))
    assert right.max() < 160 < left.min()  # the figure faces the camera, so its right arm is on the left


def test_the_last_person_hides_the_others_and_nothing_overflows() -> None:
    behind, front = drawn_person(150, 12, 215), drawn_person(172, 15, 215)
    alone, both = draw_pose([front], FRAME), draw_pose([behind, front], FRAME)
    shown = alone.any(axis=2)
    assert (both[shown] == alone[shown]).all()
    assert (both.any(axis=2) == (shown | draw_pose([behind], FRAME).any(axis=2))).all()


def test_what_is_shorter_than_a_pixel_is_still_seen() -> None:
    assert draw_pose([body_of(j2=(60.2, 80.1), j3=(60.6, 80.4))], FRAME)[80, 60].any()


def test_a_point_far_beyond_the_frame_costs_no_memory() -> None:
    picture = draw_pose([body_of(j2=(160, 120), j3=(90000, 120.5))], FRAME)
    assert picture[120, 300].any()


def test_what_is_dropped_is_not_drawn() -> None:
    limbs = tuple(limb.colour != (153, 0, 0) for limb in LIMBS)
    picture = draw_pose([FIGURE], FRAME, variation=Variation(limbs=limbs, left_hand=False, face=False))
    whole = draw_pose([FIGURE], FRAME)
    assert has(whole, (153, 0, 0)).any() and not has(picture, (153, 0, 0)).any()
    assert has(whole, (255, 255, 255)).any() and not has(picture, (255, 255, 255)).any()
    finger = (163, 0, 204)
    assert has(whole[:, 160:], finger).any() and not has(picture[:, 160:], finger).any()
    assert has(picture[:, :160], finger).any()


def test_a_moved_head_leaves_missing_points_missing() -> None:
    person = replace(FIGURE, body=FIGURE.body * (np.arange(25) != 17)[:, None])
    moved = Variation(head_shift=((3.0, 4.0),) * 5, face_shift=(1.0, -2.0)).moved(person)
    assert (moved.body[0, :2] - person.body[0, :2]).tolist() == pytest.approx([3, 4])
    assert not moved.body[17].any() and (moved.body[1:15] == person.body[1:15]).all()
    assert np.allclose(moved.face[:, :2] - person.face[:, :2], (1, -2))
