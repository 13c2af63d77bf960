"""The flow stage of one video: from every frame back to the one before, with a confidence."""

import logging
import os
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd
from tqdm import tqdm

from vid2vid_core.annotate.confidence import consistent, photometric
from vid2vid_core.annotate.frame_table import read_frames
from vid2vid_core.annotate.segmenter import Frame, Picture
from vid2vid_core.config import FlowConfig
from vid2vid_core.storage import atomic_directory, write_table
from vid2vid_core.video.dis import DisFlow, Flow, opencv_on_one_thread
from vid2vid_core.video.flow_io import write_flow

logger = logging.getLogger("vid2vid_core.annotate")

_COLUMNS = {
    "video": "str", "sequence": "str", "frame": "str", "flow": "str", "mean_pixels": "float64", "confident": "float64",
}  # fmt: skip


class FlowEstimator(Protocol):
    """One backend."""

    def estimate(self, first: Picture, second: Picture) -> Flow:
        """Flow (H, W, 2) from `first` to `second`, pixels: second at x + flow(x) shows what first shows at x.

        Args:
            first: (H, W, 3) RGB, 0..255.
            second: (H, W, 3), likewise.
        """
        ...


def flow_estimator(config: FlowConfig) -> FlowEstimator:
    """The backend that the config names."""
    return DisFlow(config.preset)


def estimate_flow(frames_table: Path, out_dir: Path, table: Path, config: FlowConfig, threads: int = 1) -> None:
    """Estimate and store the flow of one video (its frame table may be empty); rows as in docs: one a pair of frames.

    The first frame of a sequence, an invalid frame and the one after it have no flow and no row.

    Raises:
        ValueError: an unreadable or missing frame picture, or two frames of a sequence that differ in size.
    """
    frames, metadata = read_frames(frames_table)
    pairs = [(a, b) for a, b in pairwise(frames) if a and b and a.sequence == b.sequence]
    estimator = flow_estimator(config)
    with atomic_directory(out_dir) as folder, opencv_on_one_thread(), ThreadPoolExecutor(threads) as pool:
        for sequence in {current.sequence for _, current in pairs}:
            (folder / sequence).mkdir()
        work = pool.map(partial(_store, estimator=estimator, config=config, folder=folder), pairs)
        described = list(tqdm(work, total=len(pairs), desc=f"flow {metadata['video']}", unit="frame", disable=None))
    place = Path(os.path.relpath(out_dir, table.parent))
    rows = [
        {"video": metadata["video"], "sequence": current.sequence, "frame": current.name,
         "flow": str(place / current.sequence / f"{current.name}.png"), **numbers}
        for (_, current), numbers in zip(pairs, described, strict=True)
    ]  # fmt: skip
    result = pd.DataFrame(rows, columns=list(_COLUMNS)).astype(_COLUMNS)
    write_table(table, result, {"video": metadata["video"], "backend": config.backend, "preset": config.preset})
    if rows:
        logger.info(
            "%s: %d flows, mean motion %.2f pixels, %.1f %% confident",
            metadata["video"], len(rows), result["mean_pixels"].mean(), 100 * result["confident"].mean(),
        )  # fmt: skip


def _store(pair: tuple[Frame, Frame], *, estimator: FlowEstimator, config: FlowConfig, folder: Path) -> dict[str, Any]:
    """Flow and confidence of one pair (previous, current) to a file; returns the numbers of its row."""
    previous, current = (frame.read() for frame in pair)
    if previous.shape != current.shape:
        raise ValueError(
            f"{pair[1].image}: {current.shape[1]}x{current.shape[0]} pixels, but the frame before it, "
            f"{pair[0].image.name}, has {previous.shape[1]}x{previous.shape[0]}; flow needs frames of one size"
        )
    flow = estimator.estimate(current, previous)
    confidence = photometric(current, previous, flow, config.photometric)
    confidence &= consistent(flow, estimator.estimate(previous, current), config.forward_backward)
    write_flow(folder / pair[1].sequence / f"{pair[1].name}.png", flow, confidence.astype(np.float32))
    return {"mean_pixels": float(np.linalg.norm(flow, axis=2).mean()), "confident": float(confidence.mean())}
