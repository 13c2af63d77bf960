"""End-point error of DIS against the exact flow of the built-in world, per preset; baseline: zero flow.

The world gives the flow forward from frame t to t+1. What the chain stores leads back from t+1 to t; it is read where
each point of frame t lands in frame t+1, and compared with the exact flow reversed. Only points seen in both frames
count, since no other point has a flow that could be found. "confident" is the part that the stored confidence keeps.

    python benchmarks/flow_epe.py [drive folder ...]

Without folders, two drives are made first (about a minute).
"""

import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Literal

import numpy as np

from vid2vid_core.annotate.confidence import consistent, photometric, sample
from vid2vid_core.config import FlowConfig, WorldConfig
from vid2vid_core.dataset.world import make_world
from vid2vid_core.video.dis import DisFlow, opencv_on_one_thread
from vid2vid_core.video.read import read_video

Preset = Literal["ultrafast", "fast", "medium", "fine"]
PRESETS: tuple[Preset, ...] = ("ultrafast", "fast", "medium", "fine")
COLUMNS = ("forward", "backward", "confident", "zero flow")


def pairs(drive: Path) -> Iterator[tuple[np.ndarray, ...]]:
    """Picture t, picture t+1, exact forward flow (H, W, 2), points seen in both (H, W)."""
    frames = list(read_video(drive / "rgb.mp4"))
    with np.load(drive / "flow.npz") as data:
        exact, seen = data["flow"].astype(np.float32), data["valid"]
    for (before, after), flow, both in zip(pairwise(frames), exact, seen, strict=True):
        yield before, after, flow, both


def score(drives: list[Path], preset: Preset) -> tuple[dict[str, float], float, float]:
    """Mean error in pixels by column, confident share of the points seen in both frames, milliseconds a frame."""
    config = FlowConfig(preset=preset)
    dis = DisFlow(config.preset)
    errors: dict[str, list[np.ndarray]] = {column: [] for column in COLUMNS}
    shares, seconds = [], 0.0
    for drive in drives:
        for before, after, exact, seen in pairs(drive):
            start = time.perf_counter()
            backward, forward = dis.estimate(after, before), dis.estimate(before, after)
            trusted = photometric(after, before, backward, config.photometric)
            trusted &= consistent(backward, forward, config.forward_backward)
            seconds += time.perf_counter() - start
            reversed_error = np.linalg.norm(sample(backward, exact) + exact, axis=2)
            kept = seen & (sample(trusted.astype(np.float32), exact) > 0.99)
            errors["forward"].append(np.linalg.norm(forward - exact, axis=2)[seen])
            errors["backward"].append(reversed_error[seen])
            errors["confident"].append(reversed_error[kept])
            errors["zero flow"].append(np.linalg.norm(exact, axis=2)[seen])
            shares.append(kept.sum() / seen.sum())
    means = {column: float(np.concatenate(values).mean()) for column, values in errors.items()}
    return means, float(np.mean(shares)), 1000 * seconds / len(shares)


def main(drives: list[Path]) -> None:
    with tempfile.TemporaryDirectory() as scratch, opencv_on_one_thread():
        for index in range(0 if drives else 2):
            drives = [*drives, Path(scratch) / f"drive-{index}"]
            make_world(WorldConfig(), drives[-1].name, index, drives[-1])
        print(f"{'preset':10} " + " ".join(f"{column:>10}" for column in COLUMNS) + f" {'kept':>6} {'ms/frame':>9}")
        for preset in PRESETS:
            means, share, milliseconds = score(drives, preset)
            numbers = " ".join(f"{means[column]:7.2f} px" for column in COLUMNS)
            print(f"{preset:10} {numbers} {100 * share:5.1f}% {milliseconds:9.1f}")
            if preset == FlowConfig().preset:
                ours, zero = means["backward"], means["zero flow"]
    print(f"flow_epe: {zero / ours:.1f}x (ours {ours:.2f} px, baseline zero flow {zero:.2f} px)")


if __name__ == "__main__":
    main([Path(argument) for argument in sys.argv[1:]])
