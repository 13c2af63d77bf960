"""Training clips: a torch dataset whose samples depend on nothing but seed, epoch and index."""

from collections.abc import Sequence
from dataclasses import fields
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from vid2vid_core.config import StageConfig
from vid2vid_core.config.schedule import EpochState, training_window
from vid2vid_core.dataset.flow_source import FlowSource
from vid2vid_core.dataset.geometry import Geometry, draw_geometry
from vid2vid_core.dataset.manifest import FrameRow, FrameRun, read_manifest
from vid2vid_core.dataset.open_view import open_view
from vid2vid_core.dataset.pictures import read_instances
from vid2vid_core.dataset.view import FrameView, shown_motion
from vid2vid_core.ops import compose_flow, warp
from vid2vid_core.types import Clip

ClipKey = tuple[EpochState, int]
"""Epoch, and number of a clip within it."""


class ClipDataset(Dataset[Clip]):
    """`clips_per_sequence` clips of every training run of at least n_frames_G frames.

    Sample i is the same whatever process, worker or order asks for it, so resuming and more workers change nothing.
    Clips of runs of different lengths differ in length; `collate` shortens them to the shortest.
    """

    def __init__(self, manifest_path: Path, flow: FlowSource | None, stage: StageConfig, epoch: EpochState, seed: int):
        """Read the manifest; raises ValueError if no training run is long enough.

        Without `flow`, that of the clips has no pixels: for whoever never looks at it.
        """
        self.manifest = read_manifest(manifest_path)
        self.stage, self.epoch, self.seed = stage, epoch, seed
        self.flow = flow
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
        """A clip of the epoch, as a batch of one."""
        return self.read((self.epoch, index))

    def read(self, key: ClipKey) -> Clip:
        """A clip of any epoch, as a batch of one."""
        epoch, index = key
        if not 0 <= index < len(self):
            raise IndexError(f"clip {index} of {len(self)}")
        rng = np.random.default_rng([self.seed, epoch.epoch, index])
        run = self.runs[index % len(self.runs)]
        frames, step = self._draw_window(len(run.rows), epoch, rng)
        rows = [run.rows[frame] for frame in frames]
        view = open_view(self.manifest, self.stage.controls, run.rows[frames[0] : frames[-1] + 1], rng)
        geometry = view.geometry(draw_geometry(self.stage.data, view.size(rows[0]), rng))
        flow, confidence = self._flow(run, frames, step, view, geometry)
        # Together, since edges of the background are drawn from the picture that was read last.
        shown = [(view.photograph(row, geometry), view.controls(row, geometry)) for row in rows]
        return Clip(
            images=torch.stack([image for image, _ in shown])[None],
            controls=torch.stack([controls for _, controls in shown])[None],
            instances=torch.stack([self._instances(row, geometry) for row in rows])[None]
            if self.stage.data.use_instance
            else None,
            flow=flow[None],
            confidence=confidence[None],
        )

    def _draw_window(self, length: int, epoch: EpochState, rng: np.random.Generator) -> tuple[range, int]:
        """Which frames of a run of `length` make the clip, and how far apart they are."""
        window = training_window(
            length,
            epoch.n_frames_total,
            epoch.chunk_frames,
            self.stage.generator.n_frames_G,
            self.stage.data.max_t_step,
        )
        step = int(rng.integers(1, window.largest_step, endpoint=True))
        start = int(rng.integers(0, window.starts(length, step)))
        return range(start, start + (window.frames_read - 1) * step + 1, step), step

    def _instances(self, row: FrameRow, geometry: Geometry) -> Tensor:
        if not row.instance:
            raise ValueError(
                f"{self.manifest.root}: {row.sequence}/{row.frame}: no instance map, needed by data.use_instance "
                f"of stage '{self.stage.name}'; set that to false or annotate.instances to another value"
            )
        return read_instances(self.manifest.resolve(row.instance), geometry)

    def _flow(
        self, run: FrameRun, frames: range, step: int, view: FrameView, geometry: Geometry
    ) -> tuple[Tensor, Tensor]:
        """Flow (T-1, 2, h, w) and confidence (T-1, 1, h, w) between the clip's frames, each back to the one before.

        Between frames `step` apart it is the chain of the neighbours' flows.
        """
        if self.flow is None:
            return torch.empty(len(frames) - 1, 2, 0, 0), torch.empty(len(frames) - 1, 1, 0, 0)
        flows, confidences, hops = [], [], list[tuple[Tensor, Tensor]]()
        rows = run.rows[frames[0] : frames[-1] + 1]
        for motion, (before, row) in zip(self.flow.between(rows), pairwise(rows), strict=True):
            hops.append(shown_motion(view, motion, before, row, geometry))
            if len(hops) == step:
                flow, confidence = _chain(hops)
                flows.append(geometry.cut_flow(flow))
                confidences.append(geometry.cut(confidence))
                hops.clear()
        return torch.cat(flows), torch.cat(confidences)


def _chain(hops: list[tuple[Tensor, Tensor]]) -> tuple[Tensor, Tensor]:
    """Flow and confidence over several neighbouring frames, given the oldest first: trusted if every hop is."""
    flow, confidence = hops[-1]
    for further, further_confidence in reversed(hops[:-1]):
        confidence = confidence * warp(further_confidence, flow)
        flow = compose_flow(flow, further)
    return flow, confidence


def collate(clips: Sequence[Clip]) -> Clip:
    """One batch of several clips; longer ones lose their last frames.

    Raises:
        ValueError: if the clips differ in height or width.
    """
    if len(clips) == 1:
        return clips[0]
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
