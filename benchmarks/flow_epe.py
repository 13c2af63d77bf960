"""End-point errors against the exact flow of the built-in world: of the backends, of storing, and of chaining flows.

All flows lead from a frame back to an earlier one, as the chain uses them. Only points seen in both frames count, since
no other point has a flow that could be found. "trusted" is the part of them that the confidence keeps.

    python benchmarks/flow_epe.py

Makes two drives first; takes about two minutes. FlowNet2 is run if its weights are there (`vid2vid assets`).
"""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from vid2vid_core.annotate.flow_backend import flow_estimator
from vid2vid_core.config import FlowConfig, WorldConfig
from vid2vid_core.dataset.world import make_world
from vid2vid_core.dataset.world.street import open_world
from vid2vid_core.ops import compose_flow
from vid2vid_core.video.flow_io import read_flow, write_flow
from vid2vid_core.video.read import read_video
from vid2vid_core.video.reference_flow import Flow, FlowEstimator, Motion, Picture

DRIVES = 2
STRIDES = (1, 3, 9)


class Drive:
    """Pictures as the chain reads them, and the truth."""

    def __init__(self, index: int, scratch: Path) -> None:
        config = WorldConfig()
        make_world(config, f"drive-{index}", index, scratch / str(index))
        self.pictures: list[Picture] = list(read_video(scratch / str(index) / "rgb.mp4"))
        self._world, self._fps = open_world(config, index), config.fps
        self._known: dict[tuple[int, int], tuple[Flow, np.ndarray]] = {}

    def exact(self, frame: int, stride: int) -> tuple[Flow, np.ndarray]:
        """Flow from a frame to the one `stride` before, and where the point is seen in both."""
        if (frame, stride) not in self._known:
            flow, seen = self._world.motion(frame / self._fps, (frame - stride) / self._fps)
            self._known[frame, stride] = np.where(np.isfinite(flow), flow, 0).astype(np.float32), seen
        return self._known[frame, stride]


Method = Callable[[Drive, int, int], Motion]
"""Drive, frame, stride to flow and confidence."""


def direct(estimator: FlowEstimator) -> Method:
    return lambda drive, frame, stride: estimator.estimate([(drive.pictures[frame], drive.pictures[frame - stride])])[0]


def exact(drive: Drive, frame: int, stride: int) -> Motion:
    flow, _ = drive.exact(frame, stride)
    return flow, np.ones(flow.shape[:2], np.float32)


def still(drive: Drive, frame: int, stride: int) -> Motion:
    flow, confidence = exact(drive, frame, stride)
    return 0 * flow, confidence


def stored(method: Method, scratch: Path) -> Method:
    """What a method gives after it was written and read."""

    def through_file(drive: Drive, frame: int, stride: int) -> Motion:
        write_flow(scratch / "one.flow", *method(drive, frame, stride))
        return read_flow(scratch / "one.flow")

    return through_file


def chained(method: Method) -> Method:
    """The flows of neighbours, chained as training does it."""
    known: dict[tuple[int, int], torch.Tensor] = {}

    def neighbour(drive: Drive, frame: int) -> torch.Tensor:
        key = (id(drive), frame)
        if key not in known:
            known[key] = torch.from_numpy(method(drive, frame, 1)[0]).permute(2, 0, 1)[None]
        return known[key]

    def chain(drive: Drive, frame: int, stride: int) -> Motion:
        flow = neighbour(drive, frame)
        for between in range(frame - 1, frame - stride, -1):
            flow = compose_flow(flow, neighbour(drive, between))
        return flow[0].permute(1, 2, 0).numpy(), np.ones(flow.shape[-2:], np.float32)

    return chain


def errors(drives: list[Drive], method: Method, stride: int) -> tuple[np.ndarray, np.ndarray, float]:
    """Error in pixels and confidence of every point seen in both frames, and milliseconds a frame."""
    distances, trusted, seconds, frames = [], [], 0.0, 0
    for drive in drives:
        for frame in range(stride, len(drive.pictures)):
            truth, seen = drive.exact(frame, stride)
            start = time.perf_counter()
            flow, confidence = method(drive, frame, stride)
            seconds += time.perf_counter() - start
            frames += 1
            distances.append(np.linalg.norm(flow - truth, axis=2)[seen])
            trusted.append(confidence[seen])
    return np.concatenate(distances), np.concatenate(trusted), 1000 * seconds / frames


def flownet2() -> FlowEstimator | None:
    try:
        return flow_estimator(FlowConfig(backend="flownet2"))
    except ValueError:
        return None


def compare_backends(drives: list[Drive], network: FlowEstimator | None, scratch: Path) -> float:
    """Print the first table; returns the mean error of the default backend."""
    medium = direct(flow_estimator(FlowConfig()))
    methods = {f"DIS {preset}": direct(flow_estimator(FlowConfig(preset=preset))) for preset in ("ultrafast", "fast")}
    methods |= {"DIS medium": medium, "DIS medium, stored": stored(medium, scratch)}
    methods |= {"DIS fine": direct(flow_estimator(FlowConfig(preset="fine")))}
    methods |= {} if network is None else {"FlowNet2": direct(network)}
    methods |= {"exact, stored": stored(exact, scratch), "no motion": still}
    print("| neighbours | mean | median | mean, trusted | trusted | ms a frame |\n|---|---|---|---|---|---|")
    means = {}
    for name, method in methods.items():
        distance, trusted, milliseconds = errors(drives, method, 1)
        means[name] = float(distance.mean())
        lengths = (means[name], np.median(distance), distance[trusted > 0.5].mean())
        columns = [f"{length:.4f}" for length in lengths] + [f"{100 * trusted.mean():.1f} %", f"{milliseconds:.1f}"]
        print(f"| {name} | " + " | ".join(columns) + " |")
    if network is None:
        print("| FlowNet2 | not run: no weights | | | | |")
    return means["DIS medium"]


def compare_strides(drives: list[Drive], network: FlowEstimator | None) -> None:
    """Print the second table: mean, median and share of errors above 3 pixels, for every stride."""
    estimators = {preset: flow_estimator(FlowConfig(preset=preset)) for preset in ("medium", "fine")}
    named = {f"DIS {name}": estimator for name, estimator in estimators.items()}
    named |= {} if network is None else {"FlowNet2": network}
    methods = {"exact, chained": chained(exact)}
    for name, estimator in named.items():
        methods |= {f"{name}, chained": chained(direct(estimator)), f"{name}, direct": direct(estimator)}
    methods["no motion"] = still
    print("\n| mean / median / above 3 px | " + " | ".join(f"stride {stride}" for stride in STRIDES) + " |")
    print("|---" * (1 + len(STRIDES)) + "|")
    for name, method in methods.items():
        cells = []
        for stride in STRIDES:
            distance, _, _ = errors(drives, method, stride)
            cells.append(f"{distance.mean():.2f} / {np.median(distance):.2f} / {100 * (distance > 3).mean():.1f} %")
        print(f"| {name} | " + " | ".join(cells) + " |")
    if network is None:
        print("| FlowNet2 | not run: no weights" + " |" * len(STRIDES))


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        drives = [Drive(index, scratch) for index in range(DRIVES)]
        network = flownet2()
        ours = compare_backends(drives, network, scratch)
        compare_strides(drives, network)
        zero = float(errors(drives, still, 1)[0].mean())
    print(f"flow_epe: {zero / ours:.1f}x (ours {ours:.2f} px, baseline zero flow {zero:.2f} px)")


if __name__ == "__main__":
    main()
