"""An optimisation step over several batches, one after the other on this rank and side by side on others."""

from collections.abc import Sequence

from vid2vid_core.train.parallel.averaging import Averaging
from vid2vid_core.train.parallel.ranks import Ranks
from vid2vid_core.train.step import Job, Terms, apply_gradients, backward, gradient_norm
from vid2vid_core.train.updates import Updates


class GatheredStep:
    """Gradients of the mean loss of all batches of all ranks, then all updates.

    Batches of a size and length count alike, so that the step is that of one large batch, but for batch normalisation,
    whose statistics are those of each batch unless `parallel.sync_batch_norm` joins those of the ranks.
    """

    def __init__(self, ranks: Ranks, batches: int, updates: Updates) -> None:
        """`batches`: how many this rank, like every other, is going to add; `updates` of the stage's optimisers."""
        self._ranks, self._batches, self._updates, self._added = ranks, batches, updates, 0
        self._jobs: Sequence[Job] = ()
        self._under_way: list[Averaging] = []
        self._sums: Terms = {}
        self._counts: dict[str, int] = {}

    def add(self, jobs: Sequence[Job], terms: Terms) -> None:
        """Add the gradients of a batch.

        Args:
            jobs: as of `step.take_step`; the same optimisers for every batch and on every rank.
            terms: loss terms, for the report.
        """
        self._jobs = jobs
        if not self._added:
            for job in jobs:
                job.optimizer.zero_grad(set_to_none=True)
        self._added += 1
        last = self._added == self._batches
        for job in jobs:
            with Averaging(job.parameters() if last else [], self._ranks) as averaging:
                backward(job, self._updates, keep_graph=job is not jobs[-1], share=1 / self._batches)
            self._under_way.append(averaging)
        for name, value in (terms | {f"loss_{job.name}": job.loss for job in jobs}).items():
            self._sums[name] = self._sums[name] + value.detach() if name in self._sums else value.detach()
            self._counts[name] = self._counts.get(name, 0) + 1

    def take(self, place: str) -> Terms:
        """Update all networks.

        Args:
            place: where training is, for the error message.

        Returns:
            The means of the terms and losses over all batches that have them, and the norm of the gradients of every
            job; scalars without graph.

        Raises:
            NotFiniteError: on all ranks, if a loss or gradient of any is NaN or infinite; no network has been changed.
        """
        report = self._ranks.means({name: value / self._counts[name] for name, value in self._sums.items()})
        for averaging in self._under_way:
            averaging.finish()
        for job in self._jobs:
            self._updates.unscale(job.parameters())
        report |= {f"gradient_{job.name}": gradient_norm(job.parameters()) for job in self._jobs}
        apply_gradients(self._jobs, report, place, self._updates)
        return report
