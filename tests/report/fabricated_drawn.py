"""A small finished run of a face or of a person."""

from pathlib import Path

import pandas as pd
from drawn_controls import manifest_of, write_faces, write_poses
from fabricated import FabricatedRun

from vid2vid_core.config import DatasetConfig, RecipeConfig, Run, parse
from vid2vid_core.storage import write_table

QUALITY = {"frames": 12, "detected": 10, "filled": 2, "invalid": 0, "longest_gap": 2, "jumps": 1}


class DrawnRun(FabricatedRun):
    """One training and one test video."""

    digits = 4

    def __init__(self, root: Path, mode: str, *, densepose: str = "built-in", **controls: object):
        self.mode, self.densepose = mode, densepose
        self.run_dir, self.dataset_dir = root / "results/runs/demo-run", root / "results/datasets/people"
        self.out, self.benchmarks = self.run_dir / "report/index.html", root / "benchmarks/runs"
        files = {"dataset": "config/datasets/people.yaml", "recipe": "config/recipes/quick.yaml"}
        self.run = parse(Run, {"name": "demo-run", **files}, "test")
        self.dataset = parse(
            DatasetConfig, {"name": "people", "mode": mode, "videos": [video("a"), video("b")]}, "test"
        )
        stage = {
            "name": "full-size",
            "data": {"loadSize": 96, "resize_or_crop": "scaleHeight"},
            "controls": {"kind": mode, **controls},
        }
        self.recipe = parse(RecipeConfig, {"name": "quick", "stages": [stage]}, "test")
        self.videos = {"train-a": "train", "test-b": "test"}
        self.frames, self.clips, self.trouble = 12, 2, False
        self._write()

    def _write_dataset(self) -> None:
        layout = self.dataset_dir / "layout"
        for video, split in self.videos.items():
            name = video.partition("-")[2]
            if self.mode == "face":
                write_faces(layout, split, name, self.frames)
            else:
                write_poses(layout, split, name, self.frames, densepose=self.densepose != "none")
            self._write_annotations(video)
        manifest_of(layout, self.mode)

    def _write_annotations(self, video: str) -> None:
        about = {"backend": {"face": "dlib", "pose": "mediapipe"}[self.mode]}
        numbers = {"sequence": f"{video}-000", **QUALITY}
        if self.mode == "face":
            numbers["interocular"] = 13.2
        else:
            about["densepose"] = self.densepose
            numbers |= {"shoulders": 12.0, "left_hand": 0.5, "right_hand": 1.0, "face": None}
        path = self.dataset_dir / f"annotations/{video}.parquet"
        write_table(path, pd.DataFrame({"video": [video] * self.frames}), about | {"quality": [numbers]})


def video(name: str) -> dict[str, str]:
    return {"path": f"/data/{name}.mp4", "split": "train"}
