"""Which frames the temporal discriminators see: groups of tD frames, number k with tD^k frames from one to the next.

Reference flow is stored between neighbouring frames only. Between frames further apart it is the chain of the neighbour
flows: a to b and b to c give a to c by looking the second up along the first (`ops.compose_flow`). A chain is exact
where nothing is hidden on the way: exact flows chained over 3 and 9 frames are off by 0.03 and 0.23 pixels in the mean
(`benchmarks/flow_epe.py`), and chained DIS flows by less than DIS run anew on the distant frames.

Source: Wang et al., Video-to-Video Synthesis, 2018, section 3 (video discriminator at several frame rates).
"""

from collections.abc import Collection, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from vid2vid_core.config import DiscriminatorConfig
from vid2vid_core.ops import compose_flow
from vid2vid_core.types import Chunk


@dataclass(slots=True)
class Groups:
    """Groups of one temporal scale, stacked along the batch axis."""

    real: Tensor
    """(N, tD, 3, H, W), oldest frame first."""
    fake: Tensor
    """(N, tD, 3, H, W); frames of the newest chunk carry gradient, older ones do not."""
    flows: Tensor
    """(N, tD-1, 2, H, W), pixels: entry t leads from frame t+1 of the group back to frame t."""


@dataclass(slots=True)
class _Frame:
    """One new frame, each tensor with its batch axis."""

    real: Tensor
    fake: Tensor
    flow: Tensor
    """(B, 2, H, W): back to the frame before it in the same list."""

    def cut(self) -> "_Frame":
        return _Frame(self.real, self.fake.detach(), self.flow)


def make_history(config: DiscriminatorConfig, scales: Collection[int] | None = None) -> "DenseHistory | SparseHistory":
    """The history the config asks for, empty: one per clip; with `scales` for these alone."""
    kind = SparseHistory if config.sparse_D else DenseHistory
    return kind(config.n_frames_D, config.n_scales_temporal, scales)


