"""Training clips: a torch dataset whose samples depend on nothing but seed, epoch and index."""

from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from vid2vid_core.config import StageConfig
from vid2vid_core.config.schedule import EpochState, training_window
from vid2vid_core.dataset.geometry import Geometry, draw_geometry
from vid2vid_core.dataset.manifest import FrameRow, FrameRun, read_manifest
from vid2vid_core.dataset.pictures import read_instances, read_labels, read_photograph
from vid2vid_core.ops import compose_flow, warp
from vid2vid_core.storage import read_table
from vid2vid_core.types import Clip
from vid2vid_core.video.flow_io import read_flow

FlowFiles = dict[tuple[str, str, str], Path]
"""(video, sequence, frame) to the flow file from that frame back to the one before."""


class ClipDataset(Dataset[Clip]):
    """`clips_per_sequence` clips of every training run of at least n_frames_G frames.

    Sample i is the same whatever process, worker or order asks for it, so resuming and more workers change nothing.
    Clips of runs of different lengths differ in length; `collate` shortens them to the shortest.
    """

    def __init__(
        self, manifest_path: Path, flow_tables: Sequence[Path], stage: StageConfig, epoch: EpochState, seed: int
    ):
        """Read the tables; raises ValueError if no training run is long enough."""
        self.manifest = read_manifest(manifest_path)
        self.stage, self.epoch, self.seed = stage, epoch, seed
        self.flows = read_flow_files(flow_tables)
        runs = self.manifest.runs("train")
        frames_G = stage.generator.n_frames_G
        self.runs = [run for run in runs if len(run.rows) >= frames_G]
        if not self.runs:
            longest = max((len(run.rows) for run in runs), default=0)
            raise ValueError(
                f"{manifest_path}: no training sequence has the {frames_G} frames that generator.n_frames_G of stage "
                f"'{stage.name}' needs; the longest of {len(runs)} has {longest}"
            )

    def __len__(self) -> int:
        """Samples of one epoch."""
        return len(self.runs) * self.stage.schedule.clips_per_sequence

    def __getitem__(self, index: int) -> Clip:
        """The clip as a batch of one."""
        if not 0 <= index < len(self):
            raise IndexError(f"clip {index} of {len(self)}")
        rng = np.random.default_rng([self.seed, self.epoch.epoch, index])
        run = self.runs[index % len(self.runs)]
        frames, step = self._draw_window(len(run.rows), rng)
        first = run.rows[frames[0]]
        geometry = draw_geometry(self.stage.data, (first.width, first.height), rng)
        rows = [run.rows[frame] for frame in frames]
        flow, confidence = self._flow(run, frames, step, geometry)
        return Clip(
            images=torch.stack([read_photograph(self.manifest.resolve(row.image), geometry) for row in rows])[None],
            controls=torch.stack([self._labels(row, geometry) for row in rows])[None],
            instances=torch.stack([self._instances(row, geometry) for row in rows])[None]
            if self.stage.data.use_instance
            else None,
            flow=flow[None],
            confidence=confidence[None],
        )

    def _draw_window(self, length: int, rng: np.random.Generator) -> tuple[range, int]:
        """Which frames of a run of `length` make the clip, and how far apart they are."""
        window = training_window(
            length,
            self.epoch.n_frames_total,
            self.epoch.chunk_frames,
            self.stage.generator.n_frames_G,
            self.stage.data.max_t_step,
        )
        step = int(rng.integers(1, window.largest_step, endpoint=True))
        reach = (window.frames_read - 1) * step
        start = int(rng.integers(0, max(1, length - reach)))
        return range(start, start + reach + 1, step), step

    def _labels(self, row: FrameRow, geometry: Geometry) -> Tensor:
        return read_labels(self.manifest.resolve(row.label), geometry, self.manifest.label_nc, self.manifest.ignore)

    def _instances(self, row: FrameRow, geometry: Geometry) -> Tensor:
        if not row.instance:
            raise ValueError(
                f"{self.manifest.root}: {row.sequence}/{row.frame}: no instance map, needed by data.use_instance "
                f"of stage '{self.stage.name}'; set that to false or annotate.instances to another value"
            )
        return read_instances(self.manifest.resolve(row.instance), geometry)

    def _flow(self, run: FrameRun, frames: range, step: int, geometry: Geometry) -> tuple[Tensor, Tensor]:
        """Flow (T-1, 2, h, w) and confidence (T-1, 1, h, w) between the clip's frames, each back to the one before."""
        flows, confidences = [], []
        for current in frames[1:]:
            flow, confidence = self._neighbour_flow(run.rows[current], geometry)
            for between in range(current - 1, current - step, -1):
                further, further_confidence = self._neighbour_flow(run.rows[between], geometry)
                confidence = confidence * warp(further_confidence, flow)
                flow = compose_flow(flow, further)
            flows.append(geometry.cut_flow(flow))
            confidences.append(geometry.cut(confidence))
        return torch.cat(flows), torch.cat(confidences)

    def _neighbour_flow(self, row: FrameRow, geometry: Geometry) -> tuple[Tensor, Tensor]:
        """Resized, not yet cropped: flow (1, 2, h, w), confidence (1, 1, h, w)."""
        path = self.flows.get((row.video, row.sequence, row.frame))
        if path is None:
            raise ValueError(
                f"no flow from frame {row.frame} of sequence {row.sequence} (video {row.video}) to the frame before: "
                f"the flow tables do not list it; run the flow stage again"
            )
        flow, confidence = read_flow(path)
        flow_tensor = torch.from_numpy(np.ascontiguousarray(flow)).permute(2, 0, 1)[None]
        confidence_tensor = torch.from_numpy(np.ascontiguousarray(confidence))[None, None]
        return geometry.scale_flow(flow_tensor.float()), geometry.scale(confidence_tensor.float())


def read_flow_files(flow_tables: Sequence[Path]) -> FlowFiles:
    """Where the flow of every frame lies, from the tables of the flow stage."""
    files: FlowFiles = {}
    for path in flow_tables:
        table, _ = read_table(path)
        for row in table[["video", "sequence", "frame", "flow"]].itertuples(index=False, name=None):
            files[row[0], row[1], row[2]] = path.parent / row[3]
    return files


def collate(clips: Sequence[Clip]) -> Clip:
    """One batch of several clips; longer ones lose their last frames.

    Raises:
        ValueError: if the clips differ in height or width.
    """
    sizes = sorted({(clip.images.shape[-1], clip.images.shape[-2]) for clip in clips})
    if len(sizes) > 1:
        raise ValueError(
            f"clips of one batch differ in size ({', '.join(f'{w}x{h}' for w, h in sizes)}); set data.batchSize to 1 "
            f"or choose a data.resize_or_crop that gives one size, such as resize or one with crop"
        )
    frames = min(clip.images.shape[1] for clip in clips)
    joined: dict[str, Any] = {}
    for field in fields(Clip):
        values = [getattr(clip, field.name) for clip in clips]
        kept = frames - 1 if field.name in ("flow", "confidence") else frames
        joined[field.name] = None if values[0] is None else torch.cat([value[:, :kept] for value in values])
    return Clip(**joined)
