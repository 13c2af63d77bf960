"""Datasets of faces and poses from frames and what was found in them."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from drawn_controls import write_faces, write_poses
from PIL import Image

from vid2vid_core.annotate.stage import annotate_video
from vid2vid_core.config import DatasetConfig, expand_sources
from vid2vid_core.dataset.build import build_dataset
from vid2vid_core.dataset.check import check_path
from vid2vid_core.dataset.manifest import Manifest, frame_rows, read_manifest
from vid2vid_core.storage import read_table, write_table
from vid2vid_core.video.decode import decode_frames

KINDS = {"face": {"keypoints": ".txt"}, "pose": {"openpose": ".json", "densepose": ".png"}}


def video(root: Path, mode: str, name: str, split: str, lost: tuple[int, ...] = ()) -> tuple[Path, Path]:
    """Tables and files of one video as the earlier stages write them."""
    frames, notes = [], []
    for index in range(4):
        key = {"video": name, "sequence": f"{name}-000", "frame": f"{index:06d}"}
        inside = f"{name}-000/{index:06d}"
        image = root / f"frames/{name}/{inside}.jpg"
        image.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((8, 16, 3), index, np.uint8)).save(image)
        place = {"split": split, "number": index, "time": index / 10, "width": 16, "height": 8}
        frames.append(key | place | {"image": f"{name}/{inside}.jpg", "valid": True, "reason": ""})
        found = index not in lost
        files = {}
        for kind, ending in KINDS[mode].items():
            files[kind] = f"{name}/{kind}/{inside}{ending}" if found else ""
            (root / "annotations" / name / kind / f"{name}-000").mkdir(parents=True, exist_ok=True)
            (root / f"annotations/{name}/{kind}/{inside}{ending}").write_text(f"{kind} {index}")
        more = {"confidence": 0.9, "filled": False}
        notes.append(key | files | more | {"valid": found, "reason": "" if found else "no face found"})
    about = {"video": name, "split": split, "source": f"/videos/{name}.mp4", "fps": 10.0, "quarantined": None}
    tables = root / f"frames/{name}.parquet", root / f"annotations/{name}.parquet"
    write_table(tables[0], pd.DataFrame(frames), about)
    write_table(tables[1], pd.DataFrame(notes), {"backend": "dlib", "densepose": "built-in", "quality": []})
    return tables


def build(root: Path, mode: str) -> Manifest:
    videos = [video(root, mode, "a", "train", lost=(1,)), video(root, mode, "b", "test")]
    config = DatasetConfig(name="small", mode=mode)
    build_dataset([frames for frames, _ in videos], [notes for _, notes in videos], root / "layout", config)
    return read_manifest(root / "layout" / "manifest.parquet")


@pytest.mark.parametrize("mode", ["face", "pose"])
def test_files_become_links_in_the_layout_of_their_mode(tmp_path: Path, mode: str) -> None:
    manifest = build(tmp_path, mode)
    assert (manifest.mode, manifest.label_nc) == (mode, 0)
    rows = frame_rows(manifest.table)
    assert rows[2].image == "train_img/a-000/000002.jpg"
    for kind, ending in KINDS[mode].items():
        assert getattr(rows[2], kind) == f"train_{kind}/a-000/000002{ending}"
        assert manifest.resolve(getattr(rows[4], kind)).samefile(
            tmp_path / f"annotations/b/{kind}/b-000/000000{ending}"
        )
    assert set(manifest.table["label"]) == {""} == set(manifest.table["instance"])
    assert sorted(path.name for path in (tmp_path / "layout").iterdir() if path.is_dir()) == sorted(
        f"{split}_{kind}" for split in ("train", "test") for kind in ("img", *KINDS[mode])
    )


def test_a_frame_without_a_face_cuts_the_run_and_has_no_files(tmp_path: Path) -> None:
    manifest = build(tmp_path, "face")
    lost = frame_rows(manifest.table)[1]
    assert (lost.valid, lost.reason, lost.files) == (False, "no face found", {})
    assert [len(run.rows) for run in manifest.runs("train")] == [1, 2]


def test_the_manifest_says_who_found_them(tmp_path: Path) -> None:
    origins = build(tmp_path, "pose").metadata["origins"]
    assert origins == {video: {"backend": "dlib", "densepose": "built-in"} for video in ("a", "b")}


@pytest.mark.parametrize(("mode", "write"), [("face", write_faces), ("pose", write_poses)])
def test_a_layout_is_used_in_place_from_its_sources_to_its_check(tmp_path: Path, mode: str, write) -> None:
    data, work = tmp_path / "data", tmp_path / "work"
    write(data, "train", "a", 4)
    write(data, "test", "b", 3)
    kind, ending = {"face": ("keypoints", ".txt"), "pose": ("openpose", "_keypoints.json")}[mode]
    (data / f"train_{kind}/a/0003{ending}").unlink()
    (data / f"test_{kind}/b/0009{ending}").write_bytes((data / f"test_{kind}/b/0000{ending}").read_bytes())
    before = sorted(data.rglob("*"))
    config = DatasetConfig(name="mine", mode=mode, layout=str(data))
    tables = []
    for source in expand_sources(config, "mine.yaml"):
        frames, notes = work / "frames" / f"{source.id}.parquet", work / "annotations" / f"{source.id}.parquet"
        decode_frames(source, frames.with_suffix(""), frames, config.frames)
        annotate_video(frames, notes.with_suffix(""), notes, config, source, None)
        assert read_table(notes)[1]["backend"] == "layout" and not list(notes.with_suffix("").iterdir())
        tables.append((frames, notes))
    build_dataset([frames for frames, _ in tables], [notes for _, notes in tables], work / "layout", config)
    manifest = read_manifest(work / "layout" / "manifest.parquet")
    rows = {(row.split, row.frame): row for row in frame_rows(manifest.table)}
    assert [row.valid for row in rows.values()] == [True] * 3 + [False] + [True] * 3 + [False]
    assert manifest.resolve(getattr(rows["train", "0001"], kind)).samefile(data / f"train_{kind}/a/0001{ending}")
    assert rows["test", "0009"].reason and getattr(rows["test", "0009"], kind)  # a file that no frame claimed
    problems = {problem.code: problem.severity for problem in check_path(work / "layout").problems}
    assert problems.get("missing-photograph") == "error"
    assert f"missing-{kind}" in problems or "left-out" in problems
    assert sorted(data.rglob("*")) == before
