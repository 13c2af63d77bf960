"""Palettes: ids, names and colours belong together."""

import json
import os
from pathlib import Path

import numpy as np
import pytest

from vid2vid_core.dataset.palette import colourise, load_palette, palette_for

SHARED = Path(os.environ.get("VID2VID_SHARED", Path(__file__).parents[3] / "shared"))


def test_cityscapes():
    palette = load_palette("cityscapes")
    assert len(palette.names) == len(palette.colours) == 35
    for label, name, colour in ((7, "road", (128, 64, 128)), (23, "sky", (70, 130, 180)), (26, "car", (0, 0, 142))):
        assert palette.name(label) == name
        assert tuple(palette.colours[label]) == colour
    assert palette.name(40) == "label 40"


def test_train_ids_are_the_nineteen_evaluated_classes():
    palette = palette_for(19)
    assert palette.names[0] == "road" and palette.names[18] == "bicycle" and len(palette.names) == 20
    assert tuple(palette.colours[13]) == (0, 0, 142)


def test_camvid():
    assert load_palette("camvid").names[0] == "sky" and len(load_palette("camvid").names) == 12


def test_unknown_palette_names_the_known_ones():
    with pytest.raises(ValueError, match="camvid, cityscapes"):
        load_palette("nowhere")


def test_colourise():
    picture = colourise(np.array([[7, 23], [200, -1]], np.int64))
    assert picture.dtype == np.uint8
    assert picture.tolist() == [[[128, 64, 128], [70, 130, 180]], [[0, 0, 0], [0, 0, 0]]]
    assert colourise(np.array([[255]], np.uint8), 12).shape == (1, 1, 3)


def test_general_palette_has_no_two_alike_colours():
    assert len(np.unique(palette_for(12).colours, axis=0)) == 256


@pytest.mark.shared
def test_same_colours_as_the_field():
    golden = json.loads((SHARED / "golden/data/visual/label_colours.json").read_text())
    for label_nc, name in ((35, "cityscapes35"), (20, "cityscapes20"), (7, "generic256")):
        np.testing.assert_array_equal(palette_for(label_nc).colours, golden[name])
