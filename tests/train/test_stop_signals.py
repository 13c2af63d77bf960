"""What a signal does: nothing until a step is done, then a checkpoint, within the clip if need be."""

import os
import signal
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from toy import Toy, make_dataset, toy_image_stage, toy_recipe, toy_stage, train_image

from vid2vid_core.config import OptimizerConfig, StageConfig
from vid2vid_core.models.weights import load_weights
from vid2vid_core.runlog import REQUEUE_CODE, StoppedBySignal, job_log
from vid2vid_core.train.image_loop import ImageTrainer
from vid2vid_core.train.parallel.ranks import Ranks
from vid2vid_core.train.stage import train_stage
from vid2vid_core.train.stepping import ClipStepper
from vid2vid_core.train.stop_signals import StopSignals


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Toy:
    return make_dataset(tmp_path_factory.mktemp("toy"), frames=10)


def train(toy: Toy, folder: Path, stage: StageConfig) -> Path:
    places = {"state_dir": folder / "state", "out_dir": folder / "out"}
    tables = {"manifest": toy.manifest, "flow_tables": toy.flow_tables}
    train_stage(stage, recipe=toy_recipe(stage), init=None, device="cpu", **tables, **places)  # type: ignore[arg-type]
    return folder / "out" / "weights.safetensors"


def dense(chunk: int = 1) -> StageConfig:
    stage = toy_stage(niter=1, n_frames_total=6, max_frames_per_gpu=chunk)
    return replace(stage, discriminator=replace(stage.discriminator, n_frames_D=2, n_scales_temporal=2))


def sparse() -> StageConfig:
    return replace(dense(), discriminator=replace(dense().discriminator, sparse_D=True))


STAGES = {
    "dense": dense(),
    "sparse": sparse(),
    "chunks of two": dense(2),
    "clips together": replace(sparse(), data=replace(sparse().data, batchSize=2)),
    "two sizes": replace(dense(), generator=replace(dense().generator, n_scales_spatial=2, n_blocks_local=1)),
    "averaged": replace(dense(), optimizer=OptimizerConfig(ema=0.9)),
    "nothing given": replace(dense(), generator=replace(dense().generator, no_first_img=True)),
}


@pytest.mark.parametrize("name", STAGES)
def test_stopped_within_a_clip_and_resumed_equals_undisturbed(
    toy: Toy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    stage = STAGES[name]
    whole = train(toy, tmp_path / "whole", stage)
    with monkeypatch.context() as patch:
        signal_at_step(patch, 2)
        with pytest.raises(StoppedBySignal, match="stopped by SIGUSR1 after a checkpoint was written; the same call"):
            train(toy, tmp_path / "parts", stage)
    (path,) = (tmp_path / "parts" / "state").glob("checkpoint-*.pt")
    position = torch.load(path, weights_only=True)["position"]
    assert (position["step"], position["clip"], position["chunk"]) == (2, 0, 2)
    parts = train(toy, tmp_path / "parts", stage)
    left, right = load_weights(whole)[0], load_weights(parts)[0]
    assert left.keys() == right.keys() and all(torch.equal(left[key], right[key]) for key in left)


def signal_at_step(patch: pytest.MonkeyPatch, number: int) -> None:
    step, count = ClipStepper.step, 0

    def counted(*args):
        nonlocal count
        count += 1
        if count == number:
            os.kill(os.getpid(), signal.SIGUSR1)
            os.kill(os.getpid(), signal.SIGTERM)  # a second one changes nothing
        return step(*args)

    patch.setattr(ClipStepper, "step", counted)


def test_after_the_last_picture_a_signal_counts_too(toy: Toy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The features of all training frames, which come then, may take longer than a cluster waits."""
    sample = ImageTrainer._sample

    def signalled(trainer: ImageTrainer) -> np.ndarray:
        os.kill(os.getpid(), signal.SIGTERM)
        return sample(trainer)

    stage = toy_image_stage("global_with_features", niter=1)
    with monkeypatch.context() as patch:
        patch.setattr(ImageTrainer, "_sample", signalled)
        with pytest.raises(StoppedBySignal):
            train_image(toy, tmp_path, stage)
    assert [path.name for path in (tmp_path / "state").glob("checkpoint-*.pt")] == ["checkpoint-000000020.pt"]
    assert train_image(toy, tmp_path, stage).exists()


def test_training_leaves_the_random_state_and_the_handlers_as_they_were(toy: Toy, tmp_path: Path) -> None:
    random, handlers = torch.get_rng_state(), [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGUSR1)]
    train(toy, tmp_path, dense())
    assert torch.equal(torch.get_rng_state(), random)
    assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGUSR1)] == handlers


def test_beside_the_main_thread_it_trains_without_handlers(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "vid2vid_core")

    def inside() -> None:
        with StopSignals() as signals:
            signals.obey(Ranks.alone(torch.device("cpu")))

    thread = threading.Thread(target=inside)
    thread.start()
    thread.join()
    assert "signals end it without a checkpoint" in caplog.text


def test_a_signal_while_ranks_agree_counts_the_next_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Most of a fast rank's time goes by waiting for the others there."""
    ranks = Ranks.alone(torch.device("cpu"))

    def reduced(own: int) -> int:
        os.kill(os.getpid(), signal.SIGTERM)
        return own

    with StopSignals() as signals:
        with monkeypatch.context() as patch:
            patch.setattr(Ranks, "highest", lambda self, own: reduced(own))
            signals.obey(ranks)  # the others know nothing of it, and go on
        with pytest.raises(StoppedBySignal, match="stopped by SIGTERM"):
            signals.obey(ranks)


def test_a_job_ends_with_the_code_to_requeue(tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as ended, job_log(tmp_path / "job.log"):
        raise StoppedBySignal("stopped by SIGTERM")
    assert ended.value.code == REQUEUE_CODE == 85
    text = (tmp_path / "job.log").read_text()
    assert "stopped by SIGTERM" in text and "Traceback" not in text
