import math
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from toy import toy_recipe as small_recipe
from toy import toy_stage as small_stage

from vid2vid_core.cli import main
from vid2vid_core.config import RecipeConfig, load
from vid2vid_core.config.toy import toy_recipe, toy_size
from vid2vid_core.losses import assembly
from vid2vid_core.models.weights import load_generator
from vid2vid_core.train import step
from vid2vid_core.train.toy import run_toy

RECIPES = sorted((Path(__file__).parents[2] / "config/recipes").glob("*.yaml"))

SWITCHES = {
    "generator": ("n_downsample_G", "n_scales_spatial", "n_frames_G", "norm", "fg", "no_flow", "no_first_img"),
    "discriminator": ("n_layers_D", "num_D", "n_frames_D", "n_scales_temporal", "sparse_D", "add_face_disc", "norm"),
}


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_every_recipe_runs(path, capsys):
    assert main(["train", str(path), "--toy"]) == 0
    printed = capsys.readouterr().out
    recipe = load(RecipeConfig, path)
    for stage in recipe.stages:
        assert f"stage {stage.name}: " in printed
    assert ("from pictures" in printed) == (recipe.image_stage is not None)
    assert "rendered a frame" in printed


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_toy_size_keeps_the_structure(path):
    recipe = load(RecipeConfig, path)
    toy = toy_recipe(recipe)
    for full, small in zip(recipe.stages, toy.stages, strict=True):
        for section, keys in SWITCHES.items():
            for key in keys:
                assert getattr(getattr(small, section), key) == getattr(getattr(full, section), key)
        assert small.controls == full.controls and small.generator.ngf < full.generator.ngf
        assert bool(small.schedule.niter_fix_global) == bool(full.schedule.niter_fix_global)
    if recipe.image_stage is not None:
        assert toy.image_stage.generator.netG == recipe.image_stage.generator.netG


def grown():
    """Two stages, the second with a frozen coarse scale at first and a third temporal discriminator."""
    fine = small_stage("fine", scales=2, niter_fix_global=1)
    sizes = replace(fine.discriminator, num_D=2, ndf=2, n_scales_temporal=3)
    return small_recipe(small_stage(), replace(fine, discriminator=sizes))


def test_every_scale_and_every_temporal_discriminator_takes_part(tmp_path):
    reports = list(run_toy(grown(), tmp_path))
    assert [report.name for report in reports] == ["coarse", "fine"]
    assert {f"loss_D_T{k}" for k in range(3)} <= reports[1].losses.keys()
    assert all(math.isfinite(value) for report in reports for value in report.losses.values())
    generator, info = load_generator(reports[1].weights)
    assert len(generator.scales) == 2 and info.stage.name == "fine"
    before, _ = load_generator(reports[0].weights)
    coarse = generator.scales[0].state_dict()
    assert any(not torch.equal(coarse[key], value) for key, value in before.scales[0].state_dict().items())


def test_parameters_are_those_of_full_size(tmp_path):
    recipe = load(RecipeConfig, next(path for path in RECIPES if path.stem == "street-g1-256"))
    (report,) = (report for report in run_toy(recipe, tmp_path) if report.name == "size-256")
    assert 130e6 < report.parameters["generator"] < 140e6


def test_size_fits_every_network_of_the_recipe():
    height, width = toy_size(load(RecipeConfig, next(path for path in RECIPES if path.stem == "street-2048")))
    assert height % 32 == width % 32 == 0 and height != width


def test_a_chain_that_only_fits_at_toy_size_is_found(tmp_path):
    """With ndf 16 the coarsest of two discriminators has width 32, that of three 64: the second stage cannot start."""
    first, second = grown().stages
    first = replace(first, discriminator=replace(first.discriminator, num_D=2, ndf=16))
    second = replace(second, discriminator=replace(second.discriminator, num_D=3, ndf=16))
    with pytest.raises(ValueError, match="stage 'fine' cannot start from stage 'coarse': discriminator.scales.0"):
        list(run_toy(small_recipe(first, second), tmp_path))


def test_a_loss_that_is_not_finite_is_found(tmp_path, monkeypatch):
    monkeypatch.setattr(assembly, "masked_l1", lambda *inputs: inputs[0].sum() * math.nan)
    with pytest.raises(ValueError, match="stage 'coarse' at toy size, step 1: G_Warp is nan"):
        list(run_toy(grown(), tmp_path))


def test_a_network_that_does_not_learn_is_found(tmp_path, monkeypatch):
    monkeypatch.setattr(step.torch.optim.Adam, "step", lambda self: None)
    with pytest.raises(ValueError, match="two steps changed nothing in generator.scales.0"):
        list(run_toy(grown(), tmp_path))


def test_weights_are_kept_where_asked_and_never_over_others(tmp_path, capsys):
    recipe = next(path for path in RECIPES if path.stem == "street-demo")
    assert main(["train", str(recipe), "--toy", "--out", str(tmp_path / "new")]) == 0
    assert (tmp_path / "new/fine/weights.safetensors").is_file()
    assert main(["train", str(recipe), "--toy", "--out", str(tmp_path / "new")]) == 1
    assert "already in use" in capsys.readouterr().err


def test_training_itself_needs_data(capsys):
    assert main(["train", str(RECIPES[0])]) == 1
    assert "give --dataset and --out" in capsys.readouterr().err
