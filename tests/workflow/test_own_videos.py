"""Videos of one's own: any name, any state; what changes is done again, what is broken is set aside."""

import copy
import json
import re
import subprocess
from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml
from footage import broken_videos, draw_video
from tiny_configs import TINY_RECIPE
from workspace import ROOT, Workspace

from vid2vid_core.storage import read_table

UNSUPERVISED = {
    "segmenter": "unsupervised",
    "clusters": 3,
    "superpixels": 20,
}


def dataset(videos: list[dict[str, object]], **more: object) -> dict[str, object]:
    return {"name": "tiny", "videos": videos, "label_nc": 3, "annotate": UNSUPERVISED, **more}


def entry(path: Path, split: str = "train", **more: object) -> dict[str, object]:
    return {"path": str(path), "split": split, **more}


def metadata(workspace: Workspace) -> dict[str, dict[str, object]]:
    """Metadata of every frame table, by the path of its video."""
    tables = (read_table(path)[1] for path in (workspace.prepared / "frames").glob("*.parquet"))
    return {str(table["source"]): table for table in tables}


def test_docs_show_a_dataset_in_at_most_15_lines_that_works(workspace: Workspace) -> None:
    page = (ROOT / "docs" / "datasets.md").read_text(encoding="utf-8")
    block = re.search(r"```yaml\n(# config/datasets/my-town.yaml\n.*?)```", page, re.DOTALL)
    assert block is not None
    assert len(block[1].splitlines()) <= 15
    for name, seed in (("data/town/a.mp4", 0), ("data/town-evening.mov", 1)):
        draw_video(workspace.folder / name, size=(320, 160), seed=seed)
    text = block[1].replace("/data/", f"{workspace.folder}/data/")
    workspace.configure(yaml.safe_load(text), yaml.safe_load((ROOT / "config/recipes/street-small.yaml").read_text()))
    (workspace.folder / "dataset.yaml").write_text(text)
    assert workspace.planned("all")["train_stage"] == 2
    workspace.build("dataset", "flow")
    layout = workspace.folder / "results" / "datasets" / "my-town" / "layout"
    assert len(list(layout.glob("train_A/*/*.png"))) == len(list(layout.glob("train_B/*/*.png"))) >= 8


NAMES = ("my clip", "it's", 'say "hi"', "Übung 1", "$(touch hacked)", "50%", "-v", "日本", "{video}")


@pytest.mark.slow
def test_any_file_name_goes_through(workspace: Workspace) -> None:
    for index, name in enumerate(NAMES):
        draw_video(workspace.folder / "videos" / f"{name}.mp4", frames=4, seed=index)
    for folder, seed in (("one", 100), ("two", 101)):
        draw_video(workspace.folder / folder / "same.mp4", frames=4, seed=seed)
    split = [entry(workspace.folder / f"{folder}/same.mp4", "test") for folder in ("one", "two")]
    workspace.configure(dataset([entry(workspace.folder / "videos/*.mp4"), *split]))
    workspace.build("annotate", "flow")
    assert not list(workspace.folder.rglob("hacked"))
    tables = metadata(workspace)
    assert len(tables) == len(NAMES) + 2
    assert all(table["quarantined"] is None for table in tables.values())


@pytest.mark.slow
def test_broken_videos_are_set_aside_and_the_others_go_on(workspace: Workspace) -> None:
    good = draw_video(workspace.folder / "good.mp4", seed=1)
    other = draw_video(workspace.folder / "other.mp4", seed=2)
    single = draw_video(workspace.folder / "single.mp4", frames=1, seed=3)
    odd = draw_video(workspace.folder / "odd.mp4", frames=4, size=(481, 359), seed=4)
    broken = broken_videos(workspace.folder)
    (workspace.folder / "nothing").mkdir()
    paths = [good, single, odd, *broken.values(), workspace.folder / "nothing"]
    config = dataset([*map(entry, paths), entry(other, "test")], max_quarantined=0.6)
    workspace.configure(config)
    workspace.build("annotate")
    tables = metadata(workspace)
    for path in (*broken.values(), workspace.folder / "nothing"):
        assert tables[str(path)]["quarantined"], path
    for path in (good, other, single, odd):
        assert tables[str(path)]["quarantined"] is None, path

    workspace.configure(config | {"max_quarantined": 0.2})
    printed = workspace.fail("dataset")
    assert "max_quarantined" in printed
    for path in broken.values():
        assert path.name in printed


