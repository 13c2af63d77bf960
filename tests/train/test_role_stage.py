"""Whole stages by ranks with roles: they read, log and store what one process does; either goes on from the other."""

import json
import os
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from ranks import run_on_ranks
from toy import Toy, make_dataset, toy_recipe, toy_stage

from vid2vid_core.config import ParallelConfig, StageConfig
from vid2vid_core.config.schedule import schedule
from vid2vid_core.dataset.clips import ClipDataset
from vid2vid_core.dataset.flow_source import flow_source
from vid2vid_core.models.weights import load_generator
from vid2vid_core.runlog import StoppedBySignal
from vid2vid_core.train.loop import Trainer
from vid2vid_core.train.stage import train_stage


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Toy:
    return make_dataset(tmp_path_factory.mktemp("toy"))


def stage_of(makers: int) -> StageConfig:
    """One epoch of two clips with two chunks each."""
    stage = toy_stage(niter=1, n_frames_total=4, max_frames_per_gpu=2 // makers, n_gpus_gen=makers)
    return replace(stage, optimizer=replace(stage.optimizer, ema=0.5))


def with_roles(stage: StageConfig) -> StageConfig:
    return replace(stage, parallel=ParallelConfig(split="roles"))


def train(toy: Toy, folder: Path, stage: StageConfig, stop_after: int | None = None) -> bool:
    """Train until the end, or as if a signal came in that step; whether it came to the end."""
    train_step, done = Trainer._step, 0

    def counted(self: Trainer, *arguments: Any) -> bool:
        nonlocal done
        last = train_step(self, *arguments)
        done += 1
        if done == stop_after and self.ranks.main:
            os.kill(os.getpid(), signal.SIGUSR1)
        return last

    Trainer._step = counted
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # as ranks have: another number of threads rounds in another way
    try:
        train_stage(
            stage,
            recipe=toy_recipe(stage),
            manifest=toy.manifest,
            flow_tables=toy.flow_tables,
            init=None,
            state_dir=folder / "state",
            out_dir=folder / "out",
            device="cpu",
        )
    except StoppedBySignal:
        return False
    finally:
        torch.set_num_threads(threads)
        Trainer._step = train_step
    return True


def losses(folder: Path) -> list[dict[str, float]]:
    return [json.loads(line)["losses"] for line in (folder / "out" / "log.jsonl").read_text().splitlines()]


def same_losses(got: Path, expected: Path) -> None:
    """In float32 rounding grows from step to step."""
    ours, theirs = losses(got), losses(expected)
    assert len(ours) == len(theirs) == 4
    for step, (own, wanted) in enumerate(zip(ours, theirs, strict=True), start=1):
        assert own == pytest.approx(wanted, rel=1e-4 * 4**step, abs=1e-5), step


def test_either_goes_on_from_the_other_in_the_middle_of_a_clip(toy: Toy, tmp_path: Path) -> None:
    stage, whole, first, second = stage_of(2), tmp_path / "whole", tmp_path / "split first", tmp_path / "split second"
    assert train(toy, whole, stage)
    assert run_on_ranks(3, train, toy, first, with_roles(stage), 3) == [False] * 3
    assert train(toy, first, stage)
    same_losses(first, whole)
    assert not train(toy, second, stage, 1)
    assert run_on_ranks(3, train, toy, second, with_roles(stage)) == [True] * 3
    same_losses(second, whole)
    generator, _ = load_generator(second / "out" / "weights.safetensors")
    assert len(list((second / "out" / "samples").iterdir())) == 1
    assert sum(p.numel() for p in generator.parameters()) > 1000


def test_too_few_ranks_are_refused(toy: Toy, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"n_gpus_gen 2 needs 3 to 5 ranks.*\(image, flow, temporal.0\); there are 1"):
        train(toy, tmp_path, with_roles(stage_of(2)))


def test_roles_and_accumulation_exclude_each_other() -> None:
    with pytest.raises(ValueError, match="split roles and accumulate exclude each other"):
        ParallelConfig(split="roles", accumulate=2)


def test_clips_without_flow_have_the_same_pictures(toy: Toy) -> None:
    stage = stage_of(1)
    state = schedule(stage, 6)[0]
    flow = flow_source("stored", toy.flow_tables, None, toy.manifest.parent)
    whole, without = (ClipDataset(toy.manifest, source, stage, state, 3)[1] for source in (flow, None))
    assert torch.equal(whole.images, without.images) and torch.equal(whole.controls, without.controls)
    assert without.flow.shape == (*whole.flow.shape[:3], 0, 0) and without.first(3).flow.shape[1] == 2
