"""Whole stages on the toy dataset, among them the promise that a stopped training ends as if it had not been."""

import json
import logging
from dataclasses import replace

import pytest
import torch
from toy import Stopped, make_dataset, stop_after, toy_recipe, toy_stage, with_batch

from vid2vid_core.models.device import choose_device
from vid2vid_core.models.weights import load_generator, load_weights
from vid2vid_core.train import stepping
from vid2vid_core.train.finite import NotFiniteError
from vid2vid_core.train.stage import train_stage


@pytest.fixture(scope="module")
def toy(tmp_path_factory):
    return make_dataset(tmp_path_factory.mktemp("toy"))


def train(toy, folder, stage, init=None, minutes=10.0):
    recipe = toy_recipe(stage, checkpoint_minutes=minutes)
    train_stage(
        stage,
        recipe=recipe,
        manifest=toy.manifest,
        flow_tables=toy.flow_tables,
        init=init,
        state_dir=folder / "state" / stage.name,
        out_dir=folder / stage.name,
        device="cpu",
    )
    return folder / stage.name / "weights.safetensors"


def lines(folder, stage):
    return [json.loads(line) for line in (folder / stage.name / "log.jsonl").read_text().splitlines()]


def same(a, b):
    left, right = load_weights(a)[0], load_weights(b)[0]
    return left.keys() == right.keys() and all(torch.equal(left[key], right[key]) for key in left)


STAGES = {
    "coarse": toy_stage(niter=2, max_frames_per_gpu=1),
    "unfreezing": toy_stage("fine", scales=2, niter=2, niter_fix_global=1),
    "batches": with_batch(toy_stage(niter=2, clips_per_sequence=2), 3),
}


@pytest.mark.parametrize("saves", [1, 2, 3])
@pytest.mark.parametrize("name", STAGES)
def test_stopped_and_resumed_equals_undisturbed_bit_for_bit(toy, tmp_path, monkeypatch, name, saves):
    stage = STAGES[name]
    whole = train(toy, tmp_path / "whole", stage)
    with monkeypatch.context() as patch:
        stop_after(patch, saves)
        with pytest.raises(Stopped):
            train(toy, tmp_path / "parts", stage, minutes=1e-9)
    parts = train(toy, tmp_path / "parts", stage)
    assert same(whole, parts)
    kept = ("step", "epoch", "frames", "lr", "losses")
    logs = {
        run: [{key: line[key] for key in kept} for line in lines(tmp_path / run, stage)] for run in ("whole", "parts")
    }
    assert logs["whole"] == logs["parts"]


def test_loading_in_other_processes_changes_nothing(toy, tmp_path):
    stage = toy_stage()
    beside = replace(stage, data=replace(stage.data, num_workers=2))
    assert same(train(toy, tmp_path / "alone", stage), train(toy, tmp_path / "beside", beside))


def test_finished_state_is_exported_without_training(toy, tmp_path, monkeypatch):
    stage = toy_stage()
    first = train(toy, tmp_path, stage)
    content = first.read_bytes()
    first.unlink()
    monkeypatch.setattr(stepping.ClipStepper, "step", None)  # any step would fail
    assert train(toy, tmp_path, stage).read_bytes() == content
    assert len(lines(tmp_path, stage)) == 6


def test_changed_config_starts_anew(toy, tmp_path, caplog):
    caplog.set_level(logging.INFO, "vid2vid_core")
    train(toy, tmp_path, toy_stage(niter=1))
    train(toy, tmp_path, toy_stage(niter=2))
    assert "training begins anew" in caplog.text
    assert [line["epoch"] for line in lines(tmp_path, toy_stage())] == [1, 1, 2, 2, 2, 2]


def test_changed_training_picture_starts_anew(tmp_path, caplog):
    toy = make_dataset(tmp_path / "data", sequences=1)
    train(toy, tmp_path, toy_stage(niter=1))
    picture = sorted((tmp_path / "data" / "layout" / "train_B").rglob("*.png"))[2]
    other = sorted((tmp_path / "data" / "layout" / "train_B").rglob("*.png"))[3]
    picture.write_bytes(other.read_bytes())
    train(toy, tmp_path, toy_stage(niter=1))
    assert "training begins anew" in caplog.text


def test_two_stages_leave_what_the_rest_of_the_chain_reads(toy, tmp_path, caplog):
    caplog.set_level(logging.INFO, "vid2vid_core")
    coarse, fine = toy_stage(), toy_stage("fine", scales=2)
    first = train(toy, tmp_path, coarse)
    second = train(toy, tmp_path, fine, init=first)
    generator, info = load_generator(second)
    assert info.stage == fine and info.label_nc == 3 and info.control_channels == 4 and info.dataset == "toy"
    assert len(generator.scales) == 2
    provenance = json.loads((tmp_path / "fine" / "provenance.json").read_text())
    assert provenance["init"]["path"] == str(first) and provenance["seed"] == 3 and provenance["steps"] == 6
    assert sorted(path.name for path in (tmp_path / "fine" / "samples").iterdir()) == [
        "epoch-0001.png",
        "epoch-0002.png",
    ]
    assert list((tmp_path / "fine" / "tensorboard").iterdir())
    log = lines(tmp_path, fine)
    assert [line["step"] for line in log] == [1, 2, 3, 4, 5, 6]
    assert log[-1]["frames"] == 12 and {"G_GAN", "D_real", "F_Flow", "loss_G"} <= log[0]["losses"].keys()
    assert "starts fresh: generator.scales.1" in caplog.text
    assert "perceptual loss: off (losses.no_vgg)" in caplog.text
    assert len(list((tmp_path / "state" / "fine").glob("checkpoint-*.pt"))) == 1


def test_nan_stops_and_names_epoch_and_clip(toy, tmp_path, monkeypatch):
    stage = toy_stage()
    calls = 0
    generate = stepping.generate_chunk

    def poisoned(*args):
        nonlocal calls
        calls += 1
        chunk, carry = generate(*args)
        if calls == 2:
            chunk.flow_ref = chunk.flow_ref * float("nan")
        return chunk, carry

    monkeypatch.setattr(stepping, "generate_chunk", poisoned)
    with pytest.raises(NotFiniteError, match=r"stage 'coarse', epoch 1, clip 2, frame 1: F_Flow is nan"):
        train(toy, tmp_path, stage)
    assert not (tmp_path / "coarse" / "weights.safetensors").exists()


def test_sequences_that_are_too_short_are_refused(tmp_path):
    toy = make_dataset(tmp_path / "data", frames=2)
    with pytest.raises(ValueError, match=r"no training sequence has the 3 frames.*found lengths \[2, 2\]"):
        train(toy, tmp_path, toy_stage())


def test_missing_vgg_file_is_said(toy, tmp_path, monkeypatch, caplog):
    caplog.set_level(logging.INFO, "vid2vid_core")
    monkeypatch.setenv("VID2VID_ASSET_DIR", str(tmp_path / "none"))
    stage = toy_stage(niter=1)
    train(toy, tmp_path, replace(stage, losses=replace(stage.losses, no_vgg=False)))
    assert f"perceptual loss: off, since the asset vgg19 is not in {tmp_path / 'none'}" in caplog.text


def test_unknown_device_is_named():
    with pytest.raises(ValueError, match="device 'gpu' cannot be used here"):
        choose_device("gpu")
