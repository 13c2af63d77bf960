from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from drawn_controls import FACE_SIZE, manifest_of, write_faces

from vid2vid_core.config import ControlConfig, DataConfig
from vid2vid_core.dataset.frames import FrameReader
from vid2vid_core.dataset.geometry import Geometry
from vid2vid_core.dataset.manifest import Manifest, read_manifest
from vid2vid_core.dataset.open_view import open_view
from vid2vid_core.maps.drawn_face import drawn_landmarks
from vid2vid_core.maps.face_crop import face_box
from vid2vid_core.maps.face_maps import MIRRORED_EDGES
from vid2vid_core.maps.landmark_file import read_landmarks

FACE = ControlConfig(kind="face")
PLAIN = ControlConfig(kind="face", no_canny_edge=True)
WHOLE = Geometry((96, 96), (0, 0, 96, 96), flip=False)


@pytest.fixture
def manifest(tmp_path: Path) -> Manifest:
    write_faces(tmp_path, "train", "a", 7)
    return read_manifest(manifest_of(tmp_path, "face"))


def test_one_box_serves_a_run_that_of_its_median_landmarks(manifest: Manifest) -> None:
    rows = manifest.runs("train")[0].rows
    view = open_view(manifest, FACE, rows)
    landmarks = np.stack([read_landmarks(manifest.resolve(row.keypoints)) for row in rows])
    assert {view.box(row) for row in rows} == {face_box(np.median(landmarks, axis=0), FACE_SIZE)}
    assert view.size(rows[0]) == view.box(rows[0]).size == (74, 74)
    assert open_view(manifest, FACE, rows[:1]).box(rows[0]) != view.box(rows[0])


def test_what_is_shown_of_a_frame(manifest: Manifest) -> None:
    row = manifest.runs("train")[0].rows[3]
    view = open_view(manifest, FACE, [row])
    controls = view.controls(row, WHOLE)
    assert controls.shape == (15, 96, 96) and controls.dtype == torch.uint8
    assert (controls[0] == 255).any() and controls[1:].amax(dim=(1, 2)).gt(0).all()
    photograph = view.photograph(row, WHOLE)
    assert photograph.shape == (3, 96, 96) and -1 <= photograph.min() < 0 < photograph.max() <= 1
    parts = view.parts(row, WHOLE)
    assert parts.shape == (1, 96, 96) and set(parts.unique().tolist()) == set(range(7))
    assert open_view(manifest, replace(PLAIN, no_dist_map=True), [row]).controls(row, WHOLE).shape == (1, 96, 96)


def test_strokes_lie_on_the_parts_of_the_face(manifest: Manifest) -> None:
    row = manifest.runs("train")[0].rows[3]
    view = open_view(manifest, PLAIN, [row])
    strokes, face = view.controls(row, WHOLE)[0] > 128, view.parts(row, WHOLE)[0] > 0
    near = torch.nn.functional.max_pool2d(face.float()[None, None], 7, 1, 3)[0, 0] > 0
    assert strokes.sum() > 100 and near[strokes].all()


def test_a_mirrored_sample_is_mirrored_in_everything(manifest: Manifest) -> None:
    row = manifest.runs("train")[0].rows[0]
    view = open_view(manifest, FACE, [row])
    crop = (16, 8, 64, 80)
    plain, flipped = Geometry((96, 96), crop, flip=False), Geometry((96, 96), crop, flip=True)
    torch.testing.assert_close(view.photograph(row, flipped), view.photograph(row, plain).flip(-1), rtol=0, atol=0)
    torch.testing.assert_close(view.parts(row, flipped), view.parts(row, plain).flip(-1), rtol=0, atol=0)
    controls, mirrored = view.controls(row, plain), view.controls(row, flipped)
    assert mirrored.shape == (15, 80, 64)
    assert torch.equal(mirrored[0], controls[0].flip(-1))
    for edge, other in enumerate(MIRRORED_EDGES):
        assert torch.equal(mirrored[1 + edge], controls[1 + other].flip(-1))
    assert not torch.equal(mirrored[2], controls[2].flip(-1))  # the eyebrows have changed places


