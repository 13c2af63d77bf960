"""Training on a device that is too small for a whole chunk."""

import gc
import json
import logging
import sys
import time
import weakref
from dataclasses import replace

import pytest
import torch
from toy import make_dataset, toy_recipe, toy_stage

from vid2vid_core.models.video_generator import VideoGenerator
from vid2vid_core.runlog import StoppedBySignal
from vid2vid_core.train import optimizers
from vid2vid_core.train.out_of_memory import FrameLimit, TooLargeError, is_out_of_memory, no_smaller_step
from vid2vid_core.train.parallel import launch as launching
from vid2vid_core.train.parallel.ranks import Ranks
from vid2vid_core.train.stage import train_stage

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def toy(tmp_path_factory):
    return make_dataset(tmp_path_factory.mktemp("toy"), sequences=1, frames=10)


def stage_of(chunk):
    """Two clips of eight new frames an epoch, in chunks of so many."""
    stage = toy_stage(niter=1, n_frames_total=8, max_frames_per_gpu=chunk, clips_per_sequence=2)
    sizes = replace(stage.discriminator, n_frames_D=2, n_scales_temporal=2)
    return replace(stage, discriminator=sizes)


def train(toy, folder, chunk, minutes=10.0):
    stage = stage_of(chunk)
    places = {"state_dir": folder / "state", "out_dir": folder / "out", "device": "cpu"}
    tables = {"manifest": toy.manifest, "flow_tables": toy.flow_tables, "init": None}
    train_stage(stage, recipe=toy_recipe(stage, checkpoint_minutes=minutes), **tables, **places)
    return (folder / "out" / "weights.safetensors").read_bytes()[-20000:], facts(folder)


def facts(folder):
    return json.loads((folder / "out" / "provenance.json").read_text())


class SmallDevice:
    """Runs out of memory when it is to keep the graphs of more frames than it can."""

    def __init__(self, monkeypatch, frames):
        self.frames, self.kept, self.failures = frames, [], 0
        make = VideoGenerator.forward

        def forward(network, *args, **settings):
            output = make(network, *args, **settings)
            if torch.is_grad_enabled():
                self.kept = [graph for graph in self.kept if graph() is not None]
                if len(self.kept) >= self.frames:
                    self.failures += 1
                    raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
                self.kept.append(weakref.ref(output.image))
            return output

        monkeypatch.setattr(VideoGenerator, "forward", forward)


def last_steps(folder):
    lines = [json.loads(line) for line in (folder / "out" / "log.jsonl").read_text().splitlines()]
    return [line["frames"] for line in lines]


def test_chunks_are_halved_until_they_fit_and_no_frame_is_lost(toy, tmp_path, monkeypatch, caplog):
    device = SmallDevice(monkeypatch, frames=2)
    with caplog.at_level(logging.WARNING, logger="vid2vid_core.train"):
        _, done = train(toy, tmp_path, chunk=8)
    assert device.failures == 2  # 8 and 4 frames; then 2 fit, and nothing longer is tried again
    assert done["frames"] == 16
    assert done["steps"] == 8
    assert last_steps(tmp_path) == list(range(2, 17, 2))
    messages = [record.getMessage() for record in caplog.records]
    assert any("memory ran out with 8 frames in a step; from now on a step has at most 4" in text for text in messages)
    assert any("at most 2. The clip goes on where it was" in text for text in messages)


def test_training_ends_as_if_the_shorter_chunks_had_been_asked_for(toy, tmp_path, monkeypatch):
    wanted, _ = train(toy, tmp_path / "short", chunk=2)
    SmallDevice(monkeypatch, frames=2)
    got, _ = train(toy, tmp_path / "small", chunk=8)
    assert got == wanted  # to the bit: what failed has left no trace


def test_odd_chunks_end_with_what_is_left_of_them(toy, tmp_path, monkeypatch):
    SmallDevice(monkeypatch, frames=4)
    train(toy, tmp_path, chunk=7)
    assert last_steps(tmp_path) == [3, 6, 7, 10, 13, 14]


def test_resumed_training_does_not_try_again_what_failed(toy, tmp_path, monkeypatch, caplog):
    device = SmallDevice(monkeypatch, frames=2)
    calls = 0
    step = FrameLimit.step

    def stop_after_three(*args):
        nonlocal calls
        calls += 1
        if calls == 4:
            raise KeyboardInterrupt
        return step(*args)

    monkeypatch.setattr(FrameLimit, "step", stop_after_three)
    with pytest.raises(KeyboardInterrupt):
        train(toy, tmp_path, chunk=8, minutes=1e-9)
    failures = device.failures
    monkeypatch.setattr(FrameLimit, "step", step)
    with caplog.at_level(logging.INFO, logger="vid2vid_core.train"):
        _, done = train(toy, tmp_path, chunk=8)
    assert device.failures == failures
    assert done["frames"] == 16
    assert last_steps(tmp_path) == list(range(2, 17, 2))
    assert any("at most 2 frames of a clip" in record.getMessage() for record in caplog.records)


