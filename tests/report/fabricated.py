"""A small finished run, written by hand in the formats the stages write: the report's tests read it."""

import json
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
from drawn_street import COLOURS, H, W, street

from vid2vid_core.config import DatasetConfig, EvaluateConfig, RecipeConfig, Run, parse
from vid2vid_core.dataset.check_result import CheckResult, Finding, Problem
from vid2vid_core.dataset.manifest import FrameRow, frame_table, write_manifest
from vid2vid_core.evaluate.summary import summarise
from vid2vid_core.provenance import provenance
from vid2vid_core.storage import write_json, write_table
from vid2vid_core.video.encode import VideoWriter
from vid2vid_core.video.flow_io import write_flow

FPS = 12.0
LOSSES = {
    "G_GAN": (1.1, 0.3), "D_real": (0.45, 0.3), "D_fake": (0.4, 0.35), "G_GAN_Feat": (4, 5), "G_L1": (1.2, 2.5),
    "G_Warp": (0.5, 1.2), "F_Flow": (2, 14), "F_Warp": (0.6, 1.0), "W": (0, 0), "G_T_GAN0": (0.9, 0.2),
    "D_T_real0": (0.4, 0.2), "D_T_fake0": (0.35, 0.2), "G_T_GAN_Feat0": (3, 2), "loss_G": (14, 30),
    "loss_D": (0.4, 0.3), "gradient_G": (5, 12), "gradient_D": (2, 3), "novel_term": (1, 1),
}  # fmt: skip
"""Loss terms: where they end and how far they fall."""
LEVELS = {
    "psnr": (22.6, 20.9, 18.3, 100.0), "ssim": (0.71, 0.66, 0.55, 1.0),
    "warping_error": (0.0031, 0.0042, 0.0007, 0.0026), "tof": (0.62, 0.9, 1.4, 0.0),
    "flicker_ratio": (1.21, 1.0, 0.4, 1.0), "sharpness_ratio": (0.78, 1.0, 0.41, 1.0),
}  # fmt: skip
"""Scores of model, copy_previous, mean_colour and real."""
JOBS = {
    "decode_frames/town/drive-00": 4.2,
    "decode_frames/town/test-00": 3.1,
    "train_stage/demo-run/half-size": 118.0,
    "train_stage/demo-run/full-size": 310.5,
    "train_stage/other-run/half-size": 9999.0,
    "build_dataset/town": 0.4,
}
"""Benchmark files and their seconds."""
FLOW_METADATA = {"backend": "dis", "preset": "fine", "photometric": 0.02, "forward_backward": 1.0}
HOSTILE = "<script>alert('x')</script> & \"co\".mp4"