@pytest.mark.slow
def test_touched_video_reruns_its_own_jobs(workspace: Workspace) -> None:
    first = draw_video(workspace.folder / "a.mp4", seed=1)
    second = draw_video(workspace.folder / "b.mp4", seed=2)
    recipe = copy.deepcopy(TINY_RECIPE)
    recipe["common"]["generator"]["fg"] = False
    workspace.configure(dataset([entry(first), entry(second, "test")]), recipe)
    workspace.build("flow", "dataset")
    assert "Nothing to be done" in workspace.build("flow", "dataset")
    second.touch()
    planned = workspace.planned("flow", "dataset")
    assert planned["decode_frames"] == planned["annotate_frames"] == planned["estimate_flow"] == 1
    assert planned["build_dataset"] == 1
    assert planned["fit_segmenter"] == 0


def given(workspace: Workspace, labels: list[np.ndarray], label_nc: int = 35) -> None:
    """A dataset of two image folders with the given label images."""
    rng = np.random.default_rng(0)
    videos = []
    for split in ("train", "test"):
        for kind in ("images", "labels"):
            (workspace.folder / split / kind).mkdir(parents=True)
        for number, label in enumerate(labels):
            picture = rng.integers(0, 255, (32, 64, 3)).astype(np.uint8)
            cv2.imwrite(str(workspace.folder / split / "images" / f"{number:03d}.png"), picture)
            cv2.imwrite(str(workspace.folder / split / "labels" / f"{number:03d}.png"), label)
        folder = workspace.folder / split
        videos.append(entry(folder / "images", split, labels=str(folder / "labels"), name=split))
    annotate = {"segmenter": "given", "instances": "components"}
    workspace.configure({"name": "tiny", "videos": videos, "label_nc": label_nc, "annotate": annotate})


def stripes(value: int, size: tuple[int, int] = (32, 64)) -> np.ndarray:
    label = np.zeros(size, np.uint8)
    label[: size[0] // 2] = value
    return label


@pytest.mark.slow
def test_label_outside_the_range_stops_before_training_and_the_page_stays(workspace: Workspace) -> None:
    given(workspace, [stripes(7)] * 6 + [stripes(255)])
    printed = workspace.fail("train")
    assert "255" in printed
    assert "0 .. 34" in printed
    run = workspace.folder / "results" / "runs" / "run"
    assert (run / "check" / "coarse" / "index.html").exists()
    assert not (run / "stages").exists()
    problems = json.loads((run / "check" / "coarse" / "problems.json").read_text())["problems"]
    offenders = [
        finding["file"] for problem in problems if "255" in problem["message"] for finding in problem["findings"]
    ]
    assert any("006" in str(file) for file in offenders)


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        (np.full((32, 64, 3), (10, 20, 30), np.uint8), "000.png"),
        (stripes(7, (32, 32)), "aspect"),
    ],
    ids=["colours", "another aspect"],
)
def test_label_images_of_the_wrong_kind(workspace: Workspace, label: np.ndarray, expected: str) -> None:
    given(workspace, [label] * 4)
    assert expected in workspace.fail("annotate")


@pytest.mark.slow
def test_recipe_longer_than_the_clips(workspace: Workspace) -> None:
    videos = [draw_video(workspace.folder / f"{name}.mp4", frames=2, seed=ord(name)) for name in "ab"]
    workspace.configure(dataset([entry(videos[0]), entry(videos[1], "test")]))
    printed = workspace.fail("dataset")
    assert "n_frames_G" in printed


def mounted(folder: Path, options: str) -> bool:
    """Whether a small tmpfs could be mounted at `folder`; it needs the right to."""
    folder.mkdir()
    return subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]).returncode == 0


@pytest.mark.parametrize(
    ("options", "expected"), [("size=600k", "No space left on device"), ("ro", "Read-only file system")]
)
def test_full_or_read_only_disk_is_an_error_not_a_quarantine(workspace: Workspace, options: str, expected: str) -> None:
    video = draw_video(workspace.folder / "a.mp4", frames=40, size=(128, 128), seed=1)
    workspace.configure(dataset([entry(video)]))
    results = workspace.folder / "results"
    if not mounted(results, options):
        pytest.skip("mounting a tmpfs needs root")
    try:
        printed = workspace.fail("frames")
    finally:
        subprocess.run(["umount", str(results)], check=True)
    assert expected in printed
    assert "quarantined" not in printed
