import logging
from dataclasses import replace

import pytest
import torch
from toy import LABELS, toy_stage

from vid2vid_core.models.weights import WeightsInfo, save_weights
from vid2vid_core.train.handover import take_over
from vid2vid_core.train.networks import build_networks


def networks_of(stage, seed=0):
    return build_networks(stage, LABELS + 1, seed, None, torch.device("cpu"))


def write(path, stage, networks):
    save_weights(path, networks.trained(), WeightsInfo(stage, LABELS, (), LABELS + 1, "toy"))
    return path


def grown(stage):
    """Two scales, and one discriminator size more; ndf halves, so that number 0 keeps its width."""
    sizes = replace(stage.discriminator, num_D=2, ndf=stage.discriminator.ndf // 2, n_scales_temporal=2)
    return replace(toy_stage("fine", scales=2), discriminator=sizes)


def same(a, b):
    return all(torch.equal(x, y) for x, y in zip(a.state_dict().values(), b.state_dict().values(), strict=True))


def test_numbers_are_kept_and_new_parts_start_fresh(tmp_path, caplog):
    caplog.set_level(logging.INFO, "vid2vid_core")
    old = networks_of(toy_stage())
    path = write(tmp_path / "old.safetensors", toy_stage(), old)
    new, untouched = networks_of(grown(toy_stage()), seed=1), networks_of(grown(toy_stage()), seed=1)
    take_over(path, new)
    assert same(new.generator.scales[0], old.generator.scales[0])
    assert same(new.generator.scales[1], untouched.generator.scales[1])
    assert same(new.discriminator.scales[0], old.discriminator.scales[0])
    assert same(new.discriminator.scales[1], untouched.discriminator.scales[1])
    assert same(new.temporal[0].scales[0], old.temporal[0].scales[0])
    assert same(new.temporal[1], untouched.temporal[1])
    loaded, fresh = caplog.messages[-2:]
    assert "loaded generator.scales.0, discriminator.scales.0, temporal.0.scales.0" in loaded
    assert "generator.scales.1, discriminator.scales.1, temporal.0.scales.1, temporal.1.scales.0" in fresh


def test_another_width_is_an_error_that_names_keys_and_loads_nothing(tmp_path):
    path = write(tmp_path / "old.safetensors", toy_stage(), networks_of(toy_stage()))
    wide = replace(toy_stage(), generator=replace(toy_stage().generator, ngf=8))
    new, untouched = networks_of(wide, seed=1), networks_of(wide, seed=1)
    with pytest.raises(
        ValueError, match=r"generator\.scales\.0\.\S+: shape \(8,\) in the file, \(16,\) wanted"
    ) as error:
        take_over(path, new)
    assert "more" in str(error.value) and "ngf" in str(error.value) and str(path) in str(error.value)
    assert same(new.discriminator, untouched.discriminator)


def test_a_branch_on_one_side_only_is_an_error(tmp_path):
    path = write(tmp_path / "old.safetensors", toy_stage(), networks_of(toy_stage()))
    foreground = replace(toy_stage(), generator=replace(toy_stage().generator, fg=True, fg_labels=(2,)))
    with pytest.raises(ValueError, match=r"generator\.scales\.0\.foreground\S+: only in the new stage"):
        take_over(path, networks_of(foreground))


def test_what_the_new_stage_has_no_use_for_is_logged(tmp_path, caplog):
    caplog.set_level(logging.INFO, "vid2vid_core")
    path = write(tmp_path / "old.safetensors", toy_stage(), networks_of(toy_stage()))
    without = replace(toy_stage(), discriminator=replace(toy_stage().discriminator, n_scales_temporal=0))
    take_over(path, networks_of(without))
    assert "not used: temporal.0.scales.0" in caplog.messages[-1]


def test_temporal_discriminators_of_another_number_of_frames_start_fresh(tmp_path, caplog):
    caplog.set_level(logging.INFO, "vid2vid_core")
    old = networks_of(toy_stage())
    path = write(tmp_path / "old.safetensors", toy_stage(), old)
    two_frames = replace(toy_stage(), discriminator=replace(toy_stage().discriminator, n_frames_D=2))
    new, untouched = networks_of(two_frames, seed=1), networks_of(two_frames, seed=1)
    take_over(path, new)
    assert same(new.discriminator, old.discriminator)
    assert same(new.temporal[0], untouched.temporal[0])
    assert "temporal.0.scales.0" in next(line for line in caplog.messages if line.startswith("starts fresh"))
