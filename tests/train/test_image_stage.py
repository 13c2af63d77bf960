"""Image stages on the toy dataset: they learn, resume exactly, and leave what rendering reads."""

import json
import logging
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from toy import LABELS, Stopped, Toy, make_dataset, stop_after, toy_image_stage, train_image

from vid2vid_core.config import ControlConfig, ImageDataConfig, ImageLossConfig, ImageStageConfig, OptimizerConfig
from vid2vid_core.dataset.frame_pairs import FramePairs, collate_pairs
from vid2vid_core.models.image_weights import load_image_model
from vid2vid_core.models.weights_file import read_weights
from vid2vid_core.train import image_loop
from vid2vid_core.train.finite import NotFiniteError
from vid2vid_core.train.image_features import training_looks


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Toy:
    return make_dataset(tmp_path_factory.mktemp("toy"), frames=4)


def stage(netG: str = "global", niter: int = 2, batch: int = 1, **schedule: int) -> ImageStageConfig:
    small = toy_image_stage(netG, niter)
    return replace(
        small,
        losses=ImageLossConfig(no_vgg=True, lambda_L1=10.0),
        schedule=replace(small.schedule, **schedule),
        data=replace(small.data, batchSize=batch),
    )


def lines(folder: Path) -> list[dict]:
    return [json.loads(line) for line in (folder / "out" / "log.jsonl").read_text().splitlines()]


def test_it_learns_and_leaves_what_the_rest_of_the_chain_reads(toy: Toy, tmp_path: Path) -> None:
    config = replace(stage(niter=12), optimizer=OptimizerConfig(lr=0.002))
    file = train_image(toy, tmp_path, config)
    log = lines(tmp_path)
    assert [line["step"] for line in log] == list(range(1, 12 * 8 + 1)) and log[-1]["frames"] == 96
    terms = {"G_GAN", "G_GAN_Feat", "G_L1", "D_real", "D_fake"}
    assert log[0]["losses"].keys() == terms | {"loss_G", "loss_D", "gradient_G", "gradient_D"}
    distances = [line["losses"]["G_L1"] for line in log]
    assert sum(distances[-8:]) < 0.5 * sum(distances[:8])
    model, info = load_image_model(file)
    assert info.stage == config and info.label_nc == LABELS and info.control_channels == LABELS
    assert info.dataset == "toy" and not model.needs_real
    provenance = json.loads((tmp_path / "out" / "provenance.json").read_text())
    assert provenance["recipe"] == "toy" and provenance["seed"] == 3 and provenance["steps"] == 96
    samples = sorted(path.name for path in (tmp_path / "out" / "samples").iterdir())
    assert samples == [f"epoch-{epoch:04d}.png" for epoch in (1, 3, 6, 9, 12)]
    assert list((tmp_path / "out" / "tensorboard").iterdir())


def test_features_are_trained_with_the_generator_and_stored_for_every_training_frame(toy: Toy, tmp_path: Path) -> None:
    config = stage("global_with_features", niter=1)
    untrained = replace(config, optimizer=OptimizerConfig(lr=1e-9))
    fresh, _ = load_image_model(train_image(toy, tmp_path / "fresh", untrained))
    model, _ = load_image_model(train_image(toy, tmp_path, config))
    assert model.encoder is not None and fresh.encoder is not None and model.table is not None
    assert any(
        not torch.allclose(a, b, atol=1e-5)
        for a, b in zip(model.encoder.parameters(), fresh.encoder.parameters(), strict=True)
    )
    pairs = FramePairs(toy.manifest, config.data, config.controls, 0)
    table, _ = training_looks(model.encoder, pairs)
    assert torch.equal(table.values.nan_to_num(9.0), model.table.values.nan_to_num(9.0))
    assert table.values.shape == (8, LABELS, 2)
    assert table.values[:, 0].isnan().all() and table.values[:, 1:].isfinite().all()  # label 0 occurs nowhere
    pair = pairs.whole(5)
    pooled = model.encoder(pair.images, pair.parts)
    square = (pair.parts[0, 0] == 2).nonzero()[0]
    torch.testing.assert_close(table.values[5, 2], pooled[0, :, square[0], square[1]])


