"""Bytes and milliseconds of a stored flow: our file against the 16-bit PNG of the KITTI benchmark, at the same step.

Flow of the built-in world by DIS (medium), with its confidence; one thread.

    python benchmarks/flow_storage.py
"""

import tempfile
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np

from vid2vid_core.annotate.flow_backend import flow_estimator
from vid2vid_core.config import FlowConfig, WorldConfig
from vid2vid_core.dataset.world.street import open_world
from vid2vid_core.video.flow_io import LARGEST, STEP, read_flow, write_flow
from vid2vid_core.video.reference_flow import Confidence, Flow, Motion

SIZES = ((256, 128), (1024, 512))
FRAMES = 7


def write_png(path: Path, flow: Flow, confidence: Confidence) -> None:
    steps = np.rint(np.clip(flow, -LARGEST, LARGEST) / STEP) + 32768
    blue_green_red = np.dstack([np.rint(confidence), steps[..., 1], steps[..., 0]]).astype(np.uint16)
    options = [cv2.IMWRITE_PNG_COMPRESSION, 1, cv2.IMWRITE_PNG_STRATEGY, cv2.IMWRITE_PNG_STRATEGY_RLE]
    path.write_bytes(cv2.imencode(".png", blue_green_red, options)[1].tobytes())


def read_png(path: Path) -> Motion:
    stored = cv2.imread(str(path), cv2.IMREAD_UNCHANGED).astype(np.float32)
    return (stored[..., :0:-1] - 32768) * np.float32(STEP), stored[..., 0]


def measure(
    motions: list[Motion], path: Path, write: Callable[[Path, Flow, Confidence], object], read: Callable[[Path], Motion]
) -> tuple[float, float, float, float]:
    """Mean bytes, milliseconds of processor time to write and to read, and the largest error in pixels."""
    sizes, writing, reading, error = [], 0.0, 0.0, 0.0
    for flow, confidence in motions:
        start = time.process_time()
        write(path, flow, confidence)
        middle = time.process_time()
        back, _ = read(path)
        writing, reading = writing + middle - start, reading + time.process_time() - middle
        sizes.append(path.stat().st_size)
        error = max(error, float(np.abs(back - flow).max()))
    return float(np.mean(sizes)), 1000 * writing / len(motions), 1000 * reading / len(motions), error


def main() -> None:
    cv2.setNumThreads(1)
    estimator = flow_estimator(FlowConfig())
    print("| size | format | kB a frame | bits a pixel | write, ms | read, ms | largest error |")
    print("|---" * 7 + "|")
    with tempfile.TemporaryDirectory() as folder:
        for width, height in SIZES:
            config = WorldConfig(width=width, height=height)
            pictures = [frame.rgb for frame in open_world(config, 0).frames(FRAMES, config.fps)]
            motions = estimator.estimate([(current, previous) for previous, current in pairwise(pictures)])
            ours = measure(motions, Path(folder, "one.flow"), write_flow, read_flow)
            png = measure(motions, Path(folder, "one.png"), write_png, read_png)
            for name, (size, writing, reading, error) in (("ours", ours), ("PNG", png)):
                bits = 8 * size / (width * height)
                print(f"| {width}x{height} | {name} | {size / 1000:.1f} | {bits:.1f} ", end="")
                print(f"| {writing:.1f} | {reading:.1f} | {error:.4f} px |")
    print(f"flow_storage: {png[0] / ours[0]:.1f}x (ours {ours[0] / 1000:.0f} kB, baseline {png[0] / 1000:.0f} kB)")


if __name__ == "__main__":
    main()
