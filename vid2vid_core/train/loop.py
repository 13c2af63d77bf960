"""The training loop of one stage: epochs, groups of clips, chunks; log, samples and checkpoints on the way."""

from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch

from vid2vid_core.config import StageConfig
from vid2vid_core.config.schedule import EpochState
from vid2vid_core.dataset.clips import ClipDataset, ClipKey, collate
from vid2vid_core.dataset.flow_source import FlowSource
from vid2vid_core.train.clip_groups import ClipGroup, clip_groups
from vid2vid_core.train.guard import LossGuard
from vid2vid_core.train.keeper import Keeper
from vid2vid_core.train.networks import Networks
from vid2vid_core.train.optimizers import Optimizers
from vid2vid_core.train.out_of_memory import FrameLimit, no_smaller_step
from vid2vid_core.train.parallel.ranks import Ranks
from vid2vid_core.train.position import Position
from vid2vid_core.train.prepare import uncompiled
from vid2vid_core.train.read_ahead import read_ahead
from vid2vid_core.train.record import Record
from vid2vid_core.train.rollout import generate_chunk, start_clip
from vid2vid_core.train.samples import sample_grid
from vid2vid_core.train.stepping import Stepper
from vid2vid_core.train.validation import Validation
from vid2vid_core.types import Clip


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
    """Runs a stage from a position to its end, on every rank; everything it changes is in the objects it is given."""

    def __init__(
        self,
        stage: StageConfig,
        plan: list[EpochState],
        data: TrainingData,
        networks: Networks,
        optimizers: Optimizers,
        stepper: Stepper,
        position: Position,
        limit: FrameLimit,
        ranks: Ranks,
    ) -> None:
        """Nothing runs yet; `stepper` trains the networks with the optimisers, `limit` divides what does not fit."""
        self.stage, self.plan, self.data = stage, plan, data
        self.networks, self.optimizers, self.stepper = networks, optimizers, stepper
        self.position, self.limit, self.ranks = position, limit, ranks

    def totals(self) -> tuple[int, int]:
        """Frames to generate and optimisation steps of the whole stage, on all ranks together."""
        groups = [group for state in self.plan for group in self._groups(state)]
        frames = sum(len(group.clips) * group.chunks * group.chunk_frames for group in groups)
        return frames, sum(group.chunks for group in groups)

    def run(self, record: Record, keeper: Keeper, guard: LossGuard, validation: Validation, saved: Any = None) -> None:
        """Train to the end of the stage; a checkpoint after the last epoch marks it as finished.

        Args:
            record: what is told of the training.
            keeper: writes checkpoints.
            guard: looks for training that learns nothing.
            validation: judges the training now and then.
            saved: `Stepper.saved` where the position is within a group of clips.

        Raises:
            NotFiniteError: a loss or gradient is NaN or infinite.
            TrainingStuckError: the guard stops the training.
            TooLargeError: not even a single frame fits into memory.
            StoppedBySignal: a checkpoint has been written; or memory has run out on one of several ranks.
        """
        with closing(self._batches(self.position.epoch, self.position.clip)) as batches:
            for state in self.plan[self.position.epoch - 1 :]:
                self.optimizers.enter(state)
                for group in self._groups(state, self.position.clip):
                    self.stepper.begin(self._clips(group, batches), saved)
                    saved = None
                    done = False
                    while not done:
                        done = self._step(group, state, record, guard)
                        validation.after_step(self.position, self.networks, record)
                        if keeper.due():
                            record.write(self.position, state.lr)
                            self._save(keeper, None if done else self.stepper.saved())
                self._end_epoch(state, record, keeper, validation)
        self._save(keeper)

    def _save(self, keeper: Keeper, under_way: Any = None) -> None:
        self.stepper.collect()
        keeper.save(self.networks, self.optimizers, self.position, under_way)

    def _groups(self, state: EpochState, done: int = 0) -> list[ClipGroup]:
        return clip_groups(self.stage, state, self.data.lengths, self.data.seed, self.stepper.group_size, done)

    def _batches(self, epoch: int, done: int) -> Generator[Clip, None, None]:
        """What this rank reads from an epoch on, whose first `done` clips are trained, to the end of the stage."""

        def keys() -> Iterator[list[ClipKey]]:
            for state in self.plan[epoch - 1 :]:
                for group in self._groups(state, done if state.epoch == epoch else 0):
                    yield from ([(state, clip) for clip in batch] for batch in self.stepper.share(group))

        return read_ahead(
            self._dataset.read,
            keys(),
            collate,
            workers=self.stage.data.num_workers,
            device=self.ranks.device,
            beside=self.data.flow.forkable or not self.stepper.reads_flow,
        )

    def _clips(self, group: ClipGroup, batches: Iterator[Clip]) -> list[Clip]:
        """The next batches, those of a group, on the device."""
        place = f"stage '{self.stage.name}', clips of {group.frames} frames"
        with no_smaller_step(place, "Lower schedule.max_frames_total, data.batchSize or parallel.accumulate"):
            return [next(batches).first(group.frames).to(self.ranks.device) for _ in self.stepper.share(group)]

    @cached_property
    def _dataset(self) -> ClipDataset:
        flow = self.data.flow if self.stepper.reads_flow else None
        return ClipDataset(self.data.manifest, flow, self.stage, self.plan[0], self.data.seed)

    def _step(self, group: ClipGroup, state: EpochState, record: Record, guard: LossGuard) -> bool:
        """Train on the next chunk of a group, or what of it fits into memory; returns whether the group is done."""
        position = self.position
        begin = position.chunk * group.chunk_frames + position.within
        place = f"stage '{self.stage.name}', epoch {state.epoch}, clip {position.clip + 1}, frame {begin + 1}"
        wanted = group.chunk_frames - position.within
        step, new = self.limit.step(self.stepper, state, begin, wanted, place)
        frames = len(group.clips) * new
        done = position.advance(new, frames, group)
        record.step(step.terms, frames, position, state.epoch, state.lr, group.chunks * group.chunk_frames)
        guard.look(step.terms, step.made, step.real, place)
        return done

    def _end_epoch(self, state: EpochState, record: Record, keeper: Keeper, validation: Validation) -> None:
        """Log the epoch, now and then make a sample, and move on to the next."""
        self.ranks.main_only(lambda: record.end_epoch(state.epoch, self.position, state.lr, self._sample))
        if not validation.after_epoch(self.position, self.networks, record) and keeper.due():
            self._save(keeper)  # a signal came, so this is the end
        self.position.epoch, self.position.clip = state.epoch + 1, 0

    @torch.no_grad()
    @uncompiled()
    def _sample(self) -> np.ndarray:
        """The first chunk of the first clip as of the first epoch: always the same frames."""
        state = self.plan[0]
        clip = self._dataset.read((state, 0)).to(self.ranks.device)
        frames = min(clip.images.shape[1] - self.stage.generator.n_frames_G + 1, 8)
        carry = start_clip(clip.images, self.stage.generator)
        generator = self.networks.rendering().eval()  # its running statistics, if any, stay as they are
        chunk, _ = generate_chunk(generator, clip, 0, frames, carry, state, self.data.label_nc)
        generator.train()
        return sample_grid(chunk, self.data.label_nc)
