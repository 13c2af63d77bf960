"""Golden kinds of body surfaces: channels, parts left out, central crop, face region."""

from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from parity.fixture import Comparison, Fixture
from vid2vid_core.config import ControlConfig, DataConfig
from vid2vid_core.dataset.geometry import whole_frame
from vid2vid_core.losses.face_region import face_region, face_side
from vid2vid_core.maps.densepose import HEAD_PARTS, PARTS, clear_parts, densepose_channels, read_densepose
from vid2vid_core.maps.pose_crop import central_columns

CONTROLS = ControlConfig(kind="pose", densepose_only=True)


def run_densepose(fixture: Fixture, comparison: Comparison) -> None:
    """One picture, whole and cropped, with parts and without."""
    case = fixture.side["case"]
    with np.load(fixture.folder / f"{fixture.name}.npz") as stored:
        arrays = {key: stored[key] for key in stored.files}
    picture = read_densepose(fixture.folder / f"{fixture.name}.png")
    present = sorted(set(np.unique(picture[..., 2]).tolist()) - {0})
    comparison.equal("parts", present, case["parts_present"])
    comparison.require("parts are known", set(case["dropped_parts"]) <= set(range(1, PARTS + 1)))
    width, height = (int(side) for side in case["new_size_wh"])
    data = DataConfig(resize_or_crop="scaleHeight", loadSize=height)
    geometry = whole_frame(data, (picture.shape[1], picture.shape[0]))
    comparison.equal("size", list(geometry.size), [width, height])
    begin, end = central_columns(width)
    comparison.equal("central crop", [begin, end], case["central_crop_x0_x1"])
    cropped = replace(geometry, crop=(begin, 0, end - begin, height))
    dropped = frozenset(case["dropped_parts"])
    channels = {
        "tensor_test": densepose_channels(geometry.ids(picture)),
        "tensor_test_cropped": densepose_channels(cropped.ids(picture)),
        "tensor_train_drop": densepose_channels(geometry.ids(clear_parts(picture, dropped))),
        "tensor_train_drop_noface": densepose_channels(geometry.ids(clear_parts(picture, dropped | HEAD_PARTS))),
    }
    most = fixture.side["tolerances"]["densepose"]["tensors_max_abs_diff"]
    for name, got in channels.items():
        comparison.equal(f"{name} shape", got.shape, arrays[name].shape)
        comparison.at_most(name, float(np.abs(got - arrays[name]).max()), most)
    _compare_regions(comparison, "face_region_ys_ye_xs_xe_by_fineSize", channels["tensor_test"], case)
    _compare_regions(comparison, "face_region_on_cropped", channels["tensor_test_cropped"], case)


def _compare_regions(comparison: Comparison, name: str, channels: NDArray[np.float32], case: dict[str, Any]) -> None:
    """Where the square is larger than the picture the original's leaves it, a defect; ours ends at the border."""
    for fine_size, expected in case[name].items():
        found = face_region(torch.from_numpy(channels)[None], CONTROLS, face_side(int(fine_size)))
        height, width = channels.shape[1:]
        if expected[0] is not None:
            expected = np.clip(expected, 0, (height, height, width, width)).tolist()
        comparison.equal(f"{name} {fine_size}", [None] * 4 if found is None else list(found), expected)


KINDS = {"data_densepose": run_densepose}
