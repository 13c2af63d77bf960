"""Averaged weights: the right mean, through checkpoints, handover, weights files and rendering."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import nn
from toy import LABELS, Toy, make_dataset, toy_image_stage, toy_recipe, toy_stage, train_image

from vid2vid_core.config import OptimizerConfig, StageConfig
from vid2vid_core.dataset.frame_pairs import FramePairs
from vid2vid_core.models.image_weights import load_image_model
from vid2vid_core.models.weights import WeightsInfo, load_generator, load_weights, save_weights
from vid2vid_core.models.weights_file import read_weights
from vid2vid_core.train.average import WeightAverage
from vid2vid_core.train.handover import take_over
from vid2vid_core.train.image_features import training_looks
from vid2vid_core.train.networks import Networks, build_networks
from vid2vid_core.train.stage import train_stage
from vid2vid_core.train.stepping import ClipStepper
from vid2vid_core.train.toy import run_toy


def averaged(stage: StageConfig, decay: float = 0.8) -> StageConfig:
    return replace(stage, optimizer=OptimizerConfig(ema=decay))


def networks_of(stage: StageConfig, seed: int = 0) -> Networks:
    return build_networks(stage, LABELS + 1, seed, None, torch.device("cpu"))


def test_it_is_the_mean_that_was_promised() -> None:
    network = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
    mean = WeightAverage({"generator": network}, 0.5)
    expected = network[0].weight.detach().clone()
    for step in range(1, 31):
        with torch.no_grad():
            network[0].weight += step
        network(torch.full((4, 2), float(step)))  # moves the running statistics
        mean.update()
        kept = min(0.5, (1 + step) / (10 + step))
        expected = kept * expected + (1 - kept) * network[0].weight.detach()
    found = mean.networks["generator"].state_dict()
    torch.testing.assert_close(found["0.weight"], expected)
    assert torch.equal(found["0.bias"], network[0].bias)  # what never moves stays exact
    assert torch.equal(found["1.running_mean"], network[1].running_mean) and found["1.num_batches_tracked"] == 30
    assert not any(parameter.requires_grad for parameter in mean.networks["generator"].parameters())


def test_the_random_start_is_soon_forgotten() -> None:
    network = nn.Linear(1, 1, bias=False)
    nn.init.constant_(network.weight, 1000.0)
    mean = WeightAverage({"generator": network}, 0.9999)
    nn.init.constant_(network.weight, 1.0)
    for _ in range(100):
        mean.update()
    weight = mean.networks["generator"].weight
    assert isinstance(weight, torch.Tensor) and weight.item() == pytest.approx(1.0, abs=1e-3)


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Toy:
    return make_dataset(tmp_path_factory.mktemp("toy"))


def test_a_stage_renders_with_the_mean_of_its_steps_and_hands_on_its_last_weights(
    toy: Toy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage, seen = averaged(toy_stage(niter=2)), []
    train_step = ClipStepper.step

    def watched(self, *args):
        generator = self._networks.generator
        if not seen:
            seen.append({name: value.clone() for name, value in generator.state_dict().items()})
        step = train_step(self, *args)
        seen.append({name: value.clone() for name, value in generator.state_dict().items()})
        return step

    monkeypatch.setattr(ClipStepper, "step", watched)
    train_stage(
        stage, recipe=toy_recipe(stage), manifest=toy.manifest, flow_tables=toy.flow_tables, init=None,
        state_dir=tmp_path / "state", out_dir=tmp_path / "out", device="cpu",
    )  # fmt: skip
    path = tmp_path / "out" / "weights.safetensors"
    expected, *steps = seen
    for number, step in enumerate(steps, start=1):
        kept = min(0.8, (1 + number) / (10 + number))
        expected = {name: kept * expected[name] + (1 - kept) * step[name] for name in step}
    rendering, _ = load_generator(path)
    for name, value in rendering.state_dict().items():
        torch.testing.assert_close(value, expected[name])

    finer = networks_of(averaged(toy_stage("fine", scales=2)), seed=1)
    take_over(path, finer)
    assert finer.average is not None
    for number, network in enumerate((finer.generator, finer.rendering())):  # the new mean begins where training does
        own, last = network.scales[0].state_dict(), steps[-1]
        assert all(torch.equal(own[name], last[f"scales.0.{name}"]) for name in own), number
    assert finer.rendering() is not finer.generator


def test_without_it_nothing_is_kept_or_written(tmp_path: Path) -> None:
    networks = networks_of(toy_stage())
    assert networks.average is None and networks.rendering() is networks.generator
    path = tmp_path / "weights.safetensors"
    save_weights(path, networks.stored(), WeightsInfo(toy_stage(), LABELS, (), LABELS + 1, "toy"))
    assert not any("ema" in name for name in load_weights(path)[0])


def test_a_file_that_lacks_its_mean_is_refused(tmp_path: Path) -> None:
    stage = averaged(toy_stage())
    path = tmp_path / "weights.safetensors"
    save_weights(path, networks_of(stage).trained(), WeightsInfo(stage, LABELS, (), LABELS + 1, "toy"))
    with pytest.raises(ValueError, match="generator_ema"):
        load_generator(path)


@pytest.mark.parametrize("netG", ["global", "global_with_features"])
def test_an_image_stage_makes_pictures_and_features_with_the_means(toy: Toy, tmp_path: Path, netG: str) -> None:
    stage = replace(toy_image_stage(netG, niter=1), optimizer=OptimizerConfig(ema=0.9, lr=0.01))
    path = train_image(toy, tmp_path, stage)
    tensors, (model, _) = read_weights(path, "image")[0], load_image_model(path)
    own = model.generator.state_dict()
    assert all(torch.equal(value, tensors[f"generator_ema.{name}"]) for name, value in own.items())
    assert any(not torch.equal(value, tensors[f"generator.{name}"]) for name, value in own.items())
    if model.encoder is not None and model.table is not None:
        table, _ = training_looks(model.encoder, FramePairs(toy.manifest, stage.data, stage.controls, 3))
        assert torch.equal(table.values.nan_to_num(9.0), model.table.values.nan_to_num(9.0))
        assert any(name.startswith("encoder_ema.") for name in tensors)


def test_a_trial_of_a_recipe_leaves_weights_with_means(tmp_path: Path) -> None:
    (report,) = run_toy(toy_recipe(averaged(toy_stage())), tmp_path)
    generator, info = load_generator(report.weights)
    assert info.stage.optimizer.ema == 0.8
    name, value = next(iter(generator.state_dict().items()))
    assert torch.equal(value, load_weights(report.weights)[0][f"generator_ema.{name}"])
