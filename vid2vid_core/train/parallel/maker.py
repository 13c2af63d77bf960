"""The side of a rank that generates frames: its block of each chunk, and the gradients that come back for it."""

from collections.abc import Sequence
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn

from vid2vid_core.config.schedule import EpochState
from vid2vid_core.train.parallel.averaging import sum_gradients
from vid2vid_core.train.parallel.roles import CHANNELS, reaches_back, wanted
from vid2vid_core.train.parallel.side import Learnt, Task
from vid2vid_core.train.parallel.wire import Parcel, pack, unpack
from vid2vid_core.train.precision import reduced_precision
from vid2vid_core.train.rollout import Carry, Frames, generate_frames, shown_controls, stack_frames, start_clip
from vid2vid_core.train.step import gradient_norm
from vid2vid_core.types import Clip


class Maker:
    """Generates the frames of its block after the maker before has sent the last pictures of the block before."""

    def __init__(self, task: Task, makers: dist.ProcessGroup | None) -> None:
        """Nothing is generated yet; `makers` is the group of all makers, None where there is one."""
        self._rank, self._roles, self._stage, self._label_nc = task.rank, task.roles, task.stage, task.label_nc
        self._generator, self._optimizers, self._makers = task.networks.generator, task.optimizers, makers
        self._wire, self._past = task.wire, task.stage.generator.n_frames_G - 1

    def begin(self, clip: Clip, saved: dict[str, Any] | None) -> None:
        """Take a clip; `saved` by a `ClipState` where it goes on within it."""
        self._clip, self._dtype = clip, clip.images.dtype
        if saved is None:
            self._carry = start_clip(clip.images, self._stage.generator)
        else:
            self._carry = Carry([level.to(clip.images.device) for level in saved["pictures"]], saved["first"])

    def learn(self, state: EpochState, begin: int, frames: int) -> Learnt:
        """Generate this rank's block of a chunk; compute the gradients of the generator, as of all blocks together."""
        optimizer = self._optimizers.generator
        optimizer.zero_grad(set_to_none=True)  # before anything is generated: their memory is needed for it
        made, real = self._generate(state, begin, frames)
        parameters = [parameter for parameter in self._generator.parameters() if parameter.requires_grad]
        statistics = self._close_ring()
        self._backward(parameters)
        if statistics:
            self._adopt(statistics)  # only now: the backward pass needs those of its own forward pass
        self._wire.finish()
        if self._makers is not None:
            sum_gradients(parameters, self._makers)
        self._optimizers.updates.unscale(parameters)
        return Learnt({"gradient_G": gradient_norm(parameters)} if self._rank == 0 else {}, made, real, [optimizer])

    def saved(self) -> dict[str, Any]:
        """For a checkpoint: the last pictures; those of the first maker are the newest."""
        pictures = [picture.to("cpu", copy=True) for picture in self._carry.pictures]
        return {"pictures": pictures, "first": self._carry.first}

    def _generate(self, state: EpochState, begin: int, frames: int) -> tuple[Tensor, Tensor]:
        """Generate this rank's block and hand it on.

        Returns:
            Its pictures, or those before an empty block, without graph; and the real ones.
        """
        self._state, self._frames = state, frames
        self._block = block = self._roles.block(self._rank, frames)
        start = self._start(first=begin == 0)
        window = slice(begin + block.start, begin + block.stop + self._past)
        controls = shown_controls(self._clip, window, self._label_nc)
        with reduced_precision(self._stage.speed, controls.device):
            outputs, self._pictures = generate_frames(self._generator, controls, block, start, state)
        self._made = stack_frames(outputs) if outputs else None
        self._hand_on()
        real = self._clip.images[:, window]
        if self._made is None:
            return self._pictures[-1].detach(), real
        return self._made.image.detach(), real[:, self._past :]

    def _start(self, *, first: bool) -> Carry:
        """The pictures before this block; the maker before sends them, with gradient where theirs will be asked for."""
        self._leaves: list[Tensor] = []
        if self._rank == 0:
            return self._carry
        pictures, statistics = self._handed_on(self._rank - 1)
        self._adopt(statistics)
        if self._crosses(self._block.start):
            self._leaves = [level.requires_grad_() for level in self._trained(pictures)]
        return Carry(pictures, first)

    def _hand_on(self) -> None:
        """Pictures to the next maker, frames to the judges; what the last one hands on goes to the first."""
        makers = self._roles.makers
        if makers > 1:
            self._send([*self._pictures, *self._generator.buffers()], (self._rank + 1) % makers)
        if self._made is not None:
            for judge in range(makers, self._roles.size):
                names = wanted(self._roles.of(judge), self._stage)
                self._wire.send(torch.cat(_parts(self._made, names), dim=2).to(self._dtype), judge)

    def _close_ring(self) -> list[Tensor]:
        """Take the last pictures of the chunk, on the first maker; returns the running statistics after it."""
        if self._roles.makers == 1:
            self._carry = Carry([level.detach() for level in self._pictures], first=False)
        elif self._rank == 0:
            pictures, statistics = self._handed_on(self._roles.makers - 1)
            self._carry = Carry(pictures, first=False)
            return statistics
        return []

    def _backward(self, parameters: Sequence[nn.Parameter]) -> None:
        """Gradients of this block, once the judges and the maker after have sent theirs for what it made."""
        roots, gradients = self._from_judges()
        if self._rank + 1 < self._roles.makers and self._crosses(self._block.stop):
            pictures = self._trained(self._pictures)
            roots += pictures
            gradients += self._receive(pictures, self._rank + 1)
        pairs = [(root, gradient) for root, gradient in zip(roots, gradients, strict=True) if root.requires_grad]
        if pairs:
            tensors, values = zip(*pairs, strict=True)
            torch.autograd.backward(tensors, values, inputs=[*parameters, *self._leaves])
        if self._leaves:
            back = [torch.zeros_like(leaf) if leaf.grad is None else leaf.grad for leaf in self._leaves]
            self._send(back, self._rank - 1)
        self._made, self._pictures, self._leaves = None, [], []

    def _from_judges(self) -> tuple[list[Tensor], list[Tensor]]:
        """What was sent to the judges, and the sums of the gradients that they send back."""
        if self._made is None:
            return [], []
        batch, frames, _, *size = self._made.image.shape
        parcels: list[tuple[tuple[str, ...], Parcel]] = []
        for judge in range(self._roles.makers, self._roles.size):
            names = wanted(self._roles.of(judge), self._stage)
            shape = (batch, frames, sum(CHANNELS[name] for name in names), *size)
            parcels.append((names, self._wire.expect(shape, self._dtype, judge)))
        sums: dict[str, Tensor] = {}
        for names, parcel in parcels:
            parts = parcel.open().split([CHANNELS[name] for name in names], dim=2)
            for name, gradient in zip(names, parts, strict=True):
                sums[name] = sums[name] + gradient if name in sums else gradient
        roots = _parts(self._made, tuple(sums))
        return roots, [gradient.to(root.dtype) for root, gradient in zip(roots, sums.values(), strict=True)]

    def _crosses(self, border: int) -> bool:
        return reaches_back(border, self._frames, self._past, self._state.n_frames_bp)

    def _trained(self, pictures: list[Tensor]) -> list[Tensor]:
        """Those of the scales that are trained."""
        return list(pictures) if self._state.train_all_scales else list(pictures[-1:])

    def _handed_on(self, source: int) -> tuple[list[Tensor], list[Tensor]]:
        """Pictures and running statistics that another maker has handed on."""
        count = len(self._carry.pictures)
        received = self._receive([*self._carry.pictures, *self._generator.buffers()], source)
        return received[:count], received[count:]

    def _adopt(self, statistics: Sequence[Tensor]) -> None:
        """Go on from the running statistics of another maker, if there are any."""
        for own, value in zip(self._generator.buffers(), statistics, strict=True):
            own.copy_(value)

    def _send(self, tensors: Sequence[Tensor], to: int) -> None:
        self._wire.send(pack(tensors, self._dtype), to)

    def _receive(self, like: Sequence[Tensor], source: int) -> list[Tensor]:
        shapes = [tensor.shape for tensor in like]
        packed = self._wire.expect((sum(shape.numel() for shape in shapes),), self._dtype, source).open()
        return [part.to(tensor.dtype) for part, tensor in zip(unpack(packed, shapes), like, strict=True)]


def _parts(made: Frames, names: tuple[str, ...]) -> list[Tensor]:
    """What is sent of frames, in the order of `names`."""
    return [getattr(made, name) for name in names]
