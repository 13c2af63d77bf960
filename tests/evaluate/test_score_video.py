"""Scoring from files to verdict, on a drawn video whose motion and errors are known."""

import json
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from vid2vid_core.config import DataConfig, EvaluateConfig, GeneratorConfig, StageConfig
from vid2vid_core.dataset.manifest import FrameRow, frame_table, write_manifest
from vid2vid_core.evaluate.score import score_video
from vid2vid_core.evaluate.summary import summarise
from vid2vid_core.models import VideoGenerator
from vid2vid_core.models.weights import WeightsInfo, save_weights
from vid2vid_core.quality.metrics import METRICS
from vid2vid_core.storage import read_table, write_table
from vid2vid_core.video.flow_io import write_flow

WIDTH, HEIGHT, FRAMES, SPEED = 64, 32, 14, 2
CONFIG = EvaluateConfig(clip_frames=4, bootstrap=200)


def photograph(number: int) -> np.ndarray:
    """A textured wall that slides to the left by SPEED pixels a frame, at twice the size that is scored."""
    rough = np.random.default_rng(5).integers(0, 256, (8, 64, 3)).astype(np.uint8)
    wall = cv2.resize(rough, (512, 2 * HEIGHT), interpolation=cv2.INTER_CUBIC)
    return wall[:, 2 * SPEED * number : 2 * SPEED * number + 2 * WIDTH]


