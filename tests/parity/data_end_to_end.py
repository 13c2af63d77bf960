"""Golden kinds of whole small datasets in the published layout, against what the original's test mode returned.

Streets are read by the reader of rendering; poses by the functions it calls. Windows are those of rendering: every tG
neighbouring frames. Where a mode does not scale, rendering leaves a frame its size (see docs/decisions.md), and the
frame is read as training reads it.
"""

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from parity.fixture import Comparison, Fixture
from parity.masks import difference, iou, near
from vid2vid_core.config import ControlConfig, DataConfig, parse
from vid2vid_core.dataset.frames import FrameReader, FrameSample
from vid2vid_core.dataset.geometry import Geometry, draw_geometry, whole_frame
from vid2vid_core.dataset.layout import read_layout
from vid2vid_core.dataset.manifest import FrameRow, write_manifest
from vid2vid_core.dataset.pictures import read_instances, read_labels, read_photograph
from vid2vid_core.losses.face_region import face_region, face_side
from vid2vid_core.maps.densepose import densepose_channels, openpose_channels, read_densepose
from vid2vid_core.maps.face_crop import Box
from vid2vid_core.maps.openpose_file import read_openpose
from vid2vid_core.maps.pose_crop import central_columns, chosen_people
from vid2vid_core.maps.pose_map import draw_pose

ALONE = ("densepose_only", "openpose_only")
ANY_ID = 256
"""Labels of the fixtures are 8-bit; what is compared are the ids."""


def run_street(fixture: Fixture, comparison: Comparison) -> None:
    """Labels, instances and photographs of every window, in every mode."""
    with np.load(fixture.folder / "expected.npz") as stored:
        arrays = {key: stored[key] for key in stored.files}
    most = fixture.side["tolerances"]["street_e2e"]["B_max_abs_diff_same_resampler"]
    calls = sorted({key.rsplit("_", 1)[0] for key in arrays})
    with tempfile.TemporaryDirectory() as folder:
        manifest = _manifest(fixture.folder, Path(folder))
        for call in calls:
            mode, load_size, number = call.rsplit("_", 2)
            data = parse(
                DataConfig, {"resize_or_crop": mode, "loadSize": int(load_size), "use_instance": True}, fixture.name
            )
            expected = {kind: arrays[f"{call}_{kind}"] for kind in ("A", "inst", "B")}
            window = _window(FrameReader(manifest, data), int(number.removeprefix("call")), len(expected["A"]))
            samples = [_street_sample(FrameReader(manifest, data), row, expected["A"].shape[1:]) for row in window]
            for kind, field in (("A", "controls"), ("inst", "instances")):
                got = np.concatenate([getattr(sample, field).numpy() for sample in samples])
                comparison.equal(f"{call} {kind} differing", _differing(got, expected[kind]), 0)
            photographs = np.concatenate([_levels(sample.image) for sample in samples])
            comparison.at_most(f"{call} B", float(np.abs(difference(photographs, expected["B"])).max()), most)


def _manifest(root: Path, folder: Path) -> Path:
    table = read_layout(root).table
    for column in ("image", "label", "instance"):
        table[column] = [str((root / path).absolute()) if path else "" for path in table[column]]
    path = folder / "manifest.parquet"
    write_manifest(path, table, {"label_nc": ANY_ID, "ignore": [], "mode": "street"})
    return path


def _window(reader: FrameReader, number: int, frames_G: int) -> list[FrameRow]:
    """The frames that the picture of that number is made from."""
    runs = reader.runs("test")
    windows = [list(run.rows[i : i + frames_G]) for run in runs for i in range(len(run.rows) - frames_G + 1)]
    return windows[number]


def _street_sample(reader: FrameReader, row: FrameRow, shape: tuple[int, ...]) -> FrameSample:
    sample = reader.read(row)
    if sample.controls.shape[1:] == shape:
        return sample
    data = replace(reader.data, no_flip=True)
    geometry = draw_geometry(data, (row.width, row.height), np.random.default_rng(0))
    resolve = reader.manifest.resolve
    return FrameSample(
        image=read_photograph(resolve(row.image), geometry),
        controls=read_labels(resolve(row.label), geometry, ANY_ID, ()),
        instances=read_instances(resolve(row.instance), geometry),
    )


