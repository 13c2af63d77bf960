import numpy as np
import pytest

from vid2vid_core.maps.drawn_face import drawn_landmarks
from vid2vid_core.maps.face_crop import face_box


def test_the_box_is_two_and_a_half_faces_wide_around_the_upper_face() -> None:
    landmarks = np.round(drawn_landmarks(320, 180, 100))
    box = face_box(landmarks, (640, 360))
    assert box.size == (250, 250)
    assert box.left + 125 == 320
    top, bottom = landmarks[:, 1].min(), landmarks[:, 1].max()
    assert box.top + 125 == pytest.approx((3 * top + bottom) / 4, abs=1)


def test_the_box_is_moved_into_the_frame() -> None:
    for x, y in ((60, 60), (600, 60), (60, 330), (600, 330)):
        box = face_box(np.round(drawn_landmarks(x, y, 80)), (640, 360))
        assert box.left >= 0 and box.top >= 0 and box.right <= 640 and box.bottom <= 360


def test_a_face_without_width_is_refused() -> None:
    with pytest.raises(ValueError, match="0 pixels wide"):
        face_box(np.full((68, 2), 50.0), (640, 360))