STAGES = {
    "global": stage(),
    "features in batches": stage("local_with_features", batch=3),
    "some frames": stage(niter=3, frames_per_epoch=3),
}


@pytest.mark.parametrize("saves", [1, 4])
@pytest.mark.parametrize("name", STAGES)
def test_stopped_and_resumed_equals_undisturbed_bit_for_bit(
    toy: Toy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, saves: int
) -> None:
    whole = train_image(toy, tmp_path / "whole", STAGES[name])
    with monkeypatch.context() as patch:
        stop_after(patch, saves)
        with pytest.raises(Stopped):
            train_image(toy, tmp_path / "parts", STAGES[name], minutes=1e-9)
    parts = train_image(toy, tmp_path / "parts", STAGES[name])
    left, right = read_weights(whole, "image")[0], read_weights(parts, "image")[0]
    assert left.keys() == right.keys()
    assert all(torch.equal(left[key].nan_to_num(9.0), right[key].nan_to_num(9.0)) for key in left)
    kept = ("step", "epoch", "frames", "lr", "losses")
    whole_log, parts_log = (
        [{k: line[k] for k in kept} for line in lines(tmp_path / run)] for run in ("whole", "parts")
    )
    assert whole_log == parts_log


def test_finished_state_is_exported_without_training(toy: Toy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = train_image(toy, tmp_path, stage("global_with_features"))
    content = first.read_bytes()
    first.unlink()
    monkeypatch.setattr(image_loop, "picture_step", None)  # any step would fail
    assert train_image(toy, tmp_path, stage("global_with_features")).read_bytes() == content


def test_changed_config_starts_anew(toy: Toy, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "vid2vid_core")
    train_image(toy, tmp_path, stage(niter=1))
    train_image(toy, tmp_path, stage(niter=1, frames_per_epoch=2))
    assert "training begins anew" in caplog.text and "image stage first, 1 epochs of 2 training frames" in caplog.text


def test_nan_stops_and_names_the_place(toy: Toy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    terms = image_loop.picture_terms
    calls = 0

    def poisoned(*args):
        nonlocal calls
        calls += 1
        generator, own = terms(*args)
        return {name: term * (float("nan") if calls == 3 else 1) for name, term in generator.items()}, own

    monkeypatch.setattr(image_loop, "picture_terms", poisoned)
    with pytest.raises(NotFiniteError, match="image stage 'first', epoch 1, picture 3: G_GAN is nan"):
        train_image(toy, tmp_path, stage())
    assert not (tmp_path / "out" / "weights.safetensors").exists()


def test_every_frame_once_an_epoch_in_another_order_and_draw(toy: Toy) -> None:
    pairs = FramePairs(toy.manifest, ImageDataConfig(loadSize=64), ControlConfig(), 0)
    first, second = pairs.order(1, None), pairs.order(2, None)
    assert sorted(index for _, index in first) == sorted(index for _, index in second) == list(range(8))
    assert [index for _, index in first] != [index for _, index in second]
    assert len({index for _, index in pairs.order(1, 3)}) == 3
    draws = [pairs[epoch, 0].images for epoch in range(12)]
    assert any(torch.equal(draws[0].flip(-1), other) for other in draws)  # mirrored in some epochs
    for draw in draws:
        mirrored = torch.equal(draw, pairs.whole(0).images.flip(-1))
        assert mirrored or torch.equal(draw, pairs.whole(0).images)


def test_pictures_and_labels_are_mirrored_together(toy: Toy) -> None:
    pairs = FramePairs(toy.manifest, ImageDataConfig(loadSize=128), ControlConfig(), 0)
    for epoch in range(6):
        pair = pairs[epoch, 0]
        red = pair.images[0, 0]
        assert red[pair.parts[0, 0] == 2].min() > red[pair.parts[0, 0] == 1].max()


def test_sizes_of_one_batch_must_agree(toy: Toy) -> None:
    one = FramePairs(toy.manifest, ImageDataConfig(loadSize=64), ControlConfig(), 0).whole(0)
    other = FramePairs(toy.manifest, ImageDataConfig(loadSize=128), ControlConfig(), 0).whole(0)
    with pytest.raises(
        ValueError, match=r"differ in size \(64x32, 128x64\); set data.batchSize of the image stage to 1"
    ):
        collate_pairs([one, other])
