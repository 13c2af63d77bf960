"""Folders of images and layouts used in place."""

import cv2
import numpy as np
import pytest

from vid2vid_core.storage import read_table


@pytest.fixture
def images(frames):
    """Write numbered images (grey of value 10 * k, 20x16) under the given names."""
    folder = frames.folder / "images"

    def write(names, size=(20, 16)):
        folder.mkdir(exist_ok=True)
        for index, name in enumerate(names):
            cv2.imwrite(str(folder / name), np.full((size[1], size[0], 3), 10 * index, np.uint8))
        return folder

    return write


def test_images_are_sorted_naturally_and_keep_their_stems(frames, images):
    folder = images(["f9.png", "f10.png", "f11.png"])
    rows, metadata = frames.decode(folder, kind="folder", config={"folder_fps": 4})
    assert rows.frame.tolist() == ["f9", "f10", "f11"]
    assert rows.number.tolist() == [0, 1, 2]
    assert rows.time.tolist() == [0, 0.25, 0.5]
    assert rows.image[1] == "clip/clip-000/f10.png"
    assert [int(picture.mean()) for picture in frames.pictures(rows)] == [0, 10, 20]
    assert metadata["fps"] == 4 and metadata["quarantined"] is None and len(metadata["shots"]) == 1


def test_unchanged_images_are_linked_not_encoded_again(frames, images):
    folder = images(["a.png", "b.png"])
    rows, _ = frames.decode(folder, kind="folder")
    assert (frames.table.parent / rows.image[0]).samefile(folder / "a.png")


def test_grey_and_jpeg_images_become_rgb_png(frames, images):
    folder = images([])
    cv2.imwrite(str(folder / "a.png"), np.full((16, 20), 7, np.uint8))
    rows, _ = frames.decode(folder, kind="folder")
    written = cv2.imread(str(frames.table.parent / rows.image[0]), cv2.IMREAD_UNCHANGED)
    assert written.shape == (16, 20, 3)
    (folder / "a.png").unlink()
    cv2.imwrite(str(folder / "a.jpg"), np.full((16, 20, 3), 7, np.uint8))
    rows, _ = frames.decode(folder, kind="folder")
    assert rows.image[0].endswith("a.png")
    rows, _ = frames.decode(folder, kind="folder", config={"image_format": "jpg"})
    assert (frames.table.parent / rows.image[0]).samefile(folder / "a.jpg")


def test_crop_and_scale(frames, images):
    folder = images([])
    picture = np.random.default_rng(0).integers(0, 256, (16, 20, 3), dtype=np.uint8)
    cv2.imwrite(str(folder / "a.png"), picture)
    rows, _ = frames.decode(folder, kind="folder", config={"crop": (3, 2, 8, 6)})
    np.testing.assert_array_equal(frames.pictures(rows)[0], picture[2:8, 3:11])
    rows, _ = frames.decode(folder, kind="folder", config={"crop": (3, 2, 8, 6), "scale": (4, 3)})
    assert frames.pictures(rows)[0].shape == (3, 4, 3) and (rows.width[0], rows.height[0]) == (4, 3)
    np.testing.assert_array_equal(cv2.imread(str(folder / "a.png")), picture)


def test_unreadable_and_odd_images_become_invalid_rows(frames, images):
    folder = images(["a.png", "b.png", "c.png", "d.png"])
    (folder / "b.png").write_bytes((folder / "b.png").read_bytes()[:40])
    (folder / "c.png").write_bytes(b"")
    cv2.imwrite(str(folder / "d.png"), np.zeros((16, 21, 3), np.uint8))
    rows, metadata = frames.decode(folder, kind="folder")
    assert metadata["quarantined"] is None
    assert rows.valid.tolist() == [True, False, False, False]
    assert "b.png" in rows.reason[1] and "c.png" in rows.reason[2]
    assert "21x16" in rows.reason[3] and "20x16" in rows.reason[3]
    assert [path.name for path in frames.out.rglob("*.png")] == ["a.png"]


def test_the_part_asked_for_counts_in_images(frames, images):
    folder = images([f"{k}.png" for k in range(10)])
    rows, _ = frames.decode(folder, kind="folder", start_frame=2, max_frames=3)
    assert rows.frame.tolist() == ["2", "3", "4"]
    rows, _ = frames.decode(folder, kind="folder", start=0.5, end=0.8, config={"folder_fps": 10})
    assert rows.number.tolist() == [5, 6, 7]
    rows, _ = frames.decode(folder, kind="folder", config={"folder_fps": 10, "fps": 5})
    assert rows.time.tolist() == pytest.approx([0.2 * k for k in range(len(rows))])
    assert len(rows) in (5, 6) and set(np.diff(rows.number)) == {2}


def test_images_are_not_repeated_for_a_higher_rate(frames, images):
    with pytest.raises(ValueError, match=r"frames.fps \(30.0\) must be <= frames.folder_fps \(15.0\)"):
        frames.decode(images(["a.png"]), kind="folder", config={"fps": 30.0})


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        ([], "holds no image"),
        (["a.png", "b.jpg"], "different endings (1 .png, 1 .jpg)"),
        (["a.png", "a.jpg"], "two images of one frame: a.jpg, a.png"),
    ],
)
def test_a_folder_that_cannot_be_told_is_quarantined(frames, images, names, reason):
    rows, metadata = frames.decode(images(names), kind="folder")
    assert reason in metadata["quarantined"] and len(rows) == 0
    assert list(frames.out.iterdir()) == []


def test_other_and_hidden_files_do_not_count(frames, images):
    folder = images(["a.png", ".b.png"])
    (folder / "notes.txt").write_text("hello")
    rows, _ = frames.decode(folder, kind="folder")
    assert rows.frame.tolist() == ["a"]


def test_a_layout_is_listed_where_it_lies(frames, images):
    folder = images(["f2.png", "f10.png", "f11.png"])
    (folder / "f11.png").write_bytes(b"no image")
    before = sorted((path.name, path.stat().st_mtime_ns) for path in folder.iterdir())
    rows, metadata = frames.decode(folder, kind="layout")
    assert rows.frame.tolist() == ["f2", "f10", "f11"]
    assert rows.image[0] == str(folder / "f2.png")
    assert rows.valid.tolist() == [True, True, False]
    assert metadata["quarantined"] is None
    assert list(frames.out.iterdir()) == []
    assert sorted((path.name, path.stat().st_mtime_ns) for path in folder.iterdir()) == before
    assert read_table(frames.table)[0].sequence.unique().tolist() == ["clip-000"]


def test_a_layout_cannot_be_scaled_in_place(frames, images):
    with pytest.raises(ValueError, match="frames.scale has no effect on a layout"):
        frames.decode(images(["a.png"]), kind="layout", config={"scale": (10, 10)})
