from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from drawn_controls import POSE_SIZE, POSE_SPEED, manifest_of, write_poses
from PIL import Image

from vid2vid_core.config import ControlConfig, DataConfig
from vid2vid_core.dataset.frames import FrameReader
from vid2vid_core.dataset.geometry import Geometry
from vid2vid_core.dataset.manifest import Manifest, read_manifest
from vid2vid_core.dataset.open_view import open_view
from vid2vid_core.maps.drawn_person import drawn_person
from vid2vid_core.maps.openpose_file import write_openpose

POSE = ControlConfig(kind="pose", random_drop_prob=0.0)
FRAME = Geometry(POSE_SIZE, (0, 0, *POSE_SIZE), flip=False)
WHOLE = replace(POSE, crop="none")


@pytest.fixture
def manifest(tmp_path: Path) -> Manifest:
    write_poses(tmp_path, "train", "a", 12)
    return read_manifest(manifest_of(tmp_path, "pose"))


def test_the_box_follows_the_person(manifest: Manifest) -> None:
    rows = manifest.runs("train")[0].rows
    view = open_view(manifest, POSE, rows)
    boxes = [view.box(row) for row in rows]
    assert {box.size for box in boxes} == {view.size(rows[0])}
    assert np.diff([box.left for box in boxes]).tolist() == [POSE_SPEED] * (len(rows) - 1)
    width, height = view.size(rows[0])
    assert width / height == pytest.approx(0.75, abs=0.01) and 60 < height < POSE_SIZE[1]
    whole = open_view(manifest, WHOLE, rows)
    assert {whole.box(row) for row in rows} == {(0, 0, *POSE_SIZE)}


def test_what_is_shown_of_a_frame(manifest: Manifest) -> None:
    rows = manifest.runs("train")[0].rows
    view = open_view(manifest, WHOLE, rows)
    controls = view.controls(rows[2], FRAME)
    assert controls.shape == (6, *POSE_SIZE[::-1]) and controls.dtype == torch.float32
    part = ((controls[2] + 1) * 12).round().long()
    assert set(part.unique().tolist()) == {0, 2, 23}
    torch.testing.assert_close(view.parts(rows[2], FRAME), part[None])
    drawn = (controls[3:] > -1).any(dim=0)
    x = 60 + 2 * POSE_SPEED
    assert drawn[30:80, x - 12 : x + 12].float().mean() > 0.2 and not drawn[:, : x - 40].any()
    assert controls.min() == -1 and controls.max() <= 1
    assert view.photograph(rows[2], FRAME).shape == (3, *POSE_SIZE[::-1])


def test_one_of_the_two_pictures(manifest: Manifest, tmp_path: Path) -> None:
    rows = manifest.runs("train")[0].rows
    both = open_view(manifest, WHOLE, rows).controls(rows[0], FRAME)
    for switch, channels in (("densepose_only", slice(0, 3)), ("openpose_only", slice(3, 6))):
        alone = open_view(manifest, replace(WHOLE, **{switch: True}), rows).controls(rows[0], FRAME)
        assert torch.equal(alone, both[channels])
    bodiless = [row._replace(densepose="") for row in rows]
    view = open_view(manifest, replace(POSE, openpose_only=True), bodiless)
    assert set(view.parts(bodiless[0], Geometry((60, 80), (0, 0, 60, 80), flip=False)).unique().tolist()) == {0, 1}
    with pytest.raises(ValueError, match=r"0000: no DensePose picture.*controls.openpose_only"):
        open_view(manifest, POSE, bodiless).controls(bodiless[0], FRAME)


def test_body_surfaces_alone_are_followed_too(manifest: Manifest) -> None:
    config = replace(POSE, densepose_only=True)
    rows = [row._replace(openpose="") for row in manifest.runs("train")[0].rows]
    view = open_view(manifest, config, rows)
    assert np.diff([view.box(row).left for row in rows]).tolist() == [POSE_SPEED] * (len(rows) - 1)
    geometry = Geometry(view.size(rows[0]), (0, 0, *view.size(rows[0])), flip=False)
    assert (view.parts(rows[0], geometry) == 2).any()
    with pytest.raises(ValueError, match=r"0000: no key points.*controls.densepose_only"):
        open_view(manifest, POSE, rows)


def test_surfaces_of_another_size_are_scaled_to_the_frame(manifest: Manifest) -> None:
    row = manifest.runs("train")[0].rows[0]
    before = open_view(manifest, WHOLE, [row]).parts(row, FRAME)
    with Image.open(manifest.resolve(row.densepose)) as picture:
        twice = picture.resize((2 * POSE_SIZE[0], 2 * POSE_SIZE[1]), Image.Resampling.NEAREST)
    twice.save(manifest.resolve(row.densepose))
    assert torch.equal(open_view(manifest, WHOLE, [row]).parts(row, FRAME), before)


