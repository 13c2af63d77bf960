"""Validation judges a training at moments that follow from its steps alone, changes nothing in it, keeps the best."""

import json
import logging
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from toy import Stopped, Toy, make_dataset, stop_after, toy_recipe, toy_stage

from vid2vid_core.config import OptimizerConfig, RecipeConfig, StageConfig, ValidationConfig
from vid2vid_core.dataset.manifest import frame_rows, frame_table, read_manifest, write_manifest
from vid2vid_core.models.weights import load_generator, load_weights
from vid2vid_core.models.weights_file import read_about
from vid2vid_core.runlog import StoppedBySignal
from vid2vid_core.train.stage import train_stage
from vid2vid_core.train.stop_signals import StopSignals
from vid2vid_core.train.validation_clip import ValidationClip, choose_clip

STAGE = replace(toy_stage(niter=2, max_frames_per_gpu=1), optimizer=OptimizerConfig(ema=0.5))
"""12 optimisation steps."""
EVERY_3 = ValidationConfig(every_steps=3, frames=4)


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Toy:
    return make_dataset(tmp_path_factory.mktemp("toy"))


def train(
    toy: Toy, folder: Path, config: ValidationConfig, minutes: float = 10.0, stage: StageConfig = STAGE
) -> dict[str, torch.Tensor]:
    recipe = replace(toy_recipe(stage, checkpoint_minutes=minutes), validation=config)
    train_stage(
        stage,
        recipe=recipe,
        manifest=toy.manifest,
        flow_tables=toy.flow_tables,
        init=None,
        state_dir=folder / "state",
        out_dir=folder / "out",
        device="cpu",
    )
    return load_weights(folder / "out" / "weights.safetensors")[0]


def lines(folder: Path) -> list[dict]:
    found = [json.loads(line) for line in (folder / "out" / "validation.jsonl").read_text().splitlines()]
    return [{key: value for key, value in line.items() if key != "seconds"} for line in found]


def same(left: dict[str, torch.Tensor], right: dict[str, torch.Tensor]) -> bool:
    return left.keys() == right.keys() and all(torch.equal(left[key], right[key]) for key in left)


def made_of(toy: Toy, weights: Path) -> dict[str, float]:
    """Metrics of the clip rendered with a weights file."""
    clip = choose_clip(toy.manifest, STAGE, 4)
    assert clip is not None
    rendering = clip.render(load_generator(weights)[0], lambda: False)
    assert rendering is not None
    return rendering.metrics


