"""Which videos a dataset consists of, and what they are called."""

import re
from pathlib import Path
from typing import Any

import pytest

from vid2vid_core.config import ConfigError, DatasetConfig, Source, expand_sources, parse


def sources(**data: object) -> list[Source]:
    return expand_sources(
        parse(DatasetConfig, {"name": "d", "annotate": {"segmenter": "unsupervised"}, **data}, "d"), "d"
    )


def touch(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x")
    return path


def test_glob_in_natural_order(tmp_path: Path) -> None:
    for name in ("clip10.mp4", "clip9.mp4"):
        touch(tmp_path / name)
    found = sources(videos=[{"path": f"{tmp_path}/*.mp4", "split": "train"}])
    assert [source.id for source in found] == ["clip9", "clip10"]


def test_two_videos_of_the_same_name_get_different_stable_identifiers(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        touch(tmp_path / folder / "clip.mp4")
    videos = [{"path": f"{tmp_path}/{folder}/clip.mp4", "split": "train"} for folder in ("a", "b")]
    identifiers = [source.id for source in sources(videos=videos)]
    assert len(set(identifiers)) == 2
    assert [source.id for source in sources(videos=videos[::-1])] == identifiers[::-1]


@pytest.mark.parametrize(
    "name", ["my clip", "it's", 'say "hi"', "Übung 1", "$(touch x)", "a[1]", "50%", "-v", "日本", "x²"]
)
def test_any_file_name_gives_a_plain_identifier(tmp_path: Path, name: str) -> None:
    path = touch(tmp_path / f"{name}.mp4")
    (found,) = sources(videos=[{"path": str(path), "split": "train"}])
    assert found.path == str(path)
    assert re.fullmatch(r"[A-Za-z0-9-]+", found.id)


def test_missing_paths_are_all_named(tmp_path: Path) -> None:
    touch(tmp_path / "here.mp4")
    with pytest.raises(ConfigError) as caught:
        sources(
            videos=[
                {"path": str(tmp_path / "gone.mp4"), "split": "train"},
                {"path": str(tmp_path / "here.mp4"), "split": "test", "labels": str(tmp_path / "{stem}-labels")},
            ]
        )
    assert "videos[0].path: no such file" in str(caught.value)
    assert f"videos[1].labels: no such file or folder: '{tmp_path}/here-labels'" in str(caught.value)


def test_same_video_twice_needs_different_ranges(tmp_path: Path) -> None:
    path = str(touch(tmp_path / "clip.mp4"))
    entry = {"path": path, "split": "train"}
    with pytest.raises(ConfigError, match="listed twice"):
        sources(videos=[entry, entry])
    parts = sources(videos=[entry | {"max_frames": 5}, entry | {"start_frame": 5}])
    assert len({part.id for part in parts}) == 2


def test_world_has_train_then_test_drives() -> None:
    found = expand_sources(parse(DatasetConfig, {"name": "d", "world": {"train": 2, "test": 1}}, "d"), "d")
    assert [(source.id, source.split) for source in found] == [
        ("drive-00", "train"),
        ("drive-01", "train"),
        ("drive-02", "test"),
    ]


def test_existing_layout(tmp_path: Path) -> None:
    for path in ("train_B/s10/0.png", "train_B/s9/0.png", "train_A/s9/0.png", "test_B/s1/0.jpg"):
        touch(tmp_path / path)
    found = sources(layout=str(tmp_path))
    assert [(source.id, source.split) for source in found] == [
        ("train-s9", "train"),
        ("train-s10", "train"),
        ("test-s1", "test"),
    ]
    assert found[0].labels == str(tmp_path / "train_A/s9")
    assert found[1].labels is None


def test_layouts_of_faces_and_poses(tmp_path: Path) -> None:
    for path in ("train_img/a/0.jpg", "train_keypoints/a/0.txt", "train_openpose/a/0.json", "test_img/b/0.jpg"):
        touch(tmp_path / path)
    face, other = sources(layout=str(tmp_path), mode="face")
    assert (face.id, face.kind, face.path) == ("train-a", "layout", str(tmp_path / "train_img/a"))
    assert face.keypoints == str(tmp_path / "train_keypoints/a") and face.openpose is None and face.labels is None
    assert other.split == "test" and other.keypoints is None
    pose = sources(layout=str(tmp_path), mode="pose")[0]
    assert pose.openpose == str(tmp_path / "train_openpose/a") and (pose.densepose, pose.keypoints) == (None, None)
    with pytest.raises(ConfigError, match="no images in '.*/train_B' or .* a street dataset"):
        sources(layout=str(tmp_path))


@pytest.mark.parametrize("mode", ["face", "pose"])
def test_worlds_without_labels_give_videos_alone(mode: str) -> None:
    data = {"name": "d", "mode": mode, "world": {"kind": f"{mode}_demo", "train": 1, "test": 1}}
    found = expand_sources(parse(DatasetConfig, data, "d"), "d")
    assert [(source.id, source.split) for source in found] == [("clip-00", "train"), ("clip-01", "test")]
    assert found[0].files() == ["results/datasets/d/world/clip-00/rgb.mp4"]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"world": {"kind": "face_demo"}}, "world.kind face_demo is for mode face, mode is street"),
        ({"mode": "pose", "world": {}}, "world.kind street_demo is for mode street, mode is pose"),
        (
            {"mode": "face", "world": {"kind": "face_demo"}, "annotate": {"face": {"backend": "given"}}},
            "brings no files of faces",
        ),
    ],
)
def test_a_world_fits_the_mode_of_its_dataset(data: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        parse(DatasetConfig, {"name": "d"} | data, "d")


@pytest.mark.parametrize(("data", "got"), [({}, "none"), ({"layout": "x", "world": {}}, "layout, world")])
def test_exactly_one_kind_of_source(data: dict, got: str) -> None:
    with pytest.raises(ConfigError, match=f"exactly one of videos, layout, world; got {got}"):
        sources(**data)