def test_poses_are_never_mirrored_and_the_central_crop_narrows_them(manifest: Manifest) -> None:
    rows = manifest.runs("train")[0].rows
    mirrored = replace(FRAME, flip=True)
    assert open_view(manifest, WHOLE, rows).geometry(mirrored) == FRAME
    view = open_view(manifest, replace(POSE, crop="central"), rows)
    geometry = view.geometry(mirrored)
    assert geometry.crop == (68, 0, 64, 140) and not geometry.flip
    shown = view.photograph(rows[0], geometry)
    assert torch.equal(shown, open_view(manifest, WHOLE, rows).photograph(rows[0], FRAME)[..., 68:132])
    assert view.controls(rows[0], geometry).shape == (6, 140, 64)


def test_what_is_dropped_is_drawn_once_a_clip_and_never_in_rendering(manifest: Manifest) -> None:
    dropping = replace(WHOLE, random_drop_prob=0.5)
    rows = [manifest.runs("train")[0].rows[0]._replace(frame=str(t)) for t in range(6)]

    def shown(controls: ControlConfig, seed: int | None) -> torch.Tensor:
        rng = None if seed is None else np.random.default_rng(seed)
        view = open_view(manifest, controls, rows, rng)
        return torch.stack([view.controls(row, FRAME) for row in rows])

    complete = shown(dropping, None)
    assert torch.equal(complete, shown(WHOLE, 1))
    once = shown(dropping, 1)
    assert (once == once[:1]).all() and not torch.equal(once[0], complete[0])
    assert torch.equal(once, shown(dropping, 1)) and not torch.equal(once, shown(dropping, 2))
    assert not (shown(replace(dropping, drop_per_frame=True), 1) == once[:1]).all()
    headless = shown(replace(WHOLE, remove_face_labels=True), None)
    assert set(((headless[:, 2] + 1) * 12).round().unique().tolist()) == {0, 2}


def test_the_largest_person_or_everybody(manifest: Manifest) -> None:
    rows = manifest.runs("train")[0].rows[:2]
    for row in rows:
        write_openpose(manifest.resolve(row.openpose), [drawn_person(170, 60, 30), drawn_person(60, 20, 60)])
    far = (..., slice(150, 200))
    one = open_view(manifest, WHOLE, rows).controls(rows[0], FRAME)[3:]
    everybody = open_view(manifest, replace(WHOLE, people="all"), rows).controls(rows[0], FRAME)[3:]
    assert (one[far] == -1).all() and (everybody[far] > -1).any()


def test_a_frame_without_anybody_is_bridged_a_run_without_is_refused(manifest: Manifest) -> None:
    rows = manifest.runs("train")[0].rows
    write_openpose(manifest.resolve(rows[5].openpose), [])
    view = open_view(manifest, POSE, rows)
    assert view.box(rows[5]).left - view.box(rows[4]).left == POSE_SPEED
    with pytest.raises(ValueError, match="train-a-000, from frame 0005 on: no person in any of 1 frames"):
        open_view(manifest, POSE, rows[5:6])
    manifest.resolve(rows[5].openpose).write_text("{}")
    with pytest.raises(ValueError, match=r"0005_keypoints.json: no 'people' list"):
        open_view(manifest, POSE, rows)


def test_frames_are_read_by_the_box_of_their_run(tmp_path: Path) -> None:
    write_poses(tmp_path, "train", "a", 2)
    write_poses(tmp_path, "test", "b", 8)
    data = DataConfig(loadSize=96, resize_or_crop="scaleHeight")
    reader = FrameReader(manifest_of(tmp_path, "pose"), data, POSE)
    (run,) = reader.runs()
    samples = [reader.read(row) for row in run.rows]
    assert {tuple(sample.controls.shape) for sample in samples} == {(6, 96, 64)}
    assert {tuple(sample.parts.shape) for sample in samples} == {(1, 96, 64)}
    # everything walks along, so that what is shown stands still, to a pixel
    still, standing = FrameReader(reader.manifest.root / "manifest.parquet", data, WHOLE), (run.rows[0], run.rows[7])
    moved, followed = ([reader.read(row).image for row in standing] for reader in (still, reader))
    assert (followed[0] - followed[1]).abs().mean() < 0.3 * (moved[0] - moved[1]).abs().mean()
