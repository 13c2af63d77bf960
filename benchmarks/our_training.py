"""Our side of `train_speed.py`: clips from files, the networks and the step of `vid2vid train`; loading and memory."""

import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from multiprocessing import TimeoutError
from pathlib import Path
from typing import Any, Protocol

import torch
from drawn_dataset import LABELS, make_dataset
from own_process import LIMIT, in_new_process, peak_bytes
from torch import Tensor
from torch.utils.data import DataLoader

from vid2vid_core.config import ParallelConfig, RecipeConfig, ScheduleConfig, SpeedConfig, StageConfig, load
from vid2vid_core.config.schedule import schedule
from vid2vid_core.dataset.clips import ClipDataset, collate
from vid2vid_core.dataset.flow_source import StoredFlow
from vid2vid_core.train.networks import build_networks
from vid2vid_core.train.optimizers import Optimizers
from vid2vid_core.train.parallel.ranks import Ranks
from vid2vid_core.train.stepping import ClipStepper

FRAMES, PAST = 12, 2
"""New frames of a clip, real frames before them."""
NGF = {"cpu": 32, "cuda": 128}
"""Filters by device; 128 is the published width."""
REPEATS = {"cpu": 2, "cuda": 10}
RECIPES = Path(__file__).parents[1] / "config" / "recipes"
KEYS = {
    "channels_last: false": SpeedConfig(channels_last=False),
    "fused_adam: false": SpeedConfig(fused_adam=False),
    "autocast: bf16": SpeedConfig(autocast="bf16"),
    "compile: true": SpeedConfig(compile=True),
}
"""What is tried beside the step as it is."""


def timed_stage(ngf: int, chunk: int) -> StageConfig:
    """Stage size-256 of the recipe street-g1-1024, narrower, with clips of 12 frames and chunks of `chunk`."""
    stage = load(RecipeConfig, RECIPES / "street-g1-1024.yaml").stages[0]
    return replace(
        stage,
        generator=replace(stage.generator, ngf=ngf),
        losses=replace(stage.losses, no_vgg=True),
        schedule=ScheduleConfig(niter=1, niter_decay=0, niter_step=1, n_frames_total=FRAMES, max_frames_per_gpu=chunk),
        data=replace(stage.data, no_flip=True),
    )


class Training(Protocol):
    """Ours or the baseline."""

    device: torch.device
    chunk: int

    def begin(self) -> None:
        """Go back to the start of the clip."""


class OurTraining:
    """Networks of a stage and the clip they are trained on."""

    def __init__(self, stage: StageConfig, root: Path, device: torch.device) -> None:
        self.stage, self.device = stage, device
        (self.state,) = schedule(stage, FRAMES + PAST)
        self.chunk = self.state.chunk_frames
        self.networks = build_networks(stage, LABELS + 1, 0, None, device)
        self.optimizers = Optimizers(self.networks, stage.optimizer, True, stage.speed)
        self.stepper = ClipStepper(stage, LABELS, self.networks, self.optimizers, Ranks.alone(device))
        self.clips = ClipDataset(root / "manifest.parquet", StoredFlow([root / "a.parquet"]), stage, self.state, seed=0)

    def begin(self) -> None:
        """Read the clip."""
        clip = self.clips[0].to(self.device)
        kind = next(self.networks.generator.parameters()).dtype
        numbers = {name: getattr(clip, name).to(kind) for name in ("images", "flow", "confidence")}
        self.stepper.begin([replace(clip, **numbers)])

    def step(self, begin: int) -> dict[str, float]:
        """Train on one chunk; returns the totals."""
        terms: dict[str, Tensor] = self.stepper.step(self.state, begin, self.chunk, "timed").terms
        return {name: float(value) for name, value in terms.items() if name.startswith("loss_")}


def loaded_frames(stage: StageConfig, root: Path, workers: int, clips: int) -> float:
    """Frames a second that come from files: pictures, labels, instances and flow; wall time."""
    (state,) = schedule(stage, FRAMES + PAST)
    dataset = ClipDataset(root / "manifest.parquet", StoredFlow([root / "a.parquet"]), stage, state, seed=0)
    loader = DataLoader(dataset, batch_sampler=[[0]] * clips, collate_fn=collate, num_workers=workers)
    batches = iter(loader)
    for _ in range(max(1, workers)):  # the first of each worker, which began before the clock
        next(batches)
    start = time.perf_counter()
    frames = sum(clip.images.shape[1] for clip in batches)
    return frames / (time.perf_counter() - start)


def peak_memory(ngf: int, size: tuple[int, int], recompute: Any) -> tuple[float, float]:
    """GB by which a process grows in its first step of 6 frames, and the seconds of that step."""
    with tempfile.TemporaryDirectory() as folder:
        make_dataset(Path(folder), FRAMES + PAST, *size)
        torch.set_num_threads(1)
        stage = replace(timed_stage(ngf, 6), parallel=ParallelConfig(recompute=recompute))
        training = OurTraining(
            replace(stage, data=replace(stage.data, loadSize=size[0])), Path(folder), torch.device("cpu")
        )
        training.begin()
        before = peak_bytes()
        start = time.process_time()
        training.step(0)
        seconds = time.process_time() - start
        return (peak_bytes() - before) / 1e9, seconds


def clip_seconds(training: Training, step: Callable[[int], object]) -> float:
    """Time of a frame: a clip is read and trained on, chunk by chunk."""
    device = training.device
    clock = time.process_time if device.type == "cpu" else time.perf_counter
    start = clock()
    training.begin()
    for begin in range(0, FRAMES, training.chunk):
        step(begin)  # reads its losses back, so a GPU has finished
    return (clock() - start) / FRAMES


def tricks(root: Path, device: torch.device, chunk: int) -> None:
    """Print what each key is worth; the name stands there first, so that one sees what takes long."""
    stage = timed_stage(NGF[device.type], chunk)
    for name, speed in KEYS.items():
        print(f"  {name:24}", end="", flush=True)
        try:
            as_is, other = in_new_process(side_by_side, stage, speed, root, device)
        except TimeoutError:
            print(f"not measured: not done after {LIMIT / 60:.0f} minutes", flush=True)
            continue
        print(f"{1e3 * other:8.0f} ms a frame, as it is {1e3 * as_is:.0f} ms: {as_is / other:.2f}x", flush=True)


def side_by_side(stage: StageConfig, speed: SpeedConfig, root: Path, device: torch.device) -> tuple[float, float]:
    """Shortest seconds a frame of our step as it is and of that with other keys, in turns after one clip each."""
    torch.set_num_threads(1)
    both = [OurTraining(replace(stage, speed=kind), root, device) for kind in (SpeedConfig(), speed)]
    times: list[list[float]] = [[], []]
    for _ in range(1 + REPEATS[device.type]):
        for training, found in zip(both, times, strict=True):
            found.append(clip_seconds(training, training.step))
    as_is, other = (min(found[1:]) for found in times)
    return as_is, other
