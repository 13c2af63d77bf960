import cv2
import numpy as np
import pytest
from PIL import Image

from vid2vid_core.annotate.label_files import Placement, index_folder, read_ids, write_ids


def test_grey_16_bit_and_palette_images_give_their_ids(tmp_path):
    ids = np.array([[0, 7], [33, 255]], np.uint8)
    write_ids(tmp_path / "grey.png", ids)
    write_ids(tmp_path / "deep.png", ids.astype(np.uint16) * 200)
    palette = Image.fromarray(ids, "P")
    palette.putpalette([(37 * i) % 256 for i in range(768)])
    palette.save(tmp_path / "palette.png")
    assert (read_ids(tmp_path / "grey.png") == ids).all()
    assert (read_ids(tmp_path / "deep.png") == ids.astype(np.uint16) * 200).all()
    assert (read_ids(tmp_path / "palette.png") == ids).all()


def test_colour_jpeg_and_broken_images_are_refused_by_name(tmp_path):
    cv2.imwrite(str(tmp_path / "rgb.png"), np.zeros((4, 4, 3), np.uint8))
    cv2.imwrite(str(tmp_path / "lossy.jpg"), np.zeros((4, 4), np.uint8))
    (tmp_path / "text.png").write_text("no image")
    whole = cv2.imencode(".png", np.random.default_rng(0).integers(0, 9, (64, 64), dtype=np.uint8))[1].tobytes()
    (tmp_path / "half.png").write_bytes(whole[: len(whole) // 2])
    for name, message in [("rgb.png", "colour mode RGB; convert its colours to ids"), ("lossy.jpg", "JPEG changes ids"),
                          ("text.png", "not a readable image"), ("half.png", "not a readable image"),
                          ("none.png", "not a readable image")]:  # fmt: skip
        with pytest.raises(ValueError, match=message) as error:
            read_ids(tmp_path / name)
        assert str(tmp_path / name) in str(error.value)


def test_folder_with_two_images_of_one_frame(tmp_path):
    for name in ("a.png", "a.bmp"):
        write_ids(tmp_path / name, np.zeros((2, 2), np.uint8))
    with pytest.raises(ValueError, match=r"'a.bmp' and 'a.png' both name frame 'a'"):
        index_folder(tmp_path)
    with pytest.raises(ValueError, match="no such folder"):
        index_folder(tmp_path / "missing")


@pytest.mark.parametrize("size", [(480, 360), (128, 96), (481, 361), (31, 17)])
def test_scaling_agrees_with_pillows_nearest(size):
    ids = np.random.default_rng(1).integers(0, 30, (360, 480), dtype=np.uint8)
    placed = Placement(source=(480, 360), crop=None, frame=size).place(ids, "f")
    assert (placed == np.asarray(Image.fromarray(ids).resize(size, Image.Resampling.NEAREST))).all()


def test_crop_is_taken_in_source_pixels_whatever_the_size_of_the_labels():
    ids = np.arange(12 * 8).reshape(8, 12).astype(np.uint8)
    exact = Placement(source=(12, 8), crop=(2, 1, 6, 4), frame=(6, 4))
    assert (exact.place(ids, "f") == ids[1:5, 2:8]).all()
    doubled = ids.repeat(2, axis=0).repeat(2, axis=1)
    assert (exact.place(doubled, "f") == ids[1:5, 2:8]).all()


def test_another_aspect_ratio_is_refused():
    placement = Placement(source=(480, 360), crop=None, frame=(480, 360))
    with pytest.raises(ValueError, match=r"here: 480x270 pixels, but the pictures are 480x360: another aspect"):
        placement.place(np.zeros((270, 480), np.uint8), "here")
    Placement(source=(481, 359), crop=None, frame=(481, 359)).place(np.zeros((180, 240), np.uint8), "rounded")
