"""The side of a rank that judges: its part of the losses, its discriminators, and the gradients it sends back."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from vid2vid_core.config.schedule import EpochState
from vid2vid_core.losses import total
from vid2vid_core.train.parallel.roles import CHANNELS, wanted
from vid2vid_core.train.parallel.side import Learnt, Task
from vid2vid_core.train.precision import reduced_precision
from vid2vid_core.train.rollout import Frames, beside_real, shown_controls
from vid2vid_core.train.step import StepLosses, chunk_losses, compute_gradients, discriminator_jobs
from vid2vid_core.train.temporal import make_history
from vid2vid_core.types import Chunk, Clip


class Judge:
    """Sees all frames of a chunk, and of each what its parts of the losses look at."""

    def __init__(self, task: Task) -> None:
        """Nothing is judged yet; the discriminators of this rank's parts are on its device."""
        self._roles, self._stage, self._label_nc = task.roles, task.stage, task.label_nc
        self._networks, self._optimizers, self._wire = task.networks, task.optimizers, task.wire
        self._parts = task.roles.of(task.rank)
        self._names = wanted(self._parts, task.stage)
        scales = range(task.stage.discriminator.n_scales_temporal)
        self._scales = [k for k in scales if f"temporal.{k}" in self._parts]
        self._past = task.stage.generator.n_frames_G - 1

    def begin(self, clip: Clip, saved: dict[str, Any] | None) -> None:
        """Take a clip; `saved` by a `ClipState` where it goes on within it."""
        self._clip, device = clip, clip.images.device
        self._history = make_history(self._stage.discriminator, self._scales)
        if saved is None or saved["first"]:
            self._last = clip.images[:, self._past - 1]
        else:
            self._last = saved["pictures"][-1][:, -1].to(device)
        if saved is not None:
            self._history.resume(saved["history"], device)

    def learn(self, state: EpochState, begin: int, frames: int) -> Learnt:
        """Judge a chunk; the makers get their gradients first, since they wait."""
        for optimizer in self._optimizers.named().values():
            optimizer.zero_grad(set_to_none=True)  # before anything is judged: their memory is needed for it
        chunk = self._receive(begin, frames)
        groups = self._history.add(chunk)
        with reduced_precision(self._stage.speed, chunk.real.device):
            losses = chunk_losses(self._networks, chunk, groups, self._stage, self._parts)
        self._send_back(losses)
        terms = losses.all() | ({"loss_G": total(losses.generator)} if losses.generator else {})
        jobs = discriminator_jobs(self._networks, self._optimizers, losses)
        terms |= compute_gradients(jobs, self._optimizers.updates)
        self._wire.finish()
        return Learnt(terms, chunk.image.detach(), chunk.real, [job.optimizer for job in jobs])

    def saved(self) -> dict[str, Any]:
        """For a checkpoint: the frames that this rank's temporal discriminators have not done with."""
        return {"history": self._history.state()} if self._scales else {}

    def _receive(self, begin: int, frames: int) -> Chunk:
        """Take the frames of a chunk from the makers, as leaves of a graph of their own."""
        clip, index = self._clip, begin + self._past
        batch, _, _, *size = clip.images.shape
        channels = [CHANNELS[name] for name in self._names]
        self._blocks = [len(self._roles.block(maker, frames)) for maker in range(self._roles.makers)]
        parcels = [
            self._wire.expect((batch, count, sum(channels), *size), clip.images.dtype, maker)
            for maker, count in enumerate(self._blocks)
            if count
        ]
        packed = torch.cat([parcel.open() for parcel in parcels], dim=1)
        leaves = [part.contiguous().requires_grad_() for part in packed.split(channels, dim=2)]
        self._leaves = dict(zip(self._names, leaves, strict=True))
        if "image" in self._parts:
            controls = shown_controls(clip, slice(index, index + frames), self._label_nc)
        else:
            controls = clip.images[:, :0]  # nobody here looks at them
        chunk = beside_real(self._frames(batch, frames, size), clip, controls, index, self._last)
        self._last = chunk.image[:, -1].detach().clone()
        return chunk

    def _frames(self, batch: int, frames: int, size: Sequence[int]) -> Frames:
        """What was received; in place of what no part of this rank looks at, zeros that need no memory."""
        zero = self._clip.images.new_zeros(())

        def get(name: str) -> Tensor:
            return self._leaves.get(name, zero.expand(batch, frames, CHANNELS[name], *size))

        without = self._stage.generator.no_flow
        return Frames(get("image"), get("raw"), None if without else get("flow"), None if without else get("weight"))

    def _send_back(self, losses: StepLosses) -> None:
        """Send the makers the gradients of the generator's losses; those of the discriminators can still be had."""
        leaves = list(self._leaves.values())
        if losses.generator:
            keep = bool(losses.discriminator or losses.temporal)
            loss = self._optimizers.updates.scaled(total(losses.generator))
            torch.autograd.backward(loss, inputs=leaves, retain_graph=keep)
        gradients = [torch.zeros_like(leaf) if leaf.grad is None else leaf.grad for leaf in leaves]
        for maker, part in enumerate(torch.cat(gradients, dim=2).split(self._blocks, dim=1)):
            if part.shape[1]:
                self._wire.send(part, maker)
        self._leaves = {}