class FabricatedRun:
    """Where the pieces lie, and the configs that name them."""

    digits = 6
    """Of the names of frames."""

    def __init__(self, root: Path, *, frames: int = 24, clips: int = 6, test_videos: int = 1, trouble: bool = True):
        self.run_dir, self.dataset_dir = root / "results/runs/demo-run", root / "results/datasets/town"
        self.out = self.run_dir / "report/index.html"
        self.run = parse(
            Run,
            {"name": "demo-run", "dataset": "config/datasets/town.yaml", "recipe": "config/recipes/quick.yaml"},
            "test",
        )
        self.dataset = parse(DatasetConfig, {"name": "town", "world": {"seed": 3}}, "test")
        stages = [
            {"name": "half-size", "data": {"loadSize": 96}, "schedule": {"niter": 4, "niter_decay": 2}},
            {"name": "full-size", "data": {"loadSize": 192}, "generator": {"n_scales_spatial": 2}},
        ]
        self.recipe = parse(RecipeConfig, {"name": "quick", "seed": 5, "stages": stages}, "test")
        self.benchmarks = root / "benchmarks/runs"
        self.videos = {"drive-00": "train", "drive-01": "train"} | {f"test-{i:02d}": "test" for i in range(test_videos)}
        self.frames, self.clips, self.trouble = frames, clips, trouble
        self._write()

    @property
    def test_videos(self) -> list[str]:
        return [video for video, split in self.videos.items() if split == "test"]

    def arguments(self) -> tuple:
        return self.run_dir, self.dataset_dir, self.out, self.run, self.recipe, self.dataset

    def _write(self) -> None:
        self._write_dataset()
        for number, stage in enumerate(self.recipe.stages):
            self._write_stage(stage.name, number)
        for video in self.test_videos:
            self._write_render(video)
        self._write_scores()
        self._write_check()
        self._write_benchmarks()

    def _write_dataset(self) -> None:
        rows, layout = [], self.dataset_dir / "layout"
        for seed, (video, split) in enumerate(self.videos.items()):
            sequence, flows = f"{video}-000", []
            for t in range(self.frames):
                image, label, instance = street(seed, t)
                paths = [f"{split}_{kind}/{sequence}/{t:06d}.png" for kind in ("B", "A", "inst")]
                for path, picture in zip(paths, (image[..., ::-1], label, instance), strict=True):
                    save(layout / path, picture)
                valid = not (self.trouble and video == "drive-01" and t >= self.frames - 2)
                reason = "" if valid else "no label file of this name"
                rows.append(FrameRow(split, video, sequence, f"{t:06d}", t, t / FPS, *paths, W, H, valid, reason))
                if t:
                    flows.append(self._write_one_flow(video, sequence, t))
            write_table(
                self.dataset_dir / f"flow/{video}.parquet", pd.DataFrame(flows), FLOW_METADATA | {"video": video}
            )
            shots = [
                {"sequence": sequence, "first": 0, "last": self.frames - 1, "start": 0.0, "end": self.frames / FPS}
            ]
            if video == "drive-01":
                half = self.frames // 2
                shots = [
                    {"sequence": f"{video}-000", "first": 0, "last": half - 1, "start": 0.0, "end": half / FPS},
                    {
                        "sequence": f"{video}-001",
                        "first": half,
                        "last": self.frames - 1,
                        "start": half / FPS,
                        "end": self.frames / FPS,
                    },
                ]
            self._write_frames(video, split, f"/data/{video}.mp4", None, shots)
        quarantined, sources = {}, {video: f"/data/{video}.mp4" for video in self.videos}
        if self.trouble:
            quarantined["broken"] = "not a video: moov atom not found"
            sources["broken"] = f"/data/{HOSTILE}"
            self._write_frames("broken", "train", sources["broken"], quarantined["broken"], [])
        metadata = {
            "dataset": "town", "mode": "street", "label_nc": 35, "ignore": [], "fps": dict.fromkeys(self.videos, FPS),
            "quarantined": quarantined, "sources": sources, "notes": [], "version": 1,
        }  # fmt: skip
        write_manifest(layout / "manifest.parquet", frame_table(rows), metadata)

    def _write_frames(self, video: str, split: str, source: str, reason: str | None, shots: list) -> None:
        metadata = {
            "video": video,
            "split": split,
            "source": source,
            "fps": FPS,
            "quarantined": reason,
            "shots": shots,
            "rotation": 0,
        }
        write_table(self.dataset_dir / f"frames/{video}.parquet", pd.DataFrame({"video": []}), metadata)

    def _write_one_flow(self, video: str, sequence: str, t: int) -> dict:
        y, x = np.mgrid[0:H, 0:W].astype(np.float32)
        flow = np.dstack([(x - W / 2) * -0.03, (y - H / 2) * -0.03]).astype(np.float32)
        confidence = np.clip(1.3 - np.abs(flow).sum(axis=2) / 4, 0, 1).astype(np.float32)
        path = f"{video}/{sequence}/{t:06d}.flow"
        target = self.dataset_dir / "flow" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        write_flow(target, flow, confidence)
        return {
            "video": video,
            "sequence": sequence,
            "frame": f"{t:06d}",
            "flow": path,
            "mean_pixels": 2.0,
            "p50_pixels": 1.7,
            "p95_pixels": 4.1,
            "confident": 0.8,
            "clipped": 0,
        }

    def _write_stage(self, name: str, number: int) -> None:
        folder, rng, lines = self.run_dir / "stages" / name, np.random.default_rng(number), []
        for step in range(1, 121):
            fade = float(np.exp(-step / 40))
            noisy = {name: (end + drop * fade) * float(rng.lognormal(0, 0.12)) for name, (end, drop) in LOSSES.items()}
            epoch = 1 + (step - 1) // 20
            line = {"step": step * 8, "epoch": epoch, "clip": 1 + (step - 1) % 20, "frames": step * 32}
            lines.append(
                line | {"seconds": 0.9 + 1.6 * number, "frames_per_second": 32.0, "lr": 0.0002, "losses": noisy}
            )
        folder.mkdir(parents=True)
        (folder / "log.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
        facts = {"device": {"name": "cpu", "threads": 2}, "seed": 5, "perceptual_loss": None, "steps": 960}
        write_json(folder / "provenance.json", provenance(**facts))
        for epoch in range(1, 7):
            tiles = [np.concatenate(self._triple(0, 4 * i, blur=9 - epoch), axis=1) for i in range(2)]
            save(folder / f"samples/epoch-{epoch:04d}.png", np.concatenate(tiles)[..., ::-1])

    def _triple(self, seed: int, t: int, blur: int) -> list[np.ndarray]:
        image, label, _ = street(seed, t)
        painted = np.zeros_like(image)
        for identity, colour in COLOURS.items():
            painted[label == identity] = colour[::-1]
        return [painted, cv2.blur(image, (blur, blur)), image]

    def _write_render(self, video: str) -> None:
        sequence, seed, rows = f"{video}-000", list(self.videos).index(video), []
        folder = self.run_dir / "render"
        with VideoWriter(folder / f"{video}/{sequence}.side_by_side.mp4", FPS, (3 * W, H)) as writer:
            for t in range(2, self.frames):
                triple = self._triple(seed, t, blur=3)
                writer.write(np.ascontiguousarray(np.concatenate(triple, axis=1)))
                frame = f"{t:0{self.digits}d}"
                path = f"{video}/{sequence}/{frame}.png"
                save(folder / path, triple[1][..., ::-1])
                rows.append(
                    {"video": video, "sequence": sequence, "frame": frame, "output": path, "width": W, "height": H}
                )
        metadata = {
            "video": video,
            "weights": "w",
            "fps": FPS,
            "seconds_per_frame": 0.21,
            "first_frame": "real",
            "skipped": [],
        }
        write_table(folder / f"{video}.parquet", pd.DataFrame(rows), metadata)

    def _write_scores(self) -> None:
        rng = np.random.default_rng(0)
        for video in self.test_videos:
            rows = []
            for clip in range(self.clips):
                for metric, values in LEVELS.items():
                    for method, level in zip(("model", "copy_previous", "mean_colour", "real"), values, strict=True):
                        drop = 1 - 0.01 * clip if method == "model" else 1.0
                        value = level if method == "real" else level * drop * rng.normal(1, 0.02)
                        rows.append((video, f"{video}-000", clip, method, metric, value))
            table = self.run_dir / f"evaluate/videos/{video}.parquet"
            columns = ["video", "sequence", "clip", "method", "metric", "value"]
            write_table(table, pd.DataFrame(rows, columns=columns), {"video": video, "skipped": []})
        self.summarise_scores()

    def summarise_scores(self) -> None:
        """Metrics of the score tables there are."""
        folder = self.run_dir / "evaluate"
        tables = [folder / f"videos/{video}.parquet" for video in self.test_videos]
        summarise(tables, folder / "metrics.parquet", folder / "metrics.json", EvaluateConfig())

    def _write_check(self) -> None:
        finding = Finding("train_A/drive-00-000/000003.png", "only id 7 <b>everywhere</b>")
        problem = Problem(
            "warning", "constant-labels", "1 label image has a single value; look whether that is meant", (finding,)
        )
        splits = {"train": {"videos": 2, "sequences": 2, "frames": 48, "valid_frames": 46, "files": 144}}
        result = CheckResult("town", "layout", "quick", 35, (), splits, (problem,))
        for stage in self.recipe.stages:
            write_json(self.run_dir / "check" / stage.name / "problems.json", result.to_dict())

    def _write_benchmarks(self) -> None:
        head = "s\th:m:s\tmax_rss\tmax_vms\tmax_uss\tmax_pss\tio_in\tio_out\tmean_load\tcpu_time\n"
        for name, seconds in JOBS.items():
            path = self.benchmarks / f"{name}.tsv"
            path.parent.mkdir(parents=True, exist_ok=True)
            memory = "-" if seconds < 1 else "612.5"
            path.write_text(head + f"{seconds}\t0:00:00\t{memory}\t1\t1\t1\t0\t0\t90\t{seconds * 1.8}\n")


def save(path: Path, image: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), image)
