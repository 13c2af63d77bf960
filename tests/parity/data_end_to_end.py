"""Golden kinds of whole small datasets in the published layout, against what the original's test mode returned.

They are read by the reader of rendering. Windows are those of rendering: every tG neighbouring frames. Where a mode
does not scale, rendering leaves a frame its size (see docs/decisions.md), and the frame is read as training reads it.
"""

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from parity.fixture import Comparison, Fixture
from parity.masks import difference, iou, near
from vid2vid_core.config import ControlConfig, DataConfig, parse
from vid2vid_core.dataset.frames import FrameReader, FrameSample
from vid2vid_core.dataset.geometry import draw_geometry
from vid2vid_core.dataset.layout import read_layout
from vid2vid_core.dataset.manifest import FILE_COLUMNS, FrameRow, write_manifest
from vid2vid_core.dataset.pictures import read_instances, read_labels, read_photograph
from vid2vid_core.losses.face_region import face_region, face_side

SHOWN = {
    "both": ControlConfig(kind="pose", people="all", crop="central"),
    "densepose_only": ControlConfig(kind="pose", people="all", crop="central", densepose_only=True),
    "openpose_only": ControlConfig(kind="pose", people="all", crop="central", openpose_only=True),
}
ANY_ID = 256
"""Labels of the fixtures are 8-bit; what is compared are the ids."""


def run_street(fixture: Fixture, comparison: Comparison) -> None:
    """Labels, instances and photographs of every window, in every mode."""
    with np.load(fixture.folder / "expected.npz") as stored:
        arrays = {key: stored[key] for key in stored.files}
    most = fixture.side["tolerances"]["street_e2e"]["B_max_abs_diff_same_resampler"]
    calls = sorted({key.rsplit("_", 1)[0] for key in arrays})
    with tempfile.TemporaryDirectory() as folder:
        manifest = _manifest(fixture.folder, "street", Path(folder))
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


def _manifest(root: Path, mode: str, folder: Path) -> Path:
    table = read_layout(root, mode).table
    for column in FILE_COLUMNS:
        table[column] = [str((root / path).absolute()) if path else "" for path in table[column]]
    path = folder / "manifest.parquet"
    write_manifest(path, table, {"label_nc": ANY_ID if mode == "street" else 0, "ignore": [], "mode": mode})
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

    Everything is scaled to the height found in the arrays and then cropped to the middle columns; all people are drawn.
    """
    with np.load(fixture.folder / "expected.npz") as stored:
        arrays = {key: stored[key] for key in stored.files}
    allowed = fixture.side["tolerances"]["pose_e2e"]
    frames_G, height = arrays["B"].shape[1] // 3, arrays["B"].shape[2]
    for call in range(len(arrays["B"])):
        windows = {name: _pose_window(fixture, only, height, call, frames_G) for name, only in SHOWN.items()}
        photographs = np.concatenate([_levels(sample.image) for sample in windows["both"]])
        off = float(np.abs(difference(photographs, arrays["B"][call])).max())
        comparison.at_most(f"call {call} B", off, allowed["B_max_abs_diff_same_resampler"])
        for name, samples in windows.items():
            got = np.stack([sample.controls.numpy() for sample in samples])
            expected = arrays[f"{name}_A"][call].reshape(got.shape)
            if name != "openpose_only":
                off = float(np.abs(got[:, :3] - expected[:, :3]).max())
                comparison.at_most(f"call {call} {name}", off, allowed["densepose_channels_max_abs_diff"])
            if name != "densepose_only":
                _compare_drawn(comparison, f"call {call} {name}", got[:, -3:], expected[:, -3:])
    first = {name: _pose_window(fixture, only, height, 0, frames_G)[-1].controls for name, only in SHOWN.items()}
    found = _region(first["both"], SHOWN["both"], height)
    comparison.equal("face region", found, arrays["face_region"].tolist())
    found = _region(first["openpose_only"], SHOWN["openpose_only"], height)
    off = np.abs(np.array(found) - arrays["face_region_openpose_only"]).max()
    comparison.at_most("face region, openpose_only", float(off), 2)


def _pose_window(
    fixture: Fixture, controls: ControlConfig, height: int, number: int, frames_G: int
) -> list[FrameSample]:
    with tempfile.TemporaryDirectory() as folder:
        data = DataConfig(resize_or_crop="scaleHeight", loadSize=height, no_flip=True)
        reader = FrameReader(_manifest(fixture.folder, "pose", Path(folder)), data, controls)
        return [reader.read(row) for row in _window(reader, number, frames_G)]


def _compare_drawn(comparison: Comparison, name: str, ours: NDArray[Any], theirs: NDArray[Any]) -> None:
    for frame, (drawn, expected) in enumerate(zip((ours > -1).any(axis=1), (theirs > -1).any(axis=1), strict=True)):
        comparison.at_least(f"{name} frame {frame} near", near(drawn, expected), 0.97)
        comparison.at_least(f"{name} frame {frame} iou", iou(drawn, expected), 0.8)


def _region(controls: torch.Tensor, kind: ControlConfig, fine_size: int) -> list[int]:
    region = face_region(controls[None], kind, face_side(fine_size))
    return [] if region is None else list(region)


KINDS = {"data_street_e2e": run_street, "data_pose_e2e": run_pose}
