"""A sequence of blurred noise on disk, as the dataset and flow stages leave one: for benchmarks of training."""

from pathlib import Path

import cv2
import numpy as np
import pandas as pd

from vid2vid_core.dataset.manifest import FrameRow, frame_table, write_manifest
from vid2vid_core.storage import write_table
from vid2vid_core.video.flow_io import write_flow

LABELS = 35
BLUR = 5
SQUARE = 16
"""Side of squares of one label, pixels."""


def make_dataset(root: Path, frames: int, width: int, height: int) -> tuple[Path, list[Path]]:
    """One sequence with labels, instances and stored flow; gives its manifest and its flow table."""
    draw = np.random.default_rng(0)
    rows, flows = [], []
    for t in range(frames):
        files = {kind: f"{t:06d}_{kind}.png" for kind in ("image", "label", "instance", "flow")}
        noise = cv2.GaussianBlur(draw.normal(128, 300, (height, width, 3)), (0, 0), BLUR)
        cv2.imwrite(str(root / files["image"]), noise.clip(0, 255).astype(np.uint8))
        small = draw.integers(0, LABELS, (height // SQUARE, width // SQUARE), dtype=np.uint8)
        labels = np.kron(small, np.ones((SQUARE, SQUARE), np.uint8))
        cv2.imwrite(str(root / files["label"]), labels)
        cv2.imwrite(str(root / files["instance"]), labels.astype(np.uint16) * 1000)
        place = (files["image"], files["label"], files["instance"], width, height, True, "")
        rows.append(FrameRow("train", "a", "a-000", f"{t:06d}", t, t / 15, *place))
        if t:
            flow = cv2.GaussianBlur(draw.normal(0, 20, (height, width, 2)), (0, 0), BLUR).astype(np.float32)
            write_flow(root / files["flow"], flow, np.ones((height, width), np.float32))
            flows.append(("a", "a-000", f"{t:06d}", files["flow"], 5.0, 1.0))
    columns = ["video", "sequence", "frame", "flow", "mean_pixels", "confident"]
    write_table(root / "a.parquet", pd.DataFrame(flows, columns=columns))
    metadata = {"dataset": "noise", "mode": "street", "label_nc": LABELS, "ignore": [], "version": 1}
    write_manifest(root / "manifest.parquet", frame_table(rows), metadata)
    return root / "manifest.parquet", [root / "a.parquet"]