def _differing(got: NDArray[Any], expected: NDArray[Any]) -> int:
    return int((got != expected).sum()) if got.shape == expected.shape else -1


def _levels(image: torch.Tensor | None) -> NDArray[np.uint8]:
    if image is None:
        raise ValueError("there is no photograph")
    return ((image + 1) * 127.5).round().to(torch.uint8).numpy()


def run_pose(fixture: Fixture, comparison: Comparison) -> None:
    """Both pictures of every window, one of them alone, the photographs, and the face region of a frame.

    Everything is scaled to the height found in the arrays and then cropped to the middle columns.
    """
    with np.load(fixture.folder / "expected.npz") as stored:
        arrays = {key: stored[key] for key in stored.files}
    allowed = fixture.side["tolerances"]["pose_e2e"]
    height = arrays["B"].shape[2]
    frames = [_pose_frame(fixture.folder, path, height) for path in sorted((fixture.folder / "test_img").rglob("*.*"))]
    frames_G = arrays["B"].shape[1] // 3
    for call in range(len(arrays["B"])):
        for place in range(frames_G):
            densepose, openpose, photograph = frames[call + place]
            name = f"call {call} frame {place}"
            both = arrays["both_A"][call].reshape(frames_G, 6, *arrays["B"].shape[2:])[place]
            alone = {kind: arrays[f"{kind}_A"][call, 3 * place : 3 * place + 3] for kind in ALONE}
            for kind, expected in (("both", both[:3]), ("alone", alone["densepose_only"])):
                off = float(np.abs(densepose - expected).max())
                comparison.at_most(f"{name} densepose, {kind}", off, allowed["densepose_channels_max_abs_diff"])
            for kind, expected in (("both", both[3:]), ("alone", alone["openpose_only"])):
                drawn, theirs = (openpose > -1).any(axis=0), (expected > -1).any(axis=0)
                comparison.at_least(f"{name} openpose, {kind} near", near(drawn, theirs), 0.97)
                comparison.at_least(f"{name} openpose, {kind} iou", iou(drawn, theirs), 0.8)
            picture = arrays["B"][call, 3 * place : 3 * place + 3]
            off = float(np.abs(difference(photograph, picture)).max())
            comparison.at_most(f"{name} B", off, allowed["B_max_abs_diff_same_resampler"])
    densepose, openpose, _ = frames[frames_G - 1]
    controls = np.concatenate([densepose, openpose])
    found = _region(controls, ControlConfig(kind="pose"), height)
    comparison.equal("face region", found, arrays["face_region"].tolist())
    found = _region(openpose, ControlConfig(kind="pose", openpose_only=True), height)
    off = np.abs(np.array(found) - arrays["face_region_openpose_only"]).max()
    comparison.at_most("face region, openpose_only", float(off), 2)


def _pose_frame(root: Path, image: Path, height: int) -> tuple[NDArray[np.float32], NDArray[np.float32], Any]:
    """DensePose and OpenPose channels and the photograph of a frame; all its people are drawn, as by the original."""
    place = image.relative_to(root / "test_img").with_suffix("")
    densepose = read_densepose(root / "test_densepose" / f"{place}.png")
    people = read_openpose(root / "test_openpose" / f"{place}.json")
    with Image.open(image) as opened:
        photograph = opened.convert("RGB")
    geometry = _middle(whole_frame(DataConfig(resize_or_crop="scaleHeight", loadSize=height), photograph.size))
    shown = chosen_people(people, ControlConfig(kind="pose", people="all"))
    openpose = draw_pose(shown, Box(0, 0, *photograph.size))
    return (
        densepose_channels(geometry.ids(densepose)),
        openpose_channels(geometry.ids(openpose)),
        geometry.picture(photograph).transpose(2, 0, 1),
    )


def _middle(geometry: Geometry) -> Geometry:
    first, end = central_columns(geometry.size[0])
    return replace(geometry, crop=(first, 0, end - first, geometry.size[1]))


def _region(controls: NDArray[np.float32], kind: ControlConfig, fine_size: int) -> list[int]:
    region = face_region(torch.from_numpy(controls)[None], kind, face_side(fine_size))
    return [] if region is None else list(region)


KINDS = {"data_street_e2e": run_street, "data_pose_e2e": run_pose}
