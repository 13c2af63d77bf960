"""Finding the face in pose controls."""

import pytest
import torch
from torch import Tensor

from vid2vid_core.config import ControlConfig
from vid2vid_core.losses import Region, face_region, face_side

BOTH = ControlConfig(kind="pose")
DENSEPOSE = ControlConfig(kind="pose", densepose_only=True)
OPENPOSE = ControlConfig(kind="pose", openpose_only=True)
HEIGHT, WIDTH = 40, 48
HEAD = (0.1, 0.2, 2 * 23 / 24 - 1)
NECK = tuple(2 * value / 255 - 1 for value in (153, 0, 51))


def controls(*places: tuple[int, int, int], channels: int = 6, colour: tuple[float, ...] = HEAD) -> Tensor:
    """Black pose pictures with single pixels at (frame, row, column)."""
    pictures = torch.full((1 + max((place[0] for place in places), default=0), channels, HEIGHT, WIDTH), -1.0)
    for frame, row, column in places:
        pictures[frame, :3, row, column] = torch.tensor(colour)
    return pictures


@pytest.mark.parametrize(("fine_size", "side"), [(32, 8), (64, 16), (95, 16), (256, 64), (512, 128)])
def test_side_is_a_quarter_in_multiples_of_8(fine_size: int, side: int) -> None:
    assert face_side(fine_size) == side


@pytest.mark.parametrize("kind", [BOTH, DENSEPOSE])
def test_region_is_centred_on_the_head_parts_of_all_frames_together(kind: ControlConfig) -> None:
    channels = 6 if kind is BOTH else 3
    found = face_region(controls((0, 12, 10), (0, 15, 14), (1, 20, 31), channels=channels), kind, 16)
    assert found == Region(16 - 8, 16 + 8, 20 - 8, 20 + 8)


def test_other_parts_and_the_openpose_picture_are_no_face() -> None:
    pictures = controls((0, 12, 10), colour=(0.1, 0.2, 2 * 22 / 24 - 1))
    pictures[:, 3:] = 1.0
    assert face_region(pictures, BOTH, 16) is None


def test_openpose_alone_is_searched_for_the_limb_from_nose_to_neck() -> None:
    assert face_region(controls((0, 20, 24), channels=3, colour=NECK), OPENPOSE, 16) == Region(12, 28, 16, 32)
    for channel in range(3):
        for levels in (-4, 4):
            colour = list(NECK)
            colour[channel] += levels * 2 / 255
            if colour[channel] < -1:
                continue
            assert face_region(controls((0, 20, 24), channels=3, colour=tuple(colour)), OPENPOSE, 16) is None
    within = tuple(value + 2 / 255 for value in NECK)
    assert face_region(controls((0, 20, 24), channels=3, colour=within), OPENPOSE, 16) is not None
    assert face_region(controls((0, 20, 24), channels=3, colour=(0.2, -1.0, 1.0)), OPENPOSE, 16) is None


@pytest.mark.parametrize(
    ("row", "column", "expected"),
    [
        (0, 0, Region(0, 16, 0, 16)),
        (HEIGHT - 1, WIDTH - 1, Region(HEIGHT - 17, HEIGHT - 1, WIDTH - 17, WIDTH - 1)),
        (8, 8, Region(0, 16, 0, 16)),
        (9, 39, Region(1, 17, 31, 47)),
    ],
)
def test_the_square_stays_inside(row: int, column: int, expected: Region) -> None:
    found = face_region(controls((0, row, column)), BOTH, 16)
    assert found == expected
    assert found is not None and found.crop(controls((0, row, column))).shape[-2:] == (16, 16)


def test_a_picture_smaller_than_the_square_is_taken_whole() -> None:
    found = face_region(controls((0, 5, 5)), BOTH, 64)
    assert found == Region(0, HEIGHT, 0, WIDTH)


def test_without_a_face_there_is_no_region() -> None:
    assert face_region(controls(), BOTH, 16) is None
