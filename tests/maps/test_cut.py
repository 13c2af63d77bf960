import numpy as np
import pytest

from vid2vid_core.maps.cut import cut_out
from vid2vid_core.maps.face_crop import Box

PICTURE = np.arange(6 * 8, dtype=np.uint8).reshape(6, 8)


def test_a_box_inside_is_the_part_itself() -> None:
    assert np.array_equal(cut_out(PICTURE, Box(2, 1, 7, 5)), PICTURE[1:5, 2:7])
    assert np.shares_memory(cut_out(PICTURE, Box(2, 1, 7, 5)), PICTURE)


@pytest.mark.parametrize(
    "box", [Box(-3, 1, 4, 5), Box(5, 1, 11, 5), Box(1, -2, 4, 3), Box(1, 4, 4, 9), Box(-2, -3, 10, 9)]
)
def test_beyond_the_frame_the_border_is_repeated_or_a_value_put_in(box: Box) -> None:
    columns, rows = np.arange(box.left, box.right), np.arange(box.top, box.bottom)
    repeated = PICTURE[np.ix_(rows.clip(0, 5), columns.clip(0, 7))]
    assert np.array_equal(cut_out(PICTURE, box), repeated)
    inside = ((rows >= 0) & (rows < 6))[:, None] & ((columns >= 0) & (columns < 8))
    assert np.array_equal(cut_out(PICTURE, box, outside=99), np.where(inside, repeated, 99))


@pytest.mark.parametrize("channels", [2, 3])
def test_channels_and_floats_come_along(channels: int) -> None:
    flow = np.random.default_rng(0).normal(size=(6, 8, channels)).astype(np.float32)
    cut = cut_out(flow, Box(-1, 0, 9, 6), outside=0.0)
    assert cut.dtype == np.float32 and cut.shape == (6, 10, channels)
    assert np.array_equal(cut[:, 1:9], flow) and not cut[:, [0, 9]].any()
