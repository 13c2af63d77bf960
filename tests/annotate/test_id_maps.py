import numpy as np
import pytest

from vid2vid_core.annotate.id_maps import IdMap


def test_named_and_own_maps_translate():
    assert IdMap("camvid-to-id").apply(np.array([[0, 3, 8, 11]], np.uint8), "f").tolist() == [[23, 7, 26, 0]]
    assert IdMap("cityscapes-train-to-id").apply(np.array([[0, 13, 255]], np.uint8), "f").tolist() == [[7, 26, 0]]
    assert IdMap({1000: 5, 0: 1}).apply(np.array([[1000, 0]], np.uint16), "f").tolist() == [[5, 1]]
    values = np.arange(256, dtype=np.uint8)[None]
    assert (IdMap("identity").apply(values, "f") == values).all()


def test_ignored_ids_stay_as_they_are_even_when_mapped():
    assert IdMap("cityscapes-train-to-id", ignore=(255,)).apply(np.array([[255, 0]], np.uint8), "f").tolist() == [
        [255, 7]
    ]
    assert IdMap({0: 1}, ignore=(200,)).apply(np.array([[200]], np.uint8), "f").tolist() == [[200]]


@pytest.mark.parametrize("value", [12, 255, 30000])
def test_unknown_id_names_file_value_and_known_ids(value):
    with pytest.raises(ValueError, match=rf"x\.png: label id {value} \(2 pixels\).*camvid-to-id.*0\.\.11"):
        IdMap("camvid-to-id").apply(np.array([[value, 0, value]], np.uint16), "x.png")


def test_unknown_map_and_ids_that_do_not_fit():
    with pytest.raises(ValueError, match="unknown map 'cityscape'; use identity"):
        IdMap("cityscape")
    with pytest.raises(ValueError, match="0..255"):
        IdMap({0: 300})
    with pytest.raises(ValueError, match="300"):
        IdMap("identity").apply(np.array([[300]], np.uint16), "f")
