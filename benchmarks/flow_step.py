"""A training step that reads stored flow against one that runs FlowNet2 on its frames; for `flownet2.py`.

Everything is what `vid2vid train` runs: clips from files, the networks, all losses, the optimisers; only the pictures
are noise, which costs the same. A clip gives two new frames and needs three pairs of flow.
"""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch
from drawn_dataset import LABELS, make_dataset

from vid2vid_core.annotate.flownet2_estimator import FlowNet2Estimator
from vid2vid_core.config import (
    DataConfig,
    DiscriminatorConfig,
    FlowConfig,
    GeneratorConfig,
    LossConfig,
    ScheduleConfig,
    StageConfig,
)
from vid2vid_core.config.schedule import schedule
from vid2vid_core.dataset.clips import ClipDataset
from vid2vid_core.dataset.flow_source import FlowSource, OnlineFlow, StoredFlow
from vid2vid_core.models.flownet2 import FlowNet2
from vid2vid_core.train.networks import build_networks
from vid2vid_core.train.optimizers import Optimizers
from vid2vid_core.train.rollout import generate_chunk, start_clip
from vid2vid_core.train.step import chunk_losses, update
from vid2vid_core.train.temporal import make_history

WIDTH, HEIGHT = 512, 256
NEW_FRAMES = 2


def small_stage(ngf: int) -> StageConfig:
    """The published coarse generator with `ngf` filters in place of 128, two temporal discriminators."""
    return StageConfig(
        name="timed",
        generator=GeneratorConfig(ngf=ngf),
        discriminator=DiscriminatorConfig(ndf=min(64, ngf)),
        losses=LossConfig(no_vgg=True),
        schedule=ScheduleConfig(
            niter=1, niter_decay=0, niter_step=1, n_frames_total=NEW_FRAMES, max_frames_per_gpu=NEW_FRAMES
        ),
        data=DataConfig(loadSize=WIDTH),
    )


def clock_of(device: torch.device) -> Callable[[], float]:
    """Processor time for a CPU; for a GPU wall time, once it has done all that it was given."""

    def finished() -> float:
        torch.cuda.synchronize()
        return time.perf_counter()

    return time.process_time if device.type == "cpu" else finished


def step_seconds(network: FlowNet2, device: torch.device, ngf: int, repeats: int) -> tuple[float, float]:
    """Shortest time of a clip with stored and with online flow, reading included, measured in turns."""
    stage, clock = small_stage(ngf), clock_of(device)
    with tempfile.TemporaryDirectory() as folder:
        frames = NEW_FRAMES + stage.generator.n_frames_G - 1
        manifest, tables = make_dataset(Path(folder), frames, WIDTH, HEIGHT)
        config = FlowConfig(backend="flownet2")
        sources: list[FlowSource] = [
            StoredFlow(tables),
            OnlineFlow(FlowNet2Estimator(network, "none", config, device), Path(folder)),
        ]
        (state,) = schedule(stage, frames)
        networks = build_networks(stage, LABELS, 0, None, device)
        optimizers = Optimizers(networks, stage.optimizer, train_all_scales=True)
        datasets = [ClipDataset(manifest, source, stage, state, seed=0) for source in sources]

        def step(dataset: ClipDataset) -> float:
            start = clock()
            clip = dataset[0].to(device)
            carry, history = start_clip(clip.images, stage.generator), make_history(stage.discriminator)
            chunk, _ = generate_chunk(networks.generator, clip, 0, NEW_FRAMES, carry, state, LABELS)
            update(networks, optimizers, chunk_losses(networks, chunk, history.add(chunk), stage), "timed")
            return clock() - start

        times = [[step(dataset) for dataset in datasets] for _ in range(repeats + 1)][1:]
    stored, online = (min(column) for column in zip(*times, strict=True))
    return stored, online
