"""A small dataset of moving rectangles, and weights that nobody trained."""

from pathlib import Path

import cv2
import numpy as np
import torch

from vid2vid_core.config import DataConfig, GeneratorConfig, ImageGeneratorConfig, ImageStageConfig, StageConfig
from vid2vid_core.dataset.manifest import FrameRow, frame_table, write_manifest
from vid2vid_core.models import FeatureEncoder, VideoGenerator, build_image_generator
from vid2vid_core.models.feature_table import FeatureTable
from vid2vid_core.models.image_weights import ImageWeightsInfo, save_image_weights
from vid2vid_core.models.weights import WeightsInfo, save_weights

LABEL_NC = 4
WIDTH, HEIGHT = 64, 32
FPS = 12.0


def labels(number: int, width: int = WIDTH, height: int = HEIGHT) -> np.ndarray:
    """Sky, road and a rectangle that moves by one pixel a frame."""
    ids = np.zeros((height, width), np.uint8)
    ids[height // 2 :] = 1
    left = 4 + number % (width - 20)
    ids[height // 3 : height // 3 + 10, left : left + 12] = 2
    return ids


def photograph(number: int, width: int = WIDTH, height: int = HEIGHT) -> np.ndarray:
    """The same scene in colours, with some texture; RGB."""
    colours = np.array([[120, 170, 230], [90, 90, 95], [200, 40, 30], [0, 0, 0]], np.int64)
    texture = np.random.default_rng(0).integers(-15, 16, (height, width, 1))
    return np.clip(colours[labels(number, width, height)] + texture, 0, 255).astype(np.uint8)


def write_png(path: Path, picture: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(cv2.imencode(".png", picture[..., ::-1] if picture.ndim == 3 else picture)[1].tobytes())


def write_dataset(
    root: Path,
    lengths: dict[str, int],
    *,
    invalid: tuple[tuple[str, int], ...] = (),
    photographs: bool = True,
    split: str = "test",
    quarantined: dict[str, str] | None = None,
) -> Path:
    """A manifest of sequences `<video>-000` of the given lengths, one a video; returns its path."""
    rows = []
    for video, length in lengths.items():
        for number in range(length):
            frame, sequence = f"{number:06d}", f"{video}-000"
            image, label = f"{split}_B/{sequence}/{frame}.png", f"{split}_A/{sequence}/{frame}.png"
            write_png(root / label, labels(number))
            if photographs:
                write_png(root / image, photograph(number))
            good = (video, number) not in invalid
            rows.append(
                FrameRow(
                    split, video, sequence, frame, number, number / FPS, image if photographs else "", label, "",
                    WIDTH, HEIGHT, good, "" if good else "no label map",
                )
            )  # fmt: skip
    manifest = root / "manifest.parquet"
    metadata = {
        "dataset": "drawn",
        "label_nc": LABEL_NC,
        "ignore": [],
        "fps": dict.fromkeys(lengths, FPS),
        "quarantined": quarantined or {},
    }
    write_manifest(manifest, frame_table(rows), metadata)
    return manifest


def small_stage(resize_or_crop: str = "scaleWidth", **generator: object) -> StageConfig:
    sizes = {"ngf": 4, "n_blocks": 2, "n_downsample_G": 1, "n_blocks_local": 1} | generator
    data = DataConfig(loadSize=WIDTH, resize_or_crop=resize_or_crop)
    return StageConfig(name="tiny", generator=GeneratorConfig(**sizes), data=data)


def write_weights(
    path: Path, resize_or_crop: str = "scaleWidth", label_nc: int = LABEL_NC, **generator: object
) -> Path:
    """Random weights of a small generator."""
    stage = small_stage(resize_or_crop, **generator)
    torch.manual_seed(0)
    network = VideoGenerator(stage.generator, label_nc)
    info = WeightsInfo(stage=stage, label_nc=label_nc, ignore=(), control_channels=label_nc, dataset="drawn")
    save_weights(path, {"generator": network}, info)
    return path


def image_weights(path: Path, label_nc: int = LABEL_NC, **generator: object) -> Path:
    """Random weights of a small single-image generator; with features, of three training frames."""
    sizes = {"ngf": 4, "n_downsample_global": 1, "n_blocks_global": 1, "nef": 4, "n_downsample_E": 3, "feat_num": 2}
    config = ImageGeneratorConfig(**(sizes | generator))
    torch.manual_seed(1)
    networks = {"generator": build_image_generator(config, label_nc)}
    table = None
    if config.features:
        networks["encoder"] = FeatureEncoder(config)
        table = FeatureTable(torch.randn(3, label_nc, config.features))
    info = ImageWeightsInfo(ImageStageConfig(name="first", generator=config), label_nc, (), label_nc, "drawn")
    save_image_weights(path, networks, info, table)
    return path
