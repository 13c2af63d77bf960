"""A face dataset from raw pictures to landmarks, through real calls of snakemake."""

import cv2
import numpy as np
import pytest
from animated_faces import frame
from workspace import ROOT, Workspace

from vid2vid_core.storage import read_table

RECIPE = ROOT / "config" / "recipes" / "face-512.yaml"


def draw(workspace: Workspace) -> None:
    """Two folders of pictures: a face, and nobody."""
    shots = {"talk": [frame((130 + 4 * t, 120, 0.8)) for t in range(4)], "nobody": [frame()] * 3}
    for name, pictures in shots.items():
        (workspace.folder / name).mkdir()
        for t, picture in enumerate(pictures):
            cv2.imwrite(str(workspace.folder / name / f"{t:03d}.png"), picture[..., ::-1])


def configure(workspace: Workspace, **face: object) -> None:
    videos = [{"path": str(workspace.folder / name), "split": "train"} for name in ("talk", "nobody")]
    workspace.configure({"name": "tiny", "mode": "face", "videos": videos, "annotate": {"face": face}})
    run = {"name": "run", "dataset": "dataset.yaml", "recipe": str(RECIPE)}
    workspace.write("run.yaml", {"runs": [run]})


@pytest.mark.slow
def test_landmarks_of_every_video_and_only_they_are_done_again(workspace: Workspace) -> None:
    draw(workspace)
    configure(workspace)
    workspace.build("annotate")
    tables = {name: read_table(workspace.prepared / "annotations" / f"{name}.parquet") for name in ("talk", "nobody")}
    rows, metadata = tables["talk"]
    assert rows["valid"].all() and metadata["quality"][0]["detected"] == 4
    assert all((workspace.prepared / "annotations" / path).is_file() for path in rows["keypoints"])
    assert not tables["nobody"][0]["valid"].any()
    (log,) = workspace.folder.glob("logs/annotate_frames/*/nobody.log")
    assert "no face in any frame" in log.read_text(encoding="utf-8")
    configure(workspace, backend="mediapipe", gaps="cut")
    assert workspace.planned("annotate") == {"annotate_frames": 2}
    workspace.build("annotate")
    other = read_table(workspace.prepared / "annotations" / "talk.parquet")[0]
    assert np.abs(np.stack(other["points"]) - np.stack(rows["points"])).max() < 25
