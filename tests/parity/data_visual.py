"""Golden kinds of pictures of tensors: palettes, label maps, images, flow, edges of instances.

Pictures of images are rounded, the original's truncated: ours may be a level brighter. Flow is drawn otherwise here:
length as saturation up to a stated maximum, the original's as brightness, stretched for each picture, so that uniform
flow is black. Direction and length are read from our picture and compared in its form, with its hues in steps of two
degrees.
"""

from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from parity.fixture import Comparison, Fixture
from parity.masks import difference
from vid2vid_core.dataset.palette import colourise, palette_for
from vid2vid_core.ops import instance_edges
from vid2vid_core.render.stream import to_picture
from vid2vid_core.report.pictures import flow_colours

HUE_READ = 0.5
"""Degrees that the hue read from a picture of 8 bits may be off."""
PALETTES = {"cityscapes35": 35, "cityscapes20": 20, "generic256": 256}


def run_palettes(fixture: Fixture, comparison: Comparison) -> None:
    """Colour of every id."""
    for name, label_nc in PALETTES.items():
        if name in fixture.side["case"]:
            comparison.equal(name, palette_for(label_nc).colours.tolist(), fixture.side["case"][name])


def run_pictures(fixture: Fixture, comparison: Comparison) -> None:
    """Label maps, scores of labels, and images."""
    arrays = _arrays(fixture, "label_and_image_vis")
    for key, expected in arrays.items():
        kind, *number = key.rsplit("_", 1)
        if kind == "colours":
            got = colourise(arrays[f"labels_{number[0]}"].astype(np.int64), int(number[0]))
            comparison.require(key, bool((got == expected).all()))
        elif kind == "logit_colours":
            labels = torch.from_numpy(arrays[f"logits_{number[0]}"].astype(np.float32)).argmax(dim=0).numpy()
            comparison.require(key, bool((colourise(labels, int(number[0])) == expected).all()))
    image = torch.from_numpy(arrays["im_in"])
    for key, shown in (("im_out_normalised", image), ("im_out_unit", 2 * image - 1)):
        off = difference(to_picture(shown), arrays[key])
        comparison.require(f"{key}: rounded, not truncated", bool(((off == 0) | (off == 1)).all()))


def run_flow(fixture: Fixture, comparison: Comparison) -> None:
    """Pictures of flow."""
    arrays = _arrays(fixture, "flow_vis")
    least = fixture.side["tolerances"]["visual"]["flow_vis"]["share_of_pixels_with_max_channel_diff_le_4_min"]
    for key, flow in arrays.items():
        if key.startswith("flow_"):
            expected = arrays[key.replace("flow_", "rgb_")]
            shown = _in_their_form(flow.transpose(1, 2, 0))
            off = np.min([np.abs(difference(one, expected)).max(axis=2) for one in shown], axis=0)
            comparison.at_least(key, float((off <= 4).mean()), least)


def _in_their_form(flow: NDArray[np.float32]) -> list[NDArray[np.uint8]]:
    """Our picture of a flow whose lengths are stretched as the original's; two, for hues at the end of a step."""
    length = np.hypot(flow[..., 0], flow[..., 1])
    span = length.max() - length.min()
    stretched = (length - length.min()) / span if span else np.zeros_like(length)
    direction = flow / np.maximum(length, 1e-12)[..., None]
    ours = flow_colours(direction * stretched[..., None], 1.0)
    hue, saturation, _ = cv2.split(cv2.cvtColor(ours.astype(np.float32) / 255, cv2.COLOR_RGB2HSV))
    steps = [np.floor((hue + slack) / 2).astype(np.float32) * 2 % 360 for slack in (-HUE_READ, HUE_READ)]
    pictures = [cv2.cvtColor(cv2.merge([step, np.ones_like(hue), saturation]), cv2.COLOR_HSV2RGB) for step in steps]
    return [np.rint(picture * 255).astype(np.uint8) for picture in pictures]


def run_edges(fixture: Fixture, comparison: Comparison) -> None:
    """Edges of an instance map."""
    arrays = _arrays(fixture, "instance_edges")
    edges = instance_edges(torch.from_numpy(arrays["inst"])[None])[0]
    comparison.require("edges", bool((edges.numpy() == arrays["edges"]).all()))


def _arrays(fixture: Fixture, name: str) -> dict[str, NDArray[Any]]:
    with np.load(fixture.folder / f"{name}.npz") as stored:
        return {key: stored[key] for key in stored.files}


KINDS = {
    "data_visual_palettes": run_palettes,
    "data_visual_pictures": run_pictures,
    "data_visual_flow": run_flow,
    "data_visual_edges": run_edges,
}
