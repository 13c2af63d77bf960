"""The training loop of an image stage: epochs of single pictures; log, samples and checkpoints on the way.

Source: Wang et al., High-Resolution Image Synthesis (pix2pixHD), 2018.
"""

import dataclasses
from collections.abc import Generator
from contextlib import closing
from itertools import cycle, islice

import numpy as np
import torch
from torch import Tensor

from vid2vid_core.config import ImageStageConfig, LossConfig
from vid2vid_core.config.schedule import learning_rate
from vid2vid_core.dataset.frame_pairs import FramePair, FramePairs, collate_pairs
from vid2vid_core.losses import picture_likeness, picture_terms, total
from vid2vid_core.ops import encode_controls
from vid2vid_core.train.gathered_step import GatheredStep
from vid2vid_core.train.guard import LossGuard
from vid2vid_core.train.image_networks import ImageNetworks, ImageOptimizers, discriminator_sizes
from vid2vid_core.train.keeper import Keeper
from vid2vid_core.train.out_of_memory import no_smaller_step
from vid2vid_core.train.parallel.ranks import Ranks
from vid2vid_core.train.position import Position
from vid2vid_core.train.precision import reduced_precision
from vid2vid_core.train.prepare import uncompiled
from vid2vid_core.train.read_ahead import read_ahead
from vid2vid_core.train.record import Record
from vid2vid_core.train.samples import picture_grid, spread
from vid2vid_core.train.step import Job, Terms

_LESS_MEMORY = (
    "Lower data.batchSize, set speed.autocast to bf16, or lower generator.ngf or data.loadSize and data.fineSize; "
    "`vid2vid plan` says what each would need"
)


def picture_step(
    networks: ImageNetworks,
    optimizers: ImageOptimizers,
    stage: ImageStageConfig,
    controls: Tensor,
    pair: FramePair,
    place: str,
    ranks: Ranks | None = None,
) -> tuple[Terms, Tensor]:
    """One update of all networks.

    Args:
        networks: stepped in place.
        optimizers: theirs.
        stage: weights of the losses and sizes.
        controls: (B, C, H, W), encoded.
        pair: real pictures, and the ids that features are pooled by.
        place: where training is, for the error message.
        ranks: each with a batch of its own; None: this process is alone.

    Returns:
        Every loss term, the totals and the gradient norms, as means over the ranks; and the pictures, (B, 3, H, W). All
        are without graph.

    Raises:
        NotFiniteError: a loss or gradient is NaN or infinite.
    """
    losses, sizes = LossConfig(**dataclasses.asdict(stage.losses)), discriminator_sizes(stage)
    with reduced_precision(stage.speed, controls.device):
        made = networks.pictures(controls, pair.images, pair.objects)
        generator, own = picture_terms(networks.discriminator, controls, pair.images, [made], losses, sizes)
        generator |= picture_likeness(pair.images, [made], losses, networks.vgg)
    jobs = [
        Job("D", total(own) / 2, [networks.discriminator], optimizers.discriminator),
        Job("G", total(generator), networks.makers, optimizers.generator),
    ]
    step = GatheredStep(ranks or Ranks.alone(controls.device), 1, optimizers.updates)
    step.add(jobs, generator | own)
    report = step.take(place)
    if networks.average is not None:
        networks.average.update()
    return report, made.detach()


