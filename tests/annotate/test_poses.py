"""The annotate stage of poses with files made here; what an estimator finds is tested in test_holistic.py."""

import json
import shutil

import cv2
import numpy as np
import pytest
import torch

from vid2vid_core.annotate.stage import annotate_video
from vid2vid_core.config import DatasetConfig, FramesConfig, PoseAnnotateConfig, Source, VideoEntry
from vid2vid_core.config.dataset import AnnotateConfig
from vid2vid_core.maps.densepose import read_densepose
from vid2vid_core.maps.drawn_person import drawn_person
from vid2vid_core.maps.openpose_file import read_openpose, write_openpose
from vid2vid_core.storage import read_table

SIZE = (160, 120)
PICTURE = np.full((SIZE[1], SIZE[0], 3), 90, np.uint8)
COUNT = 8


def person(t):
    return drawn_person(70 + t, 5, 110)


def write_people(folder, people_of, numbers=range(COUNT)):
    folder.mkdir(parents=True, exist_ok=True)
    for t in numbers:
        write_openpose(folder / f"{t:06d}.json", people_of(t))
    return folder


def write_parts(folder, numbers=range(COUNT), part=12, size=SIZE):
    folder.mkdir(parents=True, exist_ok=True)
    for t in numbers:
        picture = np.zeros((size[1], size[0], 3), np.uint8)
        picture[20:40, 30 + t : 60 + t] = 10, 20, part
        cv2.imwrite(str(folder / f"{t:06d}_IUV.png"), picture[..., ::-1])
    return folder


class Stage:
    def __init__(self, tmp_path, make_frames):
        self.root = tmp_path
        self.frames = make_frames([PICTURE] * COUNT)

    def run(self, people=None, parts=None, kind="video", frames=None, crop=FramesConfig(), **pose):  # noqa: B008
        folders = {"openpose": people, "densepose": parts}
        given = {key: None if folder is None else str(folder) for key, folder in folders.items()}
        if kind != "layout":
            pose = {"backend": "given", "densepose": "given" if parts else "none"} | pose
        entry = VideoEntry(path="x", split="train", **given)
        annotate = AnnotateConfig(pose=PoseAnnotateConfig(**pose))
        videos = () if kind == "layout" else (entry,)
        config = DatasetConfig(name="d", mode="pose", videos=videos, annotate=annotate, frames=crop)
        source = Source(id="clip", split="train", path=str(self.root / "clip.mp4"), kind=kind, **given)
        table = self.root / "annotations" / "clip.parquet"
        annotate_video(frames or self.frames, self.root / "annotations" / "clip", table, config, source, None)
        rows, metadata = read_table(table)
        return rows, metadata

    def people(self, rows, index):
        return read_openpose(self.root / "annotations" / rows["openpose"][index])

    def parts(self, rows, index):
        return read_densepose(self.root / "annotations" / rows["densepose"][index])


@pytest.fixture
def stage(tmp_path, make_frames):
    return Stage(tmp_path, make_frames)


def test_given_files_become_the_annotation_of_the_subject(stage, tmp_path):
    passer = drawn_person(140, 60, 50)
    openpose = write_people(tmp_path / "openpose", lambda t: [passer, person(t)])
    densepose = write_parts(tmp_path / "densepose")
    rows, metadata = stage.run(openpose, densepose)
    assert rows["valid"].all() and not rows["filled"].any() and not rows["reason"].any()
    (found,) = stage.people(rows, 3)
    np.testing.assert_allclose(found.body, person(3).body, atol=0.001)
    np.testing.assert_allclose(found.face, person(3).face, atol=0.001)
    np.testing.assert_array_equal(stage.parts(rows, 3), read_densepose(densepose / "000003_IUV.png"))
    left, top, right, bottom = rows["box"][3]
    assert left < 73 < right and abs(top - 8) < 5 and abs(bottom - 113) < 3
    assert rows["confidence"].tolist() == [1.0] * COUNT
    assert (metadata["backend"], metadata["densepose"]) == ("given", "given")
    assert metadata["quality"][0]["detected"] == COUNT
    assert rows["openpose"][0] == "clip/openpose/clip-000/000000.json"