def write_png(path: Path, picture: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(cv2.imencode(".png", picture[..., ::-1] if picture.ndim == 3 else picture)[1].tobytes())


class Run:
    """Everything that scoring reads, on disk."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.manifest, self.weights = root / "manifest.parquet", root / "weights.safetensors"
        self.flow_table, self.render_table = root / "flow" / "test.parquet", root / "render" / "test.parquet"
        self._write_manifest()
        self._write_flow()
        stage = StageConfig(
            name="tiny",
            generator=GeneratorConfig(ngf=2, n_blocks=1, n_downsample_G=1),
            data=DataConfig(loadSize=WIDTH, resize_or_crop="scaleWidth"),
        )
        info = WeightsInfo(stage=stage, label_nc=2, ignore=(), control_channels=2, dataset="wall")
        save_weights(self.weights, {"generator": VideoGenerator(stage.generator, 2)}, info)

    def _write_manifest(self) -> None:
        rows = []
        for video in ("train", "test"):
            for number in range(FRAMES):
                image, label = f"{video}_B/{number:06d}.png", f"{video}_A/{number:06d}.png"
                write_png(self.root / image, photograph(number))
                write_png(self.root / label, np.zeros((2 * HEIGHT, 2 * WIDTH), np.uint8))
                rows.append(
                    FrameRow(
                        video, video, f"{video}-000", f"{number:06d}", number, number / 10, image, label, "",
                        2 * WIDTH, 2 * HEIGHT, True, "",
                    )
                )  # fmt: skip
        write_manifest(self.manifest, frame_table(rows), {"label_nc": 2, "ignore": [], "fps": {"test": 10.0}})

    def _write_flow(self) -> None:
        flow = np.zeros((2 * HEIGHT, 2 * WIDTH, 2), np.float32)
        flow[..., 0] = 2 * SPEED
        confidence = np.ones((2 * HEIGHT, 2 * WIDTH), np.float32)
        confidence[:, -2 * SPEED - 2 :] = 0
        rows = []
        for number in range(1, FRAMES):
            path = self.flow_table.parent / "test" / f"{number:06d}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            write_flow(path, flow, confidence)
            rows.append(("test", "test-000", f"{number:06d}", f"test/{number:06d}.png"))
        write_table(self.flow_table, pd.DataFrame(rows, columns=["video", "sequence", "frame", "flow"]))

    def real(self, number: int) -> np.ndarray:
        from PIL import Image

        small = Image.fromarray(photograph(number)).resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)
        return np.asarray(small)

    def render(self, draw, count: int = FRAMES - 2) -> None:
        """Write pictures `draw(frame number)` as if the model had made them."""
        rows = []
        for number in range(2, 2 + count):
            write_png(self.render_table.parent / "test" / f"{number:06d}.png", draw(number))
            rows.append(("test", "test-000", 0, f"{number:06d}", f"test/{number:06d}.png", WIDTH, HEIGHT))
        columns = ["video", "sequence", "part", "frame", "output", "width", "height"]
        write_table(self.render_table, pd.DataFrame(rows, columns=columns), {"video": "test", "skipped": []})

    def score(self, config: EvaluateConfig = CONFIG) -> tuple[pd.DataFrame, dict]:
        out = self.root / "evaluate" / "test.parquet"
        score_video(self.render_table, self.manifest, self.weights, self.flow_table, out, config)
        return read_table(out)

    def summary(self, config: EvaluateConfig = CONFIG) -> dict:
        self.score(config)
        out = self.root / "evaluate"
        summarise([out / "test.parquet"], out / "metrics.parquet", out / "metrics.json", config)
        return json.loads((out / "metrics.json").read_text())


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(tmp_path)


def means(table: pd.DataFrame) -> pd.Series:
    return table.groupby(["method", "metric"]).value.mean()


def test_a_perfect_model_scores_as_the_real_video(run: Run) -> None:
    run.render(run.real)
    table, metadata = run.score()
    value = means(table)
    assert value["model"].to_dict() == pytest.approx(value["real"].to_dict())
    assert value["model", "psnr"] == 100 and value["model", "ssim"] == pytest.approx(1)
    assert (
        value["model", "tof"] == 0 and value["model", "flicker_ratio"] == 1 and value["model", "sharpness_ratio"] == 1
    )
    assert value["real", "warping_error"] < 1e-4  # the stored flow, halved, explains the motion
    assert table.groupby("method").clip.nunique().unique().tolist() == [3]
    assert metadata["frames"] == 12 and metadata["sizes"] == [[WIDTH, HEIGHT]]


def test_every_method_is_scored_on_every_clip_and_metric(run: Run) -> None:
    run.render(run.real)
    table, _ = run.score()
    assert len(table) == 3 * 4 * len(METRICS)
    assert set(table["method"]) == {"model", "copy_previous", "mean_colour", "real"}


def test_copy_of_the_previous_frame_is_the_previous_real_frame(run: Run) -> None:
    run.render(lambda number: run.real(number - 1))
    value = means(run.score()[0])
    assert value["model"].to_dict() == pytest.approx(value["copy_previous"].to_dict())
    assert value["model", "psnr"] < 30


def test_flicker_shows_in_the_temporal_metrics(run: Run) -> None:
    run.render(lambda number: np.clip(run.real(number).astype(int) + 20 * (-1) ** number, 0, 255).astype(np.uint8))
    value = means(run.score()[0])
    assert value["model", "flicker_ratio"] > 5
    assert value["model", "warping_error"] == pytest.approx((40 / 255) ** 2, rel=0.3)
    assert abs(value["model", "colour_drift"]) < 3


def test_frozen_pictures_show_in_the_flow_error(run: Run) -> None:
    run.render(lambda number: run.real(5))
    value = means(run.score()[0])
    assert value["model", "tof"] == pytest.approx(SPEED, rel=0.3)


def test_drift_is_a_slope_over_the_frames(run: Run) -> None:
    def fading(number: int) -> np.ndarray:
        return np.clip(128 + (run.real(number) - 128.0) * 0.5 + 3 * number, 0, 255).astype(np.uint8)

    run.render(fading)
    value = means(run.score(EvaluateConfig(clip_frames=12))[0])
    assert value["model", "colour_drift"] == pytest.approx(3 * np.sqrt(3), rel=0.25)
    assert value["model", "sharpness_ratio"] == pytest.approx(0.5, abs=0.03)
    run.render(lambda number: cv2.GaussianBlur(run.real(number), (0, 0), 0.3 + 0.1 * number))
    assert means(run.score(EvaluateConfig(clip_frames=12))[0])["model", "sharpness_drift"] < -0.02


def test_summary_holds_protocol_intervals_and_verdict(run: Run) -> None:
    run.render(lambda number: cv2.GaussianBlur(run.real(number), (3, 3), 0.5))
    summary = run.summary()
    psnr = summary["metrics"]["psnr"]
    assert {"title", "unit", "direction", "ideal", "definition", "methods"} <= set(psnr)
    model = psnr["methods"]["model"]
    assert model["low"] <= model["mean"] <= model["high"] and model["clips"] == 3
    assert any(line.startswith("model beats mean_colour on PSNR: ") and " dB " in line for line in summary["verdict"])
    assert any("over only 3 clips" in line for line in summary["verdict"])
    assert summary["protocol"]["parameters"]["clip_frames"] == 4
    assert not any("{" in text for text in summary["protocol"].values() if isinstance(text, str))
    assert {"opencv", "numpy"} <= set(summary["protocol"]["versions"])
    assert summary["videos"]["test"]["frames"] == 12
    table, metadata = read_table(run.root / "evaluate" / "metrics.parquet")
    assert len(table) == 3 * 4 * len(METRICS) and metadata["protocol"] == summary["protocol"]


def test_a_worse_model_is_said_to_lose(run: Run) -> None:
    run.render(lambda number: 255 - run.real(number))
    assert any(line.startswith("model loses to mean_colour on PSNR") for line in run.summary()["verdict"])


def test_a_single_clip_has_no_interval_and_says_so(run: Run) -> None:
    run.render(run.real, count=3)
    summary = run.summary()
    assert summary["metrics"]["psnr"]["methods"]["model"] == {"mean": 100, "low": None, "high": None, "clips": 1}
    assert any("is ahead of mean_colour on PSNR" in line and "a single clip" in line for line in summary["verdict"])


def test_a_single_frame_has_no_temporal_metric(run: Run) -> None:
    run.render(run.real, count=1)
    summary = run.summary()
    assert summary["metrics"]["tof"]["methods"] == {} and summary["metrics"]["psnr"]["methods"]["model"]["clips"] == 1


def test_nothing_rendered_is_said(run: Run) -> None:
    run.render(run.real, count=0)
    summary = run.summary()
    assert summary["verdict"] == ["Nothing was scored: no frame was rendered."]
    assert summary["metrics"]["psnr"]["methods"] == {}


def test_pictures_of_another_size_are_refused(run: Run) -> None:
    run.render(lambda number: run.real(number)[:, :32])
    with pytest.raises(ValueError, match="32x32 pixels, but these weights render 64x32"):
        run.score()


def test_missing_flow_is_named(run: Run) -> None:
    run.render(run.real)
    table, _ = read_table(run.flow_table)
    write_table(run.flow_table, table[table["frame"] != "000007"])
    with pytest.raises(ValueError, match=r"test.parquet: no flow from frame 000007 of sequence test-000"):
        run.score()


def test_frames_without_photograph_are_listed_and_not_scored(run: Run) -> None:
    run.render(run.real)
    table, metadata = read_table(run.manifest)
    table.loc[(table["video"] == "test") & (table["frame"] == "000004"), "image"] = ""
    write_manifest(run.manifest, table, metadata)
    scores, metadata = run.score()
    assert scores.empty and "no photograph" in metadata["skipped"][0]["reason"]


def test_a_missing_photograph_before_the_first_picture_is_named(run: Run) -> None:
    """Videos that begin with pictures of an image generator need no real frames to be rendered."""
    run.render(run.real)
    table, metadata = read_table(run.manifest)
    table.loc[(table["split"] == "test") & (table["number"] < 2), "image"] = ""
    write_manifest(run.manifest, table, metadata)
    scores, metadata = run.score()
    assert scores.empty and "the first is 000001" in metadata["skipped"][0]["reason"]
