from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from vid2vid_core.maps.densepose import clear_parts, densepose_channels, openpose_channels, read_densepose


def picture() -> np.ndarray:
    drawn = np.zeros((30, 50, 3), np.uint8)
    for part in range(25):
        drawn[5:25, 2 * part : 2 * part + 2] = (10 * part, 255 - 10 * part, part)
    drawn[:, :2] = 0
    return drawn


def saved(folder: Path, array: np.ndarray, mode: str | None = None) -> Path:
    path = folder / "iuv.png"
    image = Image.fromarray(array)
    (image.convert(mode) if mode else image).save(path)
    return path


def test_a_picture_is_read_as_it_is(tmp_path: Path) -> None:
    assert (read_densepose(saved(tmp_path, picture())) == picture()).all()


def test_parts_above_24_are_named(tmp_path: Path) -> None:
    wrong = picture()
    wrong[3:5, 7] = (25, 0, 77)
    with pytest.raises(ValueError, match=r"iuv\.png: part 77 in the blue channel \(2 pixels\).*no DensePose picture"):
        read_densepose(saved(tmp_path, wrong))


def test_exchanged_channels_are_recognised(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="red and blue seem exchanged"):
        read_densepose(saved(tmp_path, np.ascontiguousarray(picture()[..., ::-1])))


@pytest.mark.parametrize("mode", ["L", "P", "RGBA"])
def test_other_kinds_of_pictures_are_refused(tmp_path: Path, mode: str) -> None:
    with pytest.raises(ValueError, match=f"iuv.png: {mode} picture, expected 8-bit RGB"):
        read_densepose(saved(tmp_path, picture(), mode))


def test_what_is_no_picture_is_named(tmp_path: Path) -> None:
    (tmp_path / "iuv.png").write_bytes(b"no picture")
    with pytest.raises(ValueError, match=r"iuv\.png: not a readable picture"):
        read_densepose(tmp_path / "iuv.png")
    with pytest.raises(ValueError, match=r"none\.png: not a readable picture"):
        read_densepose(tmp_path / "none.png")


def test_channels_lie_between_minus_one_and_one() -> None:
    channels = densepose_channels(picture())
    assert channels.shape == (3, 30, 50) and channels.dtype == np.float32
    assert (channels[:, 0, 0] == -1).all()
    parts = channels[2, 10, ::2]
    assert parts == pytest.approx(np.arange(25) / 12 - 1)
    assert (parts > 0.9).sum() == 2  # the head
    assert channels[0, 10, 20] == pytest.approx(100 / 127.5 - 1)
    assert openpose_channels(np.zeros((4, 6, 3), np.uint8)).min() == -1


def test_cleared_parts_become_background() -> None:
    cleared = clear_parts(picture(), frozenset({3, 24}))
    gone = np.isin(picture()[..., 2], (3, 24))
    assert not cleared[gone].any() and (cleared[~gone] == picture()[~gone]).all()
    assert (clear_parts(picture(), frozenset()) == picture()).all()
