"""Training one replica by ranks with roles: makers generate the frames of a chunk in turn, judges compute the losses.

A step: each maker generates its frames and sends them to the judges, each judge sends back the gradients that its part
of the losses gives, then computes those of its discriminators while the makers, the last one first, compute theirs. The
generator's gradients are added up over the makers. All ranks learn all terms, and update if these are finite.
"""

from collections.abc import Sequence
from typing import Any

import torch.distributed as dist

from vid2vid_core.config.schedule import EpochState
from vid2vid_core.train.clip_groups import ClipGroup
from vid2vid_core.train.optimizers import allocate_state
from vid2vid_core.train.parallel.judge import Judge
from vid2vid_core.train.parallel.maker import Maker
from vid2vid_core.train.parallel.ranks import Ranks
from vid2vid_core.train.parallel.role_networks import collect, release
from vid2vid_core.train.parallel.shared_terms import SharedTerms
from vid2vid_core.train.parallel.side import Side, Task
from vid2vid_core.train.stepping import Step
from vid2vid_core.train.temporal import join_states, make_history
from vid2vid_core.types import Clip


class RoleStepper:
    """A `Stepper` whose ranks all work on the same clips."""

    def __init__(self, task: Task, ranks: Ranks) -> None:
        """Made on all ranks alike, once weights and optimisers are loaded."""
        release(task.networks, task.optimizers, task.roles, ranks)
        self._task, self._ranks, self._terms = task, ranks, SharedTerms(ranks)
        makers = dist.new_group(list(range(task.roles.makers))) if task.roles.makers > 1 else None
        self._side: Side = Maker(task, makers) if task.rank < task.roles.makers else Judge(task)
        self.group_size, self.replicas = task.stage.data.batchSize, 1
        self.reads_flow = any(part == "flow" or part.startswith("temporal.") for part in task.roles.of(task.rank))

    def share(self, group: ClipGroup) -> list[list[int]]:
        """The clips of a group: the same on every rank."""
        return group.share(0, 1, 1)

    def begin(self, clips: Sequence[Clip], saved: Any = None) -> None:
        """Take the batch of the next group, on the device; `saved` of an earlier process goes on within it."""
        (clip,) = clips
        self._side.begin(clip, None if saved is None else saved[0])

    def step(self, state: EpochState, begin: int, frames: int, place: str) -> Step:
        """Train on the next frames of the group, as `Stepper.step`; the pictures are those this rank has seen."""
        learnt = self._side.learn(state, begin, frames)
        terms = self._terms.add_up(learnt.terms)
        for optimizer in learnt.optimizers:
            allocate_state(optimizer)
        self._task.optimizers.updates.take(learnt.optimizers, terms, place)
        if self._task.networks.average is not None:
            self._task.networks.average.update()
        return Step(terms, learnt.made, learnt.real)

    def saved(self) -> list[dict[str, Any]] | None:
        """For a checkpoint, on the main rank: what an unsplit training would save; None on the others."""
        shares = self._ranks.gather(self._side.saved())
        if not shares:
            return None
        histories = [share["history"] for share in shares if "history" in share]
        without = make_history(self._task.stage.discriminator).state()
        return [{**shares[0], "history": join_states(histories) if histories else without}]

    def collect(self) -> None:
        """Bring what the main rank has of the other ranks' networks and optimisers up to date."""
        collect(self._task, self._ranks)