@pytest.fixture(scope="module")
def judged(toy: Toy, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A training with validations."""
    folder = tmp_path_factory.mktemp("judged")
    train(toy, folder, EVERY_3)
    return folder


def test_training_is_the_same_to_the_bit_with_and_without(toy: Toy, tmp_path: Path, judged: Path) -> None:
    without = train(toy, tmp_path, ValidationConfig(every_steps=0))
    assert same(without, load_weights(judged / "out" / "weights.safetensors")[0])
    assert (
        not (tmp_path / "out" / "validation.jsonl").exists() and not (tmp_path / "state" / "best.safetensors").exists()
    )


def test_what_is_left_of_it(toy: Toy, judged: Path) -> None:
    found = lines(judged)
    assert [line["step"] for line in found] == [3, 6, 9, 12]
    assert {"psnr", "ssim", "video_ssim", "warping_error", "tof"} <= found[0]["metrics"].keys()
    pictures = {path.name for path in (judged / "out" / "validation").iterdir()}
    assert pictures == {"clip.json", "clip.jpg", *(f"step-{step:09d}.jpg" for step in (3, 6, 9, 12))}
    about = json.loads((judged / "out" / "validation" / "clip.json").read_text())
    assert about["split"] == "train" and about["sequence"] == "a-000" and about["real"]["video_ssim"] == 1
    board = EventAccumulator(str(judged / "out" / "tensorboard")).Reload()
    assert [event.step for event in board.Scalars("validation/video_ssim")] == [3, 6, 9, 12]
    assert [event.step for event in board.Images("validation")] == [3, 6, 9, 12]
    # It is the average that renders, and so is what the weights file renders with.
    assert made_of(toy, judged / "out" / "weights.safetensors") == pytest.approx(found[-1]["metrics"], rel=1e-6)


def test_the_best_are_kept_and_are_what_the_record_says(toy: Toy, judged: Path, tmp_path: Path) -> None:
    best = max(lines(judged), key=lambda line: line["metrics"]["video_ssim"])
    kept = judged / "state" / "best.safetensors"
    assert read_about(kept, "video")["validated"]["step"] == best["step"]
    assert made_of(toy, kept) == pytest.approx(best["metrics"], rel=1e-6)
    facts = json.loads((judged / "out" / "provenance.json").read_text())["validation"]
    assert facts["best"]["step"] == best["step"] and facts["kept"] == "last" and facts["metric"] == "video_ssim"
    chosen = train(toy, tmp_path, replace(EVERY_3, keep="best", metric="tof"))
    best = min(lines(tmp_path), key=lambda line: line["metrics"]["tof"])
    assert made_of(toy, tmp_path / "out" / "weights.safetensors") == pytest.approx(best["metrics"], rel=1e-6)
    assert same(chosen, load_weights(tmp_path / "state" / "best.safetensors")[0])


@pytest.mark.parametrize("saves", [2, 7])
def test_stopped_and_resumed_is_judged_and_keeps_the_same(
    toy: Toy, judged: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, saves: int
) -> None:
    with monkeypatch.context() as patch:
        stop_after(patch, saves)
        with pytest.raises(Stopped):
            train(toy, tmp_path, EVERY_3, minutes=1e-9)
    newest = sorted((tmp_path / "state").glob("checkpoint-*.pt"))[-1]
    newest.unlink()  # training goes back a step, and the record and best weights are ahead of it
    train(toy, tmp_path, EVERY_3)
    assert lines(tmp_path) == lines(judged)
    files = [folder / "state" / "best.safetensors" for folder in (tmp_path, judged)]
    assert files[0].read_bytes() == files[1].read_bytes()


@pytest.mark.parametrize("config", [EVERY_3, ValidationConfig(frames=4)], ids=["steps", "epochs"])
def test_a_signal_puts_a_validation_off_and_it_is_made_up_for(
    toy: Toy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, config: ValidationConfig
) -> None:
    """The signal comes while the first clip is rendered, and again when that is made up for."""
    render = ValidationClip.render
    signals: list[StopSignals] = []
    enter = StopSignals.__enter__
    monkeypatch.setattr(StopSignals, "__enter__", lambda self: signals.append(self) or enter(self))

    def interrupted(self, generator, stop):  # type: ignore[no-untyped-def]
        signals[-1]._note(15, None)
        return render(self, generator, stop)

    with monkeypatch.context() as patch:
        patch.setattr(ValidationClip, "render", interrupted)
        for _ in range(2):
            with pytest.raises(StoppedBySignal):
                train(toy, tmp_path, config)
    assert not (tmp_path / "out" / "validation.jsonl").exists()
    signals.clear()
    train(toy, tmp_path, config)
    assert [line["step"] for line in lines(tmp_path)] == ([3, 6, 9, 12] if config.every_steps else [4, 12])


def test_by_default_it_is_made_after_ten_epochs_or_all() -> None:
    config = ValidationConfig()
    assert [epoch for epoch in range(1, 8) if config.after_epoch(epoch, 7)] == list(range(1, 8))
    many = [epoch for epoch in range(1, 46) if config.after_epoch(epoch, 45)]
    assert len(many) == 10 and many[-1] == 45
    assert not any(config.after_step(step) for step in range(100))
    assert [step for step in range(1, 10) if EVERY_3.after_step(step)] == [3, 6, 9]
    assert EVERY_3.after_epoch(7, 7) and not EVERY_3.after_epoch(6, 7)
    with pytest.raises(ValueError, match="keep best needs validations, every_steps is 0"):
        ValidationConfig(every_steps=0, keep="best")


def with_test_split(toy: Toy, path: Path, **changes: object) -> Path:
    """The manifest with its second sequence as test split, rows changed as given."""
    manifest = read_manifest(toy.manifest)
    rows = [
        row.with_files(row.files)._replace(split="test", **changes) if row.video == "b" else row
        for row in frame_rows(manifest.table)
    ]
    path = toy.manifest.with_name(path.name)
    write_manifest(path, frame_table(rows), manifest.metadata)
    return path


def test_the_clip_is_of_the_test_split_where_that_can_be_rendered(toy: Toy, tmp_path: Path) -> None:
    clip = choose_clip(with_test_split(toy, tmp_path / "plain.parquet"), STAGE, 16)
    assert clip is not None and clip.describe() == {
        "split": "test",
        "sequence": "b-000",
        "first": "000000",
        "frames": 4,
    }
    for number, lacking in enumerate(({"image": ""}, {"instance": ""})):
        other = choose_clip(with_test_split(toy, tmp_path / f"{number}.parquet", **lacking), STAGE, 3)
        assert other is not None and other.describe()["split"] == "train" and other.describe()["frames"] == 3
    assert choose_clip(toy.manifest, replace(STAGE, generator=replace(STAGE.generator, n_frames_G=6)), 16) is None


def test_what_cannot_be_judged_is_named(toy: Toy, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "vid2vid_core")
    long = replace(STAGE, generator=replace(STAGE.generator, n_frames_G=6), schedule=replace(STAGE.schedule, niter=1))
    with pytest.raises(ValueError, match="no sequence has the 7 frames with photographs .* set validation.keep"):
        train(toy, tmp_path, replace(EVERY_3, keep="best"), stage=long)
    train(toy, tmp_path / "last", EVERY_3, stage=long)
    assert "it trains without" in caplog.text


def test_another_metric_after_the_end_judges_the_last_weights(toy: Toy, tmp_path: Path) -> None:
    last = train(toy, tmp_path, ValidationConfig(every_steps=0))
    assert same(train(toy, tmp_path, replace(EVERY_3, keep="best")), last)
    assert [line["step"] for line in lines(tmp_path)] == [12]
    assert isinstance(RecipeConfig(name="r", stages=(STAGE,)).validation, ValidationConfig)


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 3 GiB.\nMore."),
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 3 bytes.\nMore."),
    ],
    ids=["GPU", "CPU"],
)
def test_a_clip_that_does_not_fit_beside_the_training_does_not_end_it(
    toy: Toy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    tries = []

    def too_large(self, generator, stop):  # type: ignore[no-untyped-def]
        tries.append(generator)
        raise error

    monkeypatch.setattr(ValidationClip, "render", too_large)
    last = train(toy, tmp_path, ValidationConfig(frames=4, keep="best"))
    assert same(last, train(toy, tmp_path / "without", ValidationConfig(every_steps=0)))
    assert len(tries) == 2 * 3  # twice each: after both epochs, and at the end, since best weights were asked for
    assert f"does not fit beside the training ({str(error).splitlines()[0]})" in caplog.text
    assert "the stage ends with its last ones" in caplog.text
