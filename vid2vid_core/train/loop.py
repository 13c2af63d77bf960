"""The training loop of one stage: epochs, clips, chunks; log, samples and checkpoints on the way."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.utils.data import DataLoader

from vid2vid_core.config import StageConfig
from vid2vid_core.config.schedule import EpochState, training_window
from vid2vid_core.dataset.clips import ClipDataset, collate
from vid2vid_core.dataset.flow_source import FlowSource
from vid2vid_core.train.clip_state import ClipState
from vid2vid_core.train.guard import LossGuard
from vid2vid_core.train.journal import Journal, Means
from vid2vid_core.train.keeper import Keeper
from vid2vid_core.train.networks import Networks
from vid2vid_core.train.optimizers import Optimizers
from vid2vid_core.train.position import Position
from vid2vid_core.train.progress import Progress
from vid2vid_core.train.rollout import generate_chunk, start_clip
from vid2vid_core.train.samples import sample_grid
from vid2vid_core.train.step import Terms, chunk_losses, update
from vid2vid_core.train.stop_signals import leave_signals_to_parent
from vid2vid_core.types import Clip

logger = logging.getLogger("vid2vid_core.train")

_LOG_LINES = 2000
"""A stage writes about this many log lines at most; a short one writes a line per step."""

_SHOWN = ("loss_G", "loss_D")


@dataclass(frozen=True, slots=True)
class TrainingData:
    """Where clips come from."""

    manifest: Path
    flow: FlowSource
    label_nc: int
    lengths: tuple[int, ...]
    """Length of every training run long enough for the generator, frames."""
    seed: int
    """Same seed, same clips in the same order."""


class Trainer:
    """Runs a stage from a position to its end; everything it changes is in the objects it is given."""

    def __init__(
        self,
        stage: StageConfig,
        plan: list[EpochState],
        data: TrainingData,
        networks: Networks,
        optimizers: Optimizers,
        position: Position,
        clip: dict[str, Any] | None,
    ) -> None:
        """Nothing runs yet; `clip` is `ClipState.saved` where `position` is within a clip."""
        self.stage, self.plan, self.data = stage, plan, data
        self.networks, self.optimizers, self.position = networks, optimizers, position
        self._saved_clip = clip
        self.device = next(networks.generator.parameters()).device
        self._epoch_means = Means()
        frames, steps = self._totals()
        self.total_frames, self._log_every = frames, max(1, steps // _LOG_LINES)

    def run(self, journal: Journal, progress: Progress, keeper: Keeper, guard: LossGuard) -> None:
        """Train to the end of the stage; a checkpoint after the last epoch marks it as finished.

        Raises:
            NotFiniteError: a loss or gradient is NaN or infinite.
            TrainingStuckError: the guard stops the training.
            StoppedBySignal: a checkpoint has been written.
        """
        for state in self.plan[self.position.epoch - 1 :]:
            self.optimizers.enter(state)
            for clip in self._clips(state):
                for under_way in self._train_clip(clip, state, journal, progress, guard):
                    if keeper.due():
                        journal.write(self.position, state.lr)
                        saved = None if under_way is None else under_way.saved()
                        keeper.save(self.networks, self.optimizers, self.position, saved)
            self._end_epoch(state, journal)
        keeper.save(self.networks, self.optimizers, self.position)

    def _clips(self, state: EpochState) -> Iterator[Clip]:
        """The epoch's batches from the one under way on, in an order that only seed and epoch decide."""
        dataset = ClipDataset(self.data.manifest, self.data.flow, self.stage, state, self.data.seed)
        order = np.random.default_rng([self.data.seed, state.epoch]).permutation(len(dataset))
        size = self.stage.data.batchSize
        batches = [order[i : i + size].tolist() for i in range(0, len(order), size)]
        loader = DataLoader(
            dataset,
            batch_sampler=batches[self.position.clip :],
            collate_fn=collate,
            num_workers=self.stage.data.num_workers,
            worker_init_fn=leave_signals_to_parent,
            generator=torch.Generator(),  # its own, so that opening a loader once more after a stop draws no number
        )
        for clip in loader:
            yield clip.to(self.device)

    def _train_clip(
        self, clip: Clip, state: EpochState, journal: Journal, progress: Progress, guard: LossGuard
    ) -> Iterator[ClipState | None]:
        """Train the chunks that are left of a clip; after each, yields what the next one needs, None after the last."""
        batch, new = clip.images.shape[0], clip.images.shape[1] - self.stage.generator.n_frames_G + 1
        size = min(new, state.chunk_frames)
        under_way = self._resume_clip() or ClipState.begin(clip.images, self.stage)
        for number in range(self.position.chunk, new // size):
            begin = number * size
            place = f"stage '{self.stage.name}', epoch {state.epoch}, clip {self.position.clip + 1}, frame {begin + 1}"
            chunk, under_way.carry = generate_chunk(
                self.networks.generator, clip, begin, size, under_way.carry, state, self.data.label_nc
            )
            losses = chunk_losses(self.networks, chunk, under_way.history.add(chunk), self.stage)
            terms = update(self.networks, self.optimizers, losses, place)
            last = number + 1 == new // size
            self.position.chunk = 0 if last else number + 1
            self.position.clip += int(last)
            self.position.step += 1
            self.position.frames += batch * size
            self._report(terms, batch * size, state, journal, progress)
            guard.look(terms, chunk.image, chunk.real, place)
            yield None if last else under_way

    def _resume_clip(self) -> ClipState | None:
        """The clip that was under way when the training was stopped, once; None if there is none."""
        saved, self._saved_clip = self._saved_clip, None
        return None if saved is None else ClipState.resume(saved, self.stage, self.device)

    def _report(self, terms: Terms, frames: int, state: EpochState, journal: Journal, progress: Progress) -> None:
        """Count a step in the log and on the screen."""
        journal.add(terms, frames)
        self._epoch_means.add({name: terms[name] for name in _SHOWN})
        means = journal.write(self.position, state.lr) if self.position.step % self._log_every == 0 else {}
        shown = {name: means[name] for name in _SHOWN if name in means}
        progress.advance(frames, f"epoch {state.epoch} of {len(self.plan)}", shown)

    def _end_epoch(self, state: EpochState, journal: Journal) -> None:
        """Log the epoch, now and then make a sample, and move on to the next."""
        journal.write(self.position, state.lr)
        last = len(self.plan)
        if state.epoch in {1, last, *(round(last * share) for share in (0.25, 0.5, 0.75))}:
            journal.picture(self._sample(), self.position)
        means = ", ".join(f"{name} {value:.3f}" for name, value in self._epoch_means.read().items())
        logger.info(
            "stage %s, epoch %d of %d done: %s", self.stage.name, state.epoch, last, means or "nothing left of it"
        )
        self.position.epoch, self.position.clip = state.epoch + 1, 0

    @torch.no_grad()
    def _sample(self) -> np.ndarray:
        """The first chunk of the first clip as of the first epoch: always the same frames."""
        state = self.plan[0]
        clip = ClipDataset(self.data.manifest, self.data.flow, self.stage, state, self.data.seed)[0].to(self.device)
        frames = min(clip.images.shape[1] - self.stage.generator.n_frames_G + 1, 8)
        carry = start_clip(clip.images, self.stage.generator)
        generator = self.networks.rendering().eval()  # its running statistics, if any, stay as they are
        chunk, _ = generate_chunk(generator, clip, 0, frames, carry, state, self.data.label_nc)
        generator.train()
        return sample_grid(chunk, self.data.label_nc)

    def _totals(self) -> tuple[int, int]:
        """Frames and optimisation steps of the whole stage (a little fewer where clips of a batch differ in length)."""
        frames = steps = 0
        for state in self.plan:
            for length in self.data.lengths:
                window = training_window(
                    length,
                    state.n_frames_total,
                    state.chunk_frames,
                    self.stage.generator.n_frames_G,
                    self.stage.data.max_t_step,
                )
                frames += window.new_frames * self.stage.schedule.clips_per_sequence
                steps += window.chunks * self.stage.schedule.clips_per_sequence
        return frames, steps // self.stage.data.batchSize
