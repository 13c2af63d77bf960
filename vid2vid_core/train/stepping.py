"""What the training loop asks of whoever trains the networks on a group of clips, and the plain answer to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from torch import Tensor

from vid2vid_core.config import StageConfig
from vid2vid_core.config.schedule import EpochState
from vid2vid_core.train.clip_groups import ClipGroup
from vid2vid_core.train.clip_state import ClipState
from vid2vid_core.train.gathered_step import GatheredStep
from vid2vid_core.train.networks import Networks
from vid2vid_core.train.optimizers import Optimizers
from vid2vid_core.train.parallel.batch_norm import running_statistics, share_statistics
from vid2vid_core.train.parallel.ranks import Ranks
from vid2vid_core.train.precision import reduced_precision
from vid2vid_core.train.rollout import generate_chunk
from vid2vid_core.train.step import Terms, all_jobs, chunk_losses
from vid2vid_core.types import Clip


@dataclass(frozen=True, slots=True)
class Step:
    """What an optimisation step leaves to look at."""

    terms: Terms
    """Loss terms, totals and gradient norms: scalars without graph, means over all ranks."""
    made: Tensor
    """(B, n, 3, H, W), [-1, 1]: frames generated on this rank, without graph."""
    real: Tensor
    """(B, n, 3, H, W): what they should look like."""


class Stepper(Protocol):
    """Trains on groups of clips, one optimisation step per chunk; one on every rank, all called alike."""

    group_size: int
    """Clips of a group, those of all ranks together."""
    replicas: int
    """How many ranks train on clips of their own."""
    reads_flow: bool
    """Whether this rank looks at the reference flow of its clips."""

    def share(self, group: ClipGroup) -> list[list[int]]:
        """The clips of a group that this rank reads, in batches."""

    def begin(self, clips: Sequence[Clip], saved: Any = None) -> None:
        """Take the batches of the next group, on the device; `saved` of an earlier process goes on within them."""

    def step(self, state: EpochState, begin: int, frames: int, place: str) -> Step:
        """Train on the next frames of the group.

        Args:
            state: of the epoch.
            begin: new frames of the clips trained before.
            frames: new frames to train on.
            place: where training is, for error messages.

        Raises:
            NotFiniteError: a loss or gradient is NaN or infinite, on all ranks alike.
            torch.OutOfMemoryError: nothing has been changed, and fewer frames may be tried, if there is one rank.
        """

    def saved(self) -> Any:
        """For a checkpoint: what the next chunk of this group needs of those before it, on the CPU."""

    def collect(self) -> None:
        """Bring all networks and optimisers of the main rank up to date, before they are stored."""


class ClipStepper:
    """Every rank has all networks and clips of its own; gradients are averaged over the ranks and their batches."""

    def __init__(
        self, stage: StageConfig, label_nc: int, networks: Networks, optimizers: Optimizers, ranks: Ranks
    ) -> None:
        """`label_nc`: number of labels, 0 for drawn controls."""
        self._stage, self._label_nc = stage, label_nc
        self._networks, self._optimizers, self._ranks = networks, optimizers, ranks
        self._batches = stage.parallel.accumulate
        self.group_size = stage.data.batchSize * self._batches * ranks.size
        self.replicas, self.reads_flow = ranks.size, True
        if stage.parallel.sync_batch_norm:
            share_statistics([networks.generator, networks.discriminator, *networks.temporal], ranks)
        self._statistics = running_statistics(networks.trained().values())
        self._under_way: list[tuple[Clip, ClipState]] = []

    def share(self, group: ClipGroup) -> list[list[int]]:
        """The clips of a group that this rank reads, in batches."""
        return group.share(self._ranks.rank, self._ranks.size, self._batches)

    def begin(self, clips: Sequence[Clip], saved: Any = None) -> None:
        """Take the batches of the next group, on the device; `saved` of an earlier process goes on within them."""
        if saved is None:
            states = [ClipState.begin(clip.images, self._stage) for clip in clips]
        else:
            states = [ClipState.resume(each, self._stage, self._ranks.device) for each in saved]
        self._under_way = list(zip(clips, states, strict=True))

    def step(self, state: EpochState, begin: int, frames: int, place: str) -> Step:
        """Train on the next frames of the group, as `Stepper.step`."""
        for optimizer in self._optimizers.named().values():
            optimizer.zero_grad(set_to_none=True)  # before anything is generated: their memory is needed for it
        step, networks = GatheredStep(self._ranks, len(self._under_way), self._optimizers.updates), self._networks
        after = [(clip, under_way.copy()) for clip, under_way in self._under_way]
        for clip, under_way in after:
            with reduced_precision(self._stage.speed, self._ranks.device):
                chunk, under_way.carry = generate_chunk(
                    networks.generator, clip, begin, frames, under_way.carry, state, self._label_nc
                )
                losses = chunk_losses(networks, chunk, under_way.history.add(chunk), self._stage)
            step.add(all_jobs(networks, self._optimizers, losses), losses.all())
        terms = step.take(place)
        self._ranks.average(self._statistics)
        if networks.average is not None:
            networks.average.update()
        self._under_way = after
        return Step(terms, chunk.image.detach(), chunk.real)

    def saved(self) -> list[dict[str, Any]]:
        """For a checkpoint: what the next chunk of this group needs of those before it, on the CPU."""
        return [under_way.saved() for _, under_way in self._under_way]

    def collect(self) -> None:
        """All ranks have the same."""