class ImageTrainer:
    """Runs an image stage from a position to its end; everything it changes is in the objects it is given."""

    def __init__(
        self,
        stage: ImageStageConfig,
        pairs: FramePairs,
        networks: ImageNetworks,
        optimizers: ImageOptimizers,
        position: Position,
        ranks: Ranks,
    ) -> None:
        """Nothing runs yet."""
        self.stage, self.pairs = stage, pairs
        self.networks, self.optimizers, self.position, self.ranks = networks, optimizers, position, ranks
        self.epochs = stage.schedule.niter + stage.schedule.niter_decay

    def totals(self) -> tuple[int, int]:
        """Pictures to make and optimisation steps of the whole stage."""
        groups = self._groups(1)
        return self.epochs * sum(len(group) for group in groups), self.epochs * len(groups)

    def run(self, record: Record, keeper: Keeper, guard: LossGuard) -> None:
        """Train to the end of the stage; a checkpoint after the last epoch marks it as finished.

        Raises:
            NotFiniteError: a loss or gradient is NaN or infinite.
            TrainingStuckError: the guard stops the training.
            TooLargeError: a step does not fit into memory.
            StoppedBySignal: a checkpoint has been written.
        """
        with closing(self._batches(self.position.epoch, self.position.clip)) as batches:
            for epoch in range(self.position.epoch, self.epochs + 1):
                rate = learning_rate(self.stage, epoch)
                self.optimizers.enter(rate)
                for group in self._groups(epoch, self.position.clip):
                    self._train(next(batches).to(self.ranks.device), len(group), epoch, rate, record, guard)
                    if keeper.due():
                        record.write(self.position, rate)
                        keeper.save(self.networks, self.optimizers, self.position)
                self._end_epoch(epoch, rate, record)
        keeper.save(self.networks, self.optimizers, self.position)

    def _groups(self, epoch: int, done: int = 0) -> list[list[tuple[int, int]]]:
        """The pictures of an epoch but for the first `done`, as all ranks together train on them, step by step.

        Their order is decided by seed and epoch alone; of several ranks' last group its front makes up what is missing.
        """
        order = self.pairs.order(epoch, self.stage.schedule.frames_per_epoch)
        left, size = order[done:], self.stage.data.batchSize * self.ranks.size
        if self.ranks.size > 1:
            left += islice(cycle(order), -len(left) % size)
        return [left[i : i + size] for i in range(0, len(left), size)]

    def _batches(self, epoch: int, done: int) -> Generator[FramePair, None, None]:
        """What this rank reads from an epoch on, whose first `done` pictures are trained, to the end of the stage."""
        size = self.stage.data.batchSize
        own = slice(self.ranks.rank * size, (self.ranks.rank + 1) * size)
        epochs = range(epoch, self.epochs + 1)
        keys = (group[own] for number in epochs for group in self._groups(number, done if number == epoch else 0))
        workers, device = self.stage.data.num_workers, self.ranks.device
        return read_ahead(self.pairs.__getitem__, keys, collate_pairs, workers=workers, device=device)

    def _train(self, pair: FramePair, count: int, epoch: int, rate: float, record: Record, guard: LossGuard) -> None:
        """Train on this rank's part of a group of `count` pictures."""
        place = f"image stage '{self.stage.name}', epoch {epoch}, picture {self.position.clip + 1}"
        controls = encode_controls(pair.controls, None, self.pairs.manifest.label_nc)
        with no_smaller_step(place, _LESS_MEMORY):
            terms, made = picture_step(self.networks, self.optimizers, self.stage, controls, pair, place, self.ranks)
        self.position.clip += count
        self.position.step += 1
        self.position.frames += count
        record.step(terms, count, self.position, epoch, rate)
        guard.look(terms, made, pair.images, place)

    def _end_epoch(self, epoch: int, rate: float, record: Record) -> None:
        """Log the epoch, now and then make a sample, and move on to the next."""
        self.ranks.main_only(lambda: record.end_epoch(epoch, self.position, rate, self._sample))
        self.position.epoch, self.position.clip = epoch + 1, 0

    @torch.no_grad()
    @uncompiled()
    def _sample(self) -> np.ndarray:
        """Frames of the first training sequence, from its first to its last: always the same."""
        count = len(self.pairs.manifest.runs("train")[0].rows)
        multiple = max(network.size_multiple for network in self.networks.makers)
        pair = collate_pairs([self.pairs.whole(index, multiple) for index in spread(count)]).to(self.ranks.device)
        controls = encode_controls(pair.controls, None, self.pairs.manifest.label_nc)
        made = self.networks.rendering().pictures(controls, pair.images, pair.objects)
        return picture_grid(controls, made, pair.images, self.pairs.manifest.label_nc)
