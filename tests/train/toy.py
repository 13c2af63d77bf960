"""A toy dataset on disk, as the dataset and flow stages leave it: a coloured square that moves over a grey ground.

And small stages to be trained on it, and a way to stop them.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd
import pytest

from vid2vid_core.config import (
    DataConfig,
    DiscriminatorConfig,
    GeneratorConfig,
    ImageDataConfig,
    ImageDiscriminatorConfig,
    ImageGeneratorConfig,
    ImageLossConfig,
    ImageScheduleConfig,
    ImageStageConfig,
    LossConfig,
    RecipeConfig,
    ScheduleConfig,
    StageConfig,
)
from vid2vid_core.dataset.manifest import FrameRow, frame_table, write_manifest
from vid2vid_core.storage import write_table
from vid2vid_core.train.checkpoint import CheckpointFolder
from vid2vid_core.train.image_stage import train_image_stage
from vid2vid_core.video.flow_io import write_flow

HEIGHT, WIDTH, LABELS = 64, 128, 3


class Stopped(Exception):
    """Stands for a kill between two steps."""


@dataclass(frozen=True)
class Toy:
    manifest: Path
    flow_tables: list[Path]


def make_dataset(root: Path, sequences: int = 2, frames: int | tuple[int, ...] = 6) -> Toy:
    """Sequences a-000, b-000, ...; label 1 is the ground, 2 the square."""
    rows: list[FrameRow] = []
    tables = []
    for s in range(sequences):
        video = "abcdefgh"[s]
        sequence = f"{video}-000"
        flows = []
        for t in range(frames if isinstance(frames, int) else frames[s]):
            labels, image = _draw(s, t)
            files = {}
            for kind, picture in (("A", labels), ("B", image), ("inst", labels.astype(np.uint16) * 1000)):
                files[kind] = f"train_{kind}/{sequence}/{t:06d}.png"
                path = root / "layout" / files[kind]
                path.parent.mkdir(parents=True, exist_ok=True)
                cv2.imwrite(str(path), picture)
            number = (t, t / 15, files["B"], files["A"], files["inst"], WIDTH, HEIGHT, True, "")
            rows.append(FrameRow("train", video, sequence, f"{t:06d}", *number))
            if t:
                flow = np.zeros((HEIGHT, WIDTH, 2), np.float32)
                flow[labels == 2, 0] = -2  # two pixels to the left lies where the square was
                name = f"{video}/{sequence}/{t:06d}.png"
                (root / "flow" / name).parent.mkdir(parents=True, exist_ok=True)
                write_flow(root / "flow" / name, flow, np.ones((HEIGHT, WIDTH), np.float32))
                flows.append((video, sequence, f"{t:06d}", name, 0.5, 1.0))
        table = root / "flow" / f"{video}.parquet"
        columns = ["video", "sequence", "frame", "flow", "mean_pixels", "confident"]
        write_table(table, pd.DataFrame(flows, columns=columns))
        tables.append(table)
    manifest = root / "layout" / "manifest.parquet"
    metadata = {"dataset": "toy", "mode": "street", "label_nc": LABELS, "ignore": [], "version": 1}
    write_manifest(manifest, frame_table(rows), metadata)
    return Toy(manifest, tables)


def toy_stage(name: str = "coarse", scales: int = 1, **schedule: int) -> StageConfig:
    """Networks of a few thousand weights; two epochs unless said otherwise."""
    plan = {"niter": 2, "niter_decay": 0, "niter_step": 1, "n_frames_total": 2, "max_frames_per_gpu": 2} | schedule
    return StageConfig(
        name=name,
        generator=GeneratorConfig(
            ngf=4, n_blocks=2, n_blocks_local=1, n_downsample_G=1, n_scales_spatial=scales, n_frames_G=3
        ),
        discriminator=DiscriminatorConfig(ndf=4, n_layers_D=2, num_D=1, n_scales_temporal=1),
        losses=LossConfig(no_vgg=True),
        schedule=ScheduleConfig(**plan),
        data=DataConfig(loadSize=WIDTH // 2 * scales, resize_or_crop="scaleWidth", use_instance=True),
    )


def toy_recipe(*stages: StageConfig, checkpoint_minutes: float = 10.0) -> RecipeConfig:
    return RecipeConfig(name="toy", seed=3, checkpoint_minutes=checkpoint_minutes, stages=stages)


def toy_image_stage(netG: str = "global", niter: int = 2, **sizes: Any) -> ImageStageConfig:
    """An image stage as small; `sizes` of the generator."""
    small = {"ngf": 4, "n_downsample_global": 1, "n_blocks_global": 1, "n_blocks_local": 1}
    encoder = {"nef": 4, "n_downsample_E": 1, "feat_num": 2}
    return ImageStageConfig(
        name="first",
        generator=ImageGeneratorConfig(netG=netG, **(small | encoder | sizes)),  # type: ignore[arg-type]
        discriminator=ImageDiscriminatorConfig(ndf=4, n_layers_D=2, num_D=1),
        losses=ImageLossConfig(no_vgg=True),
        schedule=ImageScheduleConfig(niter=niter, niter_decay=0),
        data=ImageDataConfig(loadSize=WIDTH // 2),
    )


def train_image(toy: Toy, folder: Path, stage: ImageStageConfig, minutes: float = 10.0) -> Path:
    """The weights file of an image stage; called again it goes on."""
    train_image_stage(
        stage,
        recipe="toy",
        seed=3,
        checkpoint_minutes=minutes,
        checkpoints_kept=2,
        guard="warn",
        manifest=toy.manifest,
        state_dir=folder / "state",
        out_dir=folder / "out",
        device="cpu",
    )
    return folder / "out" / "weights.safetensors"


def stop_after(patch: pytest.MonkeyPatch, saves: int) -> None:
    """Raise `Stopped` after so many checkpoints."""
    save, count = CheckpointFolder.save, 0

    def counted(self: CheckpointFolder, *args: Any) -> None:
        nonlocal count
        save(self, *args)
        count += 1
        if count == saves:
            raise Stopped

    patch.setattr(CheckpointFolder, "save", counted)


def with_batch(stage: StageConfig, size: int) -> StageConfig:
    return replace(stage, data=replace(stage.data, batchSize=size))


def _draw(sequence: int, t: int) -> tuple[np.ndarray, np.ndarray]:
    labels = np.ones((HEIGHT, WIDTH), np.uint8)
    top, left = 12 + 8 * sequence, 8 + 2 * t
    labels[top : top + 24, left : left + 32] = 2
    colours = np.array([[0, 0, 0], [90, 90, 90], [40 + 60 * sequence, 120, 220]], np.uint8)
    return labels, colours[labels]
