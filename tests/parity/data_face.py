"""Golden kinds of faces: completion, crop box, strokes, distances, parts, background edges, single curves."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from parity.fixture import Comparison, Fixture
from parity.masks import covered, difference, iou, near
from vid2vid_core.config import ControlConfig, DataConfig
from vid2vid_core.dataset.geometry import Geometry, whole_frame
from vid2vid_core.maps.curves import draw_pieces
from vid2vid_core.maps.face_crop import Box, face_box
from vid2vid_core.maps.face_maps import background_edges, face_controls, part_labels
from vid2vid_core.maps.face_points import EDGES, Look, Points, complete, scale_points

WITHOUT_CANNY = ControlConfig(kind="face", no_canny_edge=True)
WITH_CANNY = ControlConfig(kind="face")
FREE_CURVES = ("repeated_abscissa", "steep3", "random3")
"""Kinds of single curves whose arbitrary behaviour is only documented."""

Arrays = dict[str, NDArray[Any]]


def run_face(fixture: Fixture, comparison: Comparison) -> None:
    """One face: everything its `.npz` holds."""
    with np.load(fixture.folder / f"{fixture.name}.npz") as stored:
        arrays: Arrays = {key: stored[key] for key in stored.files}
    case = fixture.side["case"]
    width, height = (int(side) for side in arrays["size_wh"])
    landmarks = arrays["landmarks"].astype(float)
    points, frame = complete(landmarks), Box(0, 0, width, height)
    comparison.equal("upper_points", points[68:].tolist(), arrays["upper_points"].astype(float).tolist())
    outside = "_unclamped" if "edge_unclamped" in arrays else ""
    _compare_drawing(fixture, comparison, points, frame, arrays[f"edge{outside}"], arrays[f"dist{outside}"])
    if "part_labels" in arrays and not outside:
        _compare_labels(comparison, "part_labels", part_labels(points, frame), arrays["part_labels"])
    image = _image(fixture, case)
    if image is not None:
        _compare_canny(fixture, comparison, image, points, arrays)
    if case.get("face_width_px") == 0:
        comparison.require("a face without width is refused", _refused(landmarks, (width, height)))
        return
    box = face_box(landmarks, (width, height))
    comparison.equal("crop_yyxx", [box.top, box.bottom, box.left, box.right], arrays["crop_yyxx"].tolist())
    _compare_final(fixture, comparison, points, box, image, arrays)
    if "scaled_points" in arrays:
        scaled = scale_points(points, Look())
        comparison.at_most("scaled_points", float(np.abs(scaled - arrays["scaled_points"]).max()), 1e-9)
        _compare_drawing(fixture, comparison, scaled, frame, arrays["scaled_edge"], arrays["scaled_dist"])
        _compare_maps(fixture, comparison, scaled, box, arrays["scaled_final"])


def _refused(landmarks: Points, frame: tuple[int, int]) -> bool:
    try:
        face_box(landmarks, frame)
    except ValueError:
        return True
    return False


def _image(fixture: Fixture, case: dict[str, Any]) -> NDArray[np.uint8] | None:
    if "image" not in case:
        return None
    picture = cv2.imread(str(fixture.folder / case["image"]), cv2.IMREAD_COLOR)
    return np.ascontiguousarray(picture[:, :, ::-1])


def _exempt(case: dict[str, Any]) -> set[int]:
    """Distance maps with a piece that we draw, and the original did not."""
    return set(case["planes_with_rejected_subcurves"])


def _compare_drawing(
    fixture: Fixture, comparison: Comparison, points: Points, frame: Box, edge: NDArray[Any], dist: NDArray[Any]
) -> None:
    case, allowed = fixture.side["case"], fixture.side["tolerances"]["face"]
    maps = face_controls(points, frame, frame.size, WITHOUT_CANNY)
    ours, theirs = maps[0] > 0, edge > 0
    if _exempt(case):
        least = allowed["edge_with_rejected_subcurves"]["golden_covered_by_candidate_min"]
        comparison.at_least("edge covered", covered(theirs, ours), least)
    else:
        comparison.at_least("edge near", near(ours, theirs), allowed["edge"]["near_min"])
        if case["face_width_px"] >= 40 and "collinear" not in fixture.name:
            comparison.at_least("edge iou", iou(ours, theirs), allowed["edge"]["iou_min"])
    _compare_distances(comparison, "dist", maps[1:], dist, _exempt(case), allowed["dist"])


def _compare_distances(
    comparison: Comparison, name: str, ours: NDArray[Any], theirs: NDArray[Any], exempt: set[int], allowed: Any
) -> None:
    most = allowed.get("max_abs_diff", allowed.get("max_abs_diff_other_antialiased_resampler"))
    for plane in range(len(EDGES)):
        off = difference(ours[plane], theirs[plane])
        if plane + 1 in exempt:
            comparison.at_most(f"{name} {plane + 1} larger by", float(off.max()), most)
        else:
            comparison.at_most(f"{name} {plane + 1} max", float(np.abs(off).max()), most)
            comparison.at_most(f"{name} {plane + 1} mean", float(np.abs(off).mean()), allowed["mean_abs_diff"])


def _compare_labels(comparison: Comparison, name: str, ours: NDArray[Any], theirs: NDArray[Any]) -> None:
    labelled = max(1, int((theirs > 0).sum()))
    comparison.at_most(f"{name} differing", float((ours != theirs).sum() / labelled), 0.005)


def _compare_canny(
    fixture: Fixture, comparison: Comparison, image: NDArray[np.uint8], points: Points, arrays: Arrays
) -> None:
    allowed = fixture.side["tolerances"]["face"]["canny"]
    height, width = image.shape[:2]
    frame = Box(0, 0, width, height)
    theirs = np.unpackbits(arrays["canny_full"])[: height * width].reshape(height, width) > 0
    ours = background_edges(image, frame) > 0
    comparison.at_least("canny near", near(ours, theirs), allowed["near_min_other_canny"])
    comparison.at_least("canny iou", iou(ours, theirs), allowed["iou_min_other_canny"])
    both = face_controls(points, frame, frame.size, WITH_CANNY, image)[0] > 0
    comparison.at_least("edge_canny near", near(both, arrays["edge_canny"] > 0), allowed["near_min_other_canny"])


def _compare_final(
    fixture: Fixture,
    comparison: Comparison,
    points: Points,
    box: Box,
    image: NDArray[np.uint8] | None,
    arrays: Arrays,
) -> None:
    outside = "final_unclamped" in arrays
    _compare_maps(fixture, comparison, points, box, arrays["final_unclamped" if outside else "final_no_canny"])
    labels = arrays["final_labels_unclamped" if outside else "final_labels"]
    geometry = _geometry(box, labels.shape[-2:])
    _compare_labels(
        comparison, "final_labels", geometry.ids(part_labels(points, box)), labels.reshape(labels.shape[-2:])
    )
    if image is None:
        return
    edges = face_controls(points, box, geometry.size, WITH_CANNY, image)[0]
    off = np.abs(difference(edges, arrays["final_edge_canny"][0]))
    # Canny of another library: a pixel of a background edge may move by one.
    comparison.at_least("final_edge_canny near", near(edges > 64, arrays["final_edge_canny"][0] > 64), 0.97)
    comparison.at_most("final_edge_canny mae", float(off.mean()), 6.0)
    photograph = geometry.picture(Image.fromarray(image[box.top : box.bottom, box.left : box.right]))
    worst = np.abs(difference(photograph.transpose(2, 0, 1), arrays["final_B"])).max()
    comparison.at_most("final_B", float(worst), 1)


def _geometry(box: Box, shape: tuple[int, ...]) -> Geometry:
    return whole_frame(DataConfig(resize_or_crop="resize", loadSize=shape[-1]), box.size)


def _compare_maps(fixture: Fixture, comparison: Comparison, points: Points, box: Box, final: NDArray[Any]) -> None:
    case, allowed = fixture.side["case"], fixture.side["tolerances"]["face"]
    maps = face_controls(points, box, (final.shape[2], final.shape[1]), WITHOUT_CANNY)
    comparison.equal("channels", list(maps.shape), list(final.shape))
    limits = allowed["final_edge_channel"]
    most = limits["mae_max"] if case["face_width_px"] >= 40 else limits["mae_max_when_face_width_below_40px"]
    if not _exempt(case):
        comparison.at_most("final edge mae", float(np.abs(difference(maps[0], final[0])).mean()), most)
    _compare_distances(comparison, "final dist", maps[1:], final[1:], _exempt(case), allowed["final_dist_channels"])


def run_curves(fixture: Fixture, comparison: Comparison) -> None:
    """Single pieces: every pixel of one drawing within a pixel of the other."""
    for number, unit in enumerate(fixture.side["case"]):
        points = np.stack([unit["x"], unit["y"]], axis=1).astype(float)
        piece = points if len(points) == 3 else np.concatenate([points, points[1:]])
        pixels = draw_pieces(piece[None])
        ours = np.stack([pixels.x, pixels.y], axis=1)
        name = f"{unit['kind']} {number}"
        if unit["kind"] in FREE_CURVES:
            continue
        if unit["status"] == "drawn":
            theirs = np.stack([unit["curve_x"], unit["curve_y"]], axis=1)
            apart = np.abs(ours[:, None] - theirs[None]).max(axis=2)
            worst = max(apart.min(axis=0).max(initial=0), apart.min(axis=1).max(initial=0)) if len(ours) else np.inf
            comparison.at_most(name, float(worst), 1)
        elif unit["status"] == "empty":
            comparison.equal(name, len(ours), 0)


KINDS = {"data_face": run_face, "data_curves": run_curves}