def test_files_missing_in_the_middle_are_filled_for_a_while(stage, tmp_path):
    openpose = write_people(tmp_path / "openpose", lambda t: [person(t)], [0, 1, 2, 4, 5])
    rows, metadata = stage.run(openpose)
    assert rows["valid"].tolist() == [True] * 6 + [False] * 2
    assert rows["filled"].tolist() == [t == 3 for t in range(COUNT)]
    np.testing.assert_allclose(stage.people(rows, 3)[0].body, person(3).body, atol=0.01)
    assert "no file for frame '000007'" in rows["reason"][7]
    assert rows["openpose"][7] == "" and len(rows["box"][7]) == 0 and rows["confidence"][3] == 0
    assert metadata["quality"][0]["filled"] == 1 and metadata["densepose"] == "none"
    assert not rows["densepose"].any()


def test_bad_files_make_their_frame_invalid_with_the_reason(stage, tmp_path):
    openpose = write_people(tmp_path / "openpose", lambda t: [person(t)])
    (openpose / "000002.json").write_text('{"people": []}')
    broken = json.loads((openpose / "000004.json").read_text())
    broken["people"][0]["pose_keypoints_2d"] = [1.0] * 54
    (openpose / "000004.json").write_text(json.dumps(broken))
    rows, _ = stage.run(openpose, gaps="cut")
    assert rows["valid"].tolist() == [t not in (2, 4) for t in range(COUNT)]
    assert "empty list of people" in rows["reason"][2] and "54 numbers, expected 75" in rows["reason"][4]
    rows, _ = stage.run(openpose)
    assert rows["valid"][2] and rows["filled"][2] and not rows["valid"][4]


def test_two_files_for_a_frame_stop_the_stage(stage, tmp_path):
    openpose = write_people(tmp_path / "openpose", lambda t: [person(t)])
    shutil.copy(openpose / "000001.json", openpose / "clip_000000000001_keypoints.json")
    with pytest.raises(ValueError, match="both belong to frame '000001'"):
        stage.run(openpose)


def test_parts_above_24_or_missing_make_their_frame_invalid(stage, tmp_path):
    openpose = write_people(tmp_path / "openpose", lambda t: [person(t)])
    densepose = write_parts(tmp_path / "densepose", [0, 1, 2, 4, 5, 6, 7])
    write_parts(densepose, [5], part=25)
    rows, _ = stage.run(openpose, densepose)
    assert rows["valid"].tolist() == [t not in (3, 5) for t in range(COUNT)]
    assert "no picture for frame '000003'" in rows["reason"][3]
    assert "part 25" in rows["reason"][5] and "000005_IUV.png" in rows["reason"][5]
    assert rows["openpose"][5] == "" and rows["densepose"][5] == ""


def test_given_files_follow_the_crop_of_the_frames(tmp_path, make_frames):
    stage = Stage(tmp_path, make_frames)
    half = make_frames([PICTURE[:60, :80]] * COUNT, video="half")
    cv2.imwrite(str(tmp_path / "rgb.png"), PICTURE)
    openpose = write_people(tmp_path / "openpose", lambda t: [person(t)])
    densepose = write_parts(tmp_path / "densepose")
    folder = tmp_path / "clip.mp4"  # a folder of pictures, whose size tells where the crop lies
    folder.mkdir()
    shutil.copy(tmp_path / "rgb.png", folder / "000000.png")
    rows, _ = stage.run(openpose, densepose, kind="folder", frames=half, crop=FramesConfig(crop=(20, 0, 80, 60)))
    (found,) = stage.people(rows, 2)
    np.testing.assert_allclose(found.body[:, :2], person(2).body[:, :2] - (20, 0), atol=0.001)
    np.testing.assert_array_equal(stage.parts(rows, 2), read_densepose(densepose / "000002_IUV.png")[:60, 20:100])


def test_layout_is_used_in_place(stage, tmp_path):
    openpose = write_people(tmp_path / "train_openpose" / "s", lambda t: [person(t), drawn_person(140, 60, 50)])
    densepose = write_parts(tmp_path / "train_densepose" / "s", [0, 1, 2, 3, 5, 6, 7])
    (openpose / "000006.json").unlink()
    rows, metadata = stage.run(openpose, densepose, kind="layout")
    assert rows["valid"].tolist() == [t not in (4, 6) for t in range(COUNT)]
    assert rows["openpose"][1] == str(openpose / "000001.json")
    assert rows["densepose"][1] == str(densepose / "000001_IUV.png")
    assert "no image named '000004'" in rows["reason"][4] and "no file for frame '000006'" in rows["reason"][6]
    assert list((tmp_path / "annotations" / "clip").iterdir()) == []
    assert metadata["backend"] == "layout" and rows["box"][1][3] > 110


