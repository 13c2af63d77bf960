import numpy as np
import pytest
import torch
from PIL import Image

from vid2vid_core.config import DataConfig
from vid2vid_core.dataset.geometry import (
    Geometry,
    crop_left,
    crop_size,
    draw_geometry,
    largest_top,
    scaled_size,
    whole_frame,
)
from vid2vid_core.ops import warp


def data(mode: str, load: int = 256, fine: int = 128) -> DataConfig:
    return DataConfig(resize_or_crop=mode, loadSize=load, fineSize=fine)


@pytest.mark.parametrize(
    ("mode", "load", "size", "expected"),
    [
        ("scaleWidth", 256, (640, 360), (256, 128)),  # 144 / 32 = 4.5 goes to the even 4
        ("scaleHeight", 256, (640, 360), (448, 256)),
        ("none", 256, (640, 360), (640, 352)),
        ("none", 256, (80, 48), (64, 64)),  # 2.5 -> 2, 1.5 -> 2
        ("resize", 250, (640, 360), (250, 250)),
        ("scaleWidth_and_crop", 256, (640, 360), (256, 144)),
    ],
)
def test_sizes_round_to_4_then_32_half_to_even(mode, load, size, expected):
    assert scaled_size(data(mode, load), size) == expected


def test_scaled_crop_follows_the_side_its_mode_names():
    assert crop_size(data("scaleWidth_and_scaledCrop", fine=512), (333, 500)) == (512, 768)
    assert crop_size(data("scaleHeight_and_scaledCrop", fine=512), (333, 500)) == (352, 512)
    assert crop_size(data("resize_and_crop", fine=100), (333, 500)) == (96, 96)


def test_crop_column_is_central_and_clamped_row_near_the_top():
    assert crop_left(640, 256, 0.0) == 192
    assert crop_left(640, 256, -5.0) == 0
    assert crop_left(640, 256, 5.0) == 384
    assert crop_left(100, 256, 5.0) == 0
    assert largest_top(360, 256) == 45
    assert largest_top(100, 256) == 0


def test_random_scale_covers_fine_to_load_and_no_more():
    rng = np.random.default_rng(0)
    config = DataConfig(resize_or_crop="randomScaleWidth_and_crop", loadSize=104, fineSize=96)
    widths = {draw_geometry(config, (200, 200), rng).scaled[0] for _ in range(200)}
    assert widths == {96, 100, 104}


def test_random_scale_refuses_fine_above_load():
    with pytest.raises(ValueError, match="fineSize .300. must be <= data.loadSize .256."):
        draw_geometry(data("randomScaleWidth", 256, 300), (100, 100), np.random.default_rng(0))


def test_crop_larger_than_the_picture_stays_a_multiple_of_32():
    geometry = draw_geometry(data("scaleWidth_and_crop", 256, 256), (640, 360), np.random.default_rng(1))
    assert geometry.scaled == (256, 144)
    assert geometry.size == (256, 128)
    assert 0 <= geometry.crop[1] <= 16


def test_nothing_left_is_an_error_that_names_the_sizes():
    with pytest.raises(ValueError, match="frames of 3x3 become 0x0"):
        draw_geometry(data("none"), (3, 3), np.random.default_rng(0))


def test_whole_frame_neither_crops_nor_flips_nor_draws():
    geometry = whole_frame(data("randomScaleWidth_and_crop", 256, 128), (640, 320))
    assert geometry == Geometry((256, 128), (0, 0, 256, 128), False)


@pytest.mark.parametrize("mode", ["none", "crop", "scaledCrop"])
def test_whole_frame_keeps_its_size_where_nothing_is_scaled(mode):
    assert whole_frame(data(mode), (910, 511)).scaled == (910, 511)
    assert whole_frame(data(mode), (3, 3)).size == (3, 3)


def test_whole_frame_rounds_as_published_where_it_scales_but_never_to_nothing():
    assert whole_frame(data("scaleWidth"), (640, 360)).size == (256, 128)
    assert whole_frame(data("resize", 250), (640, 360)).size == (250, 250)
    assert whole_frame(data("scaleWidth", 64), (640, 100)).size == (64, 10)  # 8 after 4s, 0 after 32s


def test_flip_only_without_no_flip():
    config = data("scaleWidth")
    still = DataConfig(resize_or_crop="scaleWidth", loadSize=256, fineSize=128, no_flip=True)
    flips = {draw_geometry(config, (256, 128), np.random.default_rng(seed)).flip for seed in range(20)}
    assert flips == {True, False}
    assert not any(draw_geometry(still, (256, 128), np.random.default_rng(seed)).flip for seed in range(20))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int32])
def test_ids_are_resized_as_pillow_does_it(dtype):
    rng = np.random.default_rng(3)
    for _ in range(20):
        height, width = (int(side) for side in rng.integers(5, 90, 2))
        new = (int(rng.integers(5, 90)), int(rng.integers(5, 90)))
        small = rng.integers(0, 255, (height, width)).astype(np.uint8)
        expected = np.asarray(Image.fromarray(small).resize(new, Image.Resampling.NEAREST))
        result = Geometry(new, (0, 0, *new), False).ids(small.astype(dtype) * dtype(3 if dtype == np.uint8 else 100))
        assert result.dtype == dtype
        np.testing.assert_array_equal(result, expected.astype(dtype) * dtype(3 if dtype == np.uint8 else 100))


def test_picture_ids_and_flow_are_cut_from_the_same_place():
    ramp = np.tile(np.arange(64, dtype=np.uint8) * 2, (32, 1))
    geometry = Geometry((64, 32), (10, 4, 32, 16), True)
    picture = geometry.picture(Image.fromarray(np.dstack([ramp] * 3)))
    ids = geometry.ids(ramp)
    maps = geometry.cut(geometry.scale(torch.from_numpy(ramp).float()[None, None]))
    np.testing.assert_array_equal(picture[..., 0], ids)
    np.testing.assert_array_equal(maps[0, 0].numpy(), ids)
    assert ids[0, 0] == 2 * (10 + 31)


@pytest.mark.parametrize("flip", [False, True])
def test_flow_still_fits_the_frames_after_resize_crop_and_flip(flip):
    """A texture moved by (6, -4) px: transformed flow carries the transformed previous frame onto the current."""
    rng = np.random.default_rng(0)
    texture = np.asarray(
        Image.fromarray(rng.integers(0, 255, (12, 20, 3), dtype=np.uint8)).resize((200, 120), Image.Resampling.BICUBIC)
    )
    previous = Image.fromarray(texture[20:84, 20:148])
    current = Image.fromarray(texture[16:80, 26:154])  # current[p] = previous[p + (6, -4)]
    flow = torch.tensor([6.0, -4.0]).view(1, 2, 1, 1).expand(1, 2, 64, 128)
    geometry = Geometry((96, 96), (16, 8, 64, 64), flip)  # 0.75 in x, 1.5 in y
    moved = geometry.cut_flow(geometry.scale_flow(flow))
    torch.testing.assert_close(moved[0, :, 5, 5], torch.tensor([-4.5 if flip else 4.5, -6.0]))
    first, second = (
        torch.from_numpy(geometry.picture(image)).permute(2, 0, 1)[None].float() for image in (previous, current)
    )
    inner = (..., slice(12, 52), slice(12, 52))
    error = (warp(first, moved) - second)[inner].abs().mean()
    assert error < 1.0
    assert (first - second)[inner].abs().mean() > 10 * error