def test_beyond_the_frame_pictures_repeat_their_border_and_controls_go_on(tmp_path: Path) -> None:
    write_faces(tmp_path, "train", "large", 2, x=40, width=100)
    manifest = read_manifest(manifest_of(tmp_path, "face"))
    row = manifest.runs("train")[0].rows[0]
    view = open_view(manifest, PLAIN, [row])
    box = view.box(row)
    assert box.left < 0 and box.top < 0
    geometry = Geometry(box.size, (0, 0, *box.size), flip=False)
    outside = view.photograph(row, geometry)[:, 130, : -box.left + 1]
    assert (outside == outside[:, -1:]).all()
    assert view.controls(row, geometry)[0, :, : -box.left].any()


def test_rendered_faces_may_have_other_proportions_training_never(manifest: Manifest) -> None:
    rows = manifest.runs("train")[0].rows[:1]
    switched = ControlConfig(kind="face", no_canny_edge=True, random_scale_points=True)
    drawn = open_view(manifest, PLAIN, rows).controls(rows[0], WHOLE)
    assert not torch.equal(open_view(manifest, switched, rows).controls(rows[0], WHOLE), drawn)
    training = open_view(manifest, switched, rows, np.random.default_rng(0))
    assert torch.equal(training.controls(rows[0], WHOLE), drawn)
    seeded = replace(switched, scale_points_seed=4)
    one, again = (open_view(manifest, seeded, rows).controls(rows[0], WHOLE) for _ in range(2))
    assert torch.equal(one, again) and not torch.equal(one, drawn)


def test_what_cannot_be_shown_is_named(manifest: Manifest) -> None:
    run = manifest.runs("train")[0]
    row = run.rows[0]._replace(image="")
    with pytest.raises(ValueError, match=r"train-a-000/0000: no photograph.*controls.no_canny_edge"):
        open_view(manifest, FACE, [row]).controls(row, WHOLE)
    assert open_view(manifest, PLAIN, [row]).controls(row, WHOLE).any()
    with pytest.raises(ValueError, match="0000: no landmarks"):
        open_view(manifest, FACE, [row._replace(keypoints="")])
    flat = drawn_landmarks(50, 50, 20)
    flat[:, 0] = 50
    manifest.resolve(row.keypoints).write_text("\n".join(f"{x},{y}" for x, y in flat))
    with pytest.raises(ValueError, match=r"0000.txt and the files after it: a face 0 pixels wide"):
        open_view(manifest, FACE, [row])
    with pytest.raises(ValueError, match="a face dataset has no label maps"):
        open_view(manifest, ControlConfig(), run.rows)
    with pytest.raises(ValueError, match="controls.kind of the recipe is pose, but the dataset is of mode face"):
        open_view(manifest, ControlConfig(kind="pose"), run.rows)


def test_frames_are_read_with_the_box_of_their_whole_run(tmp_path: Path) -> None:
    write_faces(tmp_path, "train", "a", 3)
    write_faces(tmp_path, "test", "b", 6)
    reader = FrameReader(manifest_of(tmp_path, "face"), DataConfig(loadSize=64, resize_or_crop="scaleWidth"), FACE)
    (run,) = reader.runs()
    samples = [reader.read(row) for row in run.rows]
    assert {tuple(sample.controls.shape) for sample in samples} == {(15, 64, 64)}
    assert samples[0].image.shape == (3, 64, 64) and samples[0].instances is None
    assert samples[0].parts.shape == (1, 64, 64)
    view = open_view(reader.manifest, FACE, run.rows)
    expected = view.controls(run.rows[4], Geometry((64, 64), (0, 0, 64, 64), flip=False))
    assert torch.equal(samples[4].controls, expected)
    assert torch.equal(reader.read(run.rows[4]).controls, expected)  # also after other frames