def test_a_frame_that_does_not_fit_names_the_keys(toy, tmp_path, monkeypatch):
    SmallDevice(monkeypatch, frames=0)
    with pytest.raises(
        TooLargeError, match=r"epoch 1, clip 1, frame 1: .*single frame.*parallel.recompute.*ngf.*loadSize"
    ):
        train(toy, tmp_path, chunk=4)


def test_memory_that_runs_out_at_the_first_update_leaves_no_network_half_updated(toy, tmp_path, monkeypatch):
    wanted, _ = train(toy, tmp_path / "short", chunk=4)
    allocate, calls = optimizers.allocate_state, 0

    def fail_once(optimizer):
        nonlocal calls
        calls += 1
        if calls == 2:  # the first optimiser has its state by then
            raise torch.OutOfMemoryError("CUDA out of memory.")
        allocate(optimizer)

    monkeypatch.setattr("vid2vid_core.train.step.allocate_state", fail_once)
    got, _ = train(toy, tmp_path / "small", chunk=8)
    assert calls > 2
    assert got == wanted


def test_several_ranks_stop_and_start_again_with_shorter_steps(tmp_path):
    class TooSmall:
        def step(self, state, begin, frames, place):
            raise torch.OutOfMemoryError("CUDA out of memory.")

    ranks = Ranks(0, 2, CPU)
    ranks.main_only = lambda work: work()  # the other one says nothing
    with pytest.raises(StoppedBySignal, match="start again"):
        FrameLimit(tmp_path, ranks).step(TooSmall(), None, 0, 8, "stage 'fine'")
    assert json.loads((tmp_path / "frames_per_step.json").read_text()) == {"frames": 4}
    with pytest.raises(StoppedBySignal, match="at most 2"):
        FrameLimit(tmp_path, ranks).step(TooSmall(), None, 0, 8, "stage 'fine'")


def test_a_rank_whose_memory_runs_out_ends_those_that_wait_for_it(tmp_path, monkeypatch):
    monkeypatch.setattr(launching, "_GRACE", 0.5)
    code = """
import os, time
from vid2vid_core.runlog import StartAgain
from vid2vid_core.train.parallel.report import as_rank
with as_rank():
    if os.environ["RANK"] == "1":
        raise StartAgain("memory ran out with 4 frames")
    time.sleep(60)
"""
    start = time.monotonic()
    with pytest.raises(StoppedBySignal, match="memory ran out with 4 frames"):  # which makes the exit code 85
        launching.launch([sys.executable, "-c", code], launching.Places.here(2))
    assert time.monotonic() - start < 30


def test_other_errors_pass(tmp_path):
    class Broken:
        def step(self, state, begin, frames, place):
            raise RuntimeError("shapes do not fit")

    with pytest.raises(RuntimeError, match="shapes"):
        FrameLimit(tmp_path, Ranks.alone(CPU)).step(Broken(), None, 0, 8, "here")


def test_image_stage_that_does_not_fit_names_the_keys():
    with pytest.raises(TooLargeError, match="stage 'first', epoch 1: too large for the memory .*Lower data"):
        with no_smaller_step("image stage 'first', epoch 1", "Lower data.batchSize"):
            raise torch.OutOfMemoryError("CUDA out of memory.")
    with pytest.raises(RuntimeError, match="shapes"), no_smaller_step("here", ""):
        raise RuntimeError("shapes do not fit")


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (torch.OutOfMemoryError("x"), True),
        (MemoryError(), True),
        (RuntimeError("[enforce fail at alloc_cpu.cpp] . DefaultCPUAllocator: can't allocate memory: you tried"), True),
        (RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling cublasCreate"), True),
        (RuntimeError("CUDA error: an illegal memory access was encountered"), False),
        (ValueError("out of memory"), False),
    ],
)
def test_what_counts_as_too_little_memory(error, expected):
    assert is_out_of_memory(error) is expected


def test_really_too_large_an_allocation_is_recognised():
    with pytest.raises(RuntimeError) as caught:
        torch.empty(2**50)
    assert is_out_of_memory(caught.value)
    gc.collect()