def join_states(states: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The state of a history for all scales from those of histories that each had some of them."""
    if "frames" in states[0]:
        return max(states, key=lambda state: len(state["frames"]))
    return {
        "seen": states[0]["seen"],
        "lists": [max(lists, key=len) for lists in zip(*(state["lists"] for state in states), strict=True)],
        "pending": [
            next((flow for flow in flows if flow is not None), None)
            for flows in zip(*(state["pending"] for state in states), strict=True)
        ],
    }


class DenseHistory:
    """Groups end at the newest frame and at every tD-th before it, as long as they end within the newest chunk."""

    def __init__(self, n_frames_D: int, n_scales: int, scales: Collection[int] | None = None) -> None:
        self.n_frames, self.n_scales = n_frames_D, n_scales
        self._scales = range(n_scales) if scales is None else scales
        self._frames: list[_Frame] = []

    def add(self, chunk: Chunk) -> list[Groups | None]:
        """Append a chunk; return the groups of every scale, None where there is not enough history yet."""
        new = _frames(chunk)
        self._frames += new
        groups = [
            self._groups(self.n_frames**scale, len(new)) if scale in self._scales else None
            for scale in range(self.n_scales)
        ]
        kept = self.n_frames ** max(self._scales) * (self.n_frames - 1) if self._scales else 0
        self._frames = [frame.cut() for frame in self._frames[max(0, len(self._frames) - kept) :]]
        return groups

    def copy(self) -> "DenseHistory":
        """The same, to be added to by itself."""
        twin = copy(self)
        twin._frames = list(self._frames)
        return twin

    def state(self) -> dict[str, Any]:
        """For a checkpoint."""
        return {"frames": _packed(self._frames)}

    def resume(self, state: dict[str, Any], device: torch.device) -> None:
        """Go on from `state`."""
        self._frames = _unpacked(state["frames"], device)

    def _groups(self, step: int, new: int) -> Groups | None:
        last, span = len(self._frames) - 1, step * (self.n_frames - 1)
        candidates = min(len(self._frames) - span, new)
        ends = [last - offset for offset in range(0, candidates, self.n_frames)]
        if not ends:
            return None
        members = [[self._frames[i] for i in range(end - span, end + 1, step)] for end in ends]
        flows = [[self._flow(i, step) for i in range(end - span + step, end + 1, step)] for end in ends]
        return _stack(members, flows)

    @torch.no_grad()
    def _flow(self, index: int, step: int) -> Tensor:
        """Flow from a frame back to the one `step` before it."""
        flow = self._frames[index].flow
        for between in range(index - 1, index - step, -1):
            flow = compose_flow(flow, self._frames[between].flow)
        return flow


class SparseHistory:
    """Every scale collects its own frames, those whose number in the clip is a multiple of tD^k, over the chunks."""

    def __init__(self, n_frames_D: int, n_scales: int, scales: Collection[int] | None = None) -> None:
        self.n_frames, self.n_scales = n_frames_D, n_scales
        self._scales = range(n_scales) if scales is None else scales
        self._seen = 0
        self._lists: list[list[_Frame]] = [[] for _ in range(n_scales)]
        self._pending: list[Tensor | None] = [None] * n_scales

    def add(self, chunk: Chunk) -> list[Groups | None]:
        """Append a chunk; return the groups of every scale, None where too few frames have come together."""
        new = _frames(chunk)
        groups = [self._add(scale, new) if scale in self._scales else None for scale in range(self.n_scales)]
        self._seen += len(new)
        self._lists = [[frame.cut() for frame in frames] for frames in self._lists]
        return groups

    def copy(self) -> "SparseHistory":
        """The same, to be added to by itself."""
        twin = copy(self)
        twin._lists, twin._pending = list(self._lists), list(self._pending)
        return twin

    def state(self) -> dict[str, Any]:
        """For a checkpoint."""
        return {
            "seen": self._seen,
            "lists": [_packed(frames) for frames in self._lists],
            "pending": [None if flow is None else flow.to("cpu", copy=True) for flow in self._pending],
        }

    def resume(self, state: dict[str, Any], device: torch.device) -> None:
        """Go on from `state`."""
        self._seen = state["seen"]
        for scale in self._scales:
            flow = state["pending"][scale]
            self._lists[scale] = _unpacked(state["lists"][scale], device)
            self._pending[scale] = None if flow is None else flow.to(device)

    def _add(self, scale: int, new: list[_Frame]) -> Groups | None:
        size, frames = self.n_frames, self._lists[scale]
        if frames and len(frames) % size == 0:
            frames = frames[-(size - 1) :]
        for number, frame in enumerate(new, start=self._seen):
            flow = self._chain(scale, frame.flow)
            if number % size**scale == 0:
                frames = [*frames, _Frame(frame.real, frame.fake, flow)]
                self._pending[scale] = None
        if len(frames) < size:
            self._lists[scale] = frames
            return None
        frames = frames[len(frames) % size :]
        self._lists[scale] = frames
        members = [frames[i : i + size] for i in range(0, len(frames), size)]
        return _stack(members, [[frame.flow for frame in group[1:]] for group in members])

    @torch.no_grad()
    def _chain(self, scale: int, flow: Tensor) -> Tensor:
        """Flow from the frame at hand back to the last one this scale has kept."""
        pending = self._pending[scale]
        chained = flow if pending is None else compose_flow(flow, pending)
        self._pending[scale] = chained
        return chained


def _frames(chunk: Chunk) -> list[_Frame]:
    parts = (chunk.real.unbind(1), chunk.image.unbind(1), chunk.flow_ref.unbind(1))
    return [_Frame(*frame) for frame in zip(*parts, strict=True)]


def _packed(frames: list[_Frame]) -> list[list[Tensor]]:
    """Copies on the CPU: the frames are views, with which whole clips would be stored."""
    return [[part.to("cpu", copy=True) for part in (frame.real, frame.fake, frame.flow)] for frame in frames]


def _unpacked(frames: list[list[Tensor]], device: torch.device) -> list[_Frame]:
    return [_Frame(*(part.to(device) for part in frame)) for frame in frames]


def _stack(members: list[list[_Frame]], flows: list[list[Tensor]]) -> Groups:
    """Groups of frames, each (B, ...), to tensors (groups * B, tD, ...)."""
    return Groups(
        real=torch.cat([torch.stack([frame.real for frame in group], dim=1) for group in members]),
        fake=torch.cat([torch.stack([frame.fake for frame in group], dim=1) for group in members]),
        flows=torch.cat([torch.stack(group, dim=1) for group in flows]),
    )