def test_layout_may_have_body_parts_alone_or_nothing(stage, tmp_path):
    densepose = write_parts(tmp_path / "train_densepose" / "s")
    rows, _ = stage.run(None, densepose, kind="layout")
    assert rows["valid"].all() and not rows["openpose"].any()
    rows, _ = stage.run(None, None, kind="layout")
    assert not rows["valid"].any() and "neither key points nor body parts" in rows["reason"][0]


class HalfSize(torch.nn.Module):
    """Left half part 3, U growing downwards, V a half."""

    def forward(self, picture: torch.Tensor) -> torch.Tensor:
        height, width = picture.shape[2] // 2, picture.shape[3] // 2
        part = torch.zeros(height, width)
        part[:, : width // 2] = 3.0
        u = torch.linspace(0.0, 1.0, height)[:, None].expand(height, width)
        return torch.stack([part, u, torch.full((height, width), float(picture.max()) * 0.5)])[None]


class TooManyParts(torch.nn.Module):
    def forward(self, picture: torch.Tensor) -> torch.Tensor:
        return picture * 0 + 30


def test_a_network_can_be_plugged_in_by_path(stage, tmp_path):
    openpose = write_people(tmp_path / "openpose", lambda t: [person(t)])
    torch.jit.script(HalfSize()).save(str(tmp_path / "half.pt"))
    rows, metadata = stage.run(openpose, densepose="model", densepose_model=str(tmp_path / "half.pt"))
    parts = stage.parts(rows, 0)
    assert parts.shape == (120, 160, 3) and rows["valid"].all()
    assert (parts[:, :80, 2] == 3).all() and not parts[:, 80:, 2].any()
    assert parts[0, 0, 1] == 0 and parts[-1, 0, 1] == 255
    assert parts[0, 0, 0] == round(255 * 0.5 * 90 / 255)
    assert metadata["densepose"] == f"model {tmp_path / 'half.pt'}"


def test_what_a_network_gives_is_checked(stage, tmp_path):
    openpose = write_people(tmp_path / "openpose", lambda t: [person(t)])
    torch.jit.script(TooManyParts()).save(str(tmp_path / "many.pt"))
    with pytest.raises(ValueError, match=r"many.pt: part must be 0..24, U and V 0..1; found 30..30"):
        stage.run(openpose, densepose="model", densepose_model=str(tmp_path / "many.pt"))
    torch.jit.script(torch.nn.Flatten()).save(str(tmp_path / "flat.pt"))
    with pytest.raises(ValueError, match=r"flat.pt: its output must be one tensor \(1, 3, h, w\) .* got \(1, 57600\)"):
        stage.run(openpose, densepose="model", densepose_model=str(tmp_path / "flat.pt"))
    (tmp_path / "text.pt").write_text("weights")
    with pytest.raises(ValueError, match=r"text.pt: no TorchScript file"):
        stage.run(openpose, densepose="model", densepose_model=str(tmp_path / "text.pt"))


def test_empty_frame_table_gives_an_empty_table(tmp_path, make_frames):
    rows, metadata = Stage(tmp_path, make_frames).run(
        write_people(tmp_path / "openpose", lambda t: [person(t)]), frames=make_frames([], video="none")
    )
    assert len(rows) == 0 and metadata["quality"] == []
    assert list(rows.columns[3:]) == ["openpose", "densepose", "valid", "reason", "confidence", "box", "filled"]


def test_settings_that_nothing_would_read_are_refused():
    for wrong, message in [
        ({"backend": "given", "min_visibility": 0.3}, "min_visibility is for backend mediapipe"),
        ({"gaps": "cut", "max_gap": 9}, "max_gap is for gaps interpolate"),
        ({"densepose": "model"}, "densepose_model"),
        ({"densepose_model": "x.pt"}, "densepose_model"),
    ]:
        with pytest.raises(ValueError, match=message):
            PoseAnnotateConfig(**wrong)
    entry = VideoEntry(path="x", split="train", openpose="y")
    with pytest.raises(ValueError, match=r"videos\[0\].openpose is for mode pose with annotate.pose.backend given"):
        DatasetConfig(name="d", mode="pose", videos=(entry,))
    given = AnnotateConfig(pose=PoseAnnotateConfig(backend="given"))
    with pytest.raises(ValueError, match=r"videos\[0\].openpose is missing"):
        DatasetConfig(name="d", mode="pose", videos=(VideoEntry(path="x", split="train"),), annotate=given)
    with pytest.raises(ValueError, match="annotate.pose is for mode pose, mode is face"):
        DatasetConfig(name="d", mode="face", annotate=given)
