"""Spectral normalisation of discriminators, in training, files and hand-over."""

from dataclasses import replace
from typing import Any, cast

import pytest
import torch
from torch import Tensor, nn
from toy import LABELS, toy_stage

from vid2vid_core.config import StageConfig
from vid2vid_core.models.weights import WeightsInfo, load_generator, load_weights, save_weights
from vid2vid_core.train.handover import take_over
from vid2vid_core.train.networks import Networks, build_networks


def stage_with(spectral_norm: bool, **sizes: Any) -> StageConfig:
    stage = toy_stage()
    return replace(stage, discriminator=replace(stage.discriminator, spectral_norm=spectral_norm, **sizes))


def networks_of(stage: StageConfig, seed: int = 0) -> Networks:
    return build_networks(stage, LABELS + 1, seed, None, torch.device("cpu"))


def write(path: Any, stage: StageConfig, networks: Networks) -> Any:
    save_weights(path, networks.trained(), WeightsInfo(stage, LABELS, (), LABELS + 1, "toy"))
    return path


def convolutions(network: nn.Module) -> list[nn.Conv2d]:
    return [part for part in network.modules() if isinstance(part, nn.Conv2d)]


def largest_singular_value(conv: nn.Conv2d) -> float:
    return float(torch.linalg.matrix_norm(conv.weight.detach().flatten(1).double(), ord=2))


def test_weights_of_every_layer_have_a_largest_singular_value_of_one() -> None:
    networks = networks_of(stage_with(True))
    judges = [networks.discriminator, *networks.temporal]
    for _ in range(30):
        for judge in judges:
            for conv in convolutions(judge):
                _ = conv.weight
    found = [largest_singular_value(conv) for judge in judges for conv in convolutions(judge)]
    assert len(found) >= 8
    assert found == pytest.approx([1.0] * len(found), abs=2e-2)
    plain = convolutions(networks_of(stage_with(False)).discriminator)
    assert any(abs(largest_singular_value(conv) - 1) > 0.2 for conv in plain)
    assert all("parametrizations" not in name for name, _ in networks.generator.named_parameters())


def test_weights_files_hold_all_and_the_next_stage_goes_on(tmp_path: Any) -> None:
    stage = stage_with(True)
    old, new = networks_of(stage), networks_of(stage, seed=1)
    path = write(tmp_path / "a.safetensors", stage, old)
    load_generator(path)
    assert any(name.endswith("_u") for name in load_weights(path)[0])
    take_over(path, new)
    for a, b in zip(convolutions(old.discriminator), convolutions(new.discriminator), strict=True):
        torch.testing.assert_close(trained_weight(a), trained_weight(b))


def test_it_may_begin_with_weights_that_were_trained_without(tmp_path: Any) -> None:
    path = write(tmp_path / "a.safetensors", stage_with(False), before := networks_of(stage_with(False)))
    new = networks_of(stage_with(True), seed=1)
    take_over(path, new)
    assert torch.equal(trained_weight(convolutions(new.temporal[0])[0]), convolutions(before.temporal[0])[0].weight)
    for conv in convolutions(new.discriminator):  # estimated anew, for the weights that have come
        assert largest_singular_value(conv) == pytest.approx(1.0, abs=0.05)


def test_it_cannot_be_turned_off_without_a_word(tmp_path: Any) -> None:
    path = write(tmp_path / "a.safetensors", stage_with(True), networks_of(stage_with(True)))
    with pytest.raises(ValueError, match=r"may be turned on but not off"):
        take_over(path, networks_of(stage_with(False)))


def test_another_number_of_frames_starts_fresh_here_too(tmp_path: Any) -> None:
    path = write(tmp_path / "a.safetensors", stage_with(True), networks_of(stage_with(True)))
    fresh, new = networks_of(stage_with(True, n_frames_D=2), 1), networks_of(stage_with(True, n_frames_D=2), 1)
    take_over(path, new)
    assert torch.equal(
        trained_weight(convolutions(new.temporal[0])[0]), trained_weight(convolutions(fresh.temporal[0])[0])
    )


def trained_weight(conv: nn.Conv2d) -> Tensor:
    return cast(Tensor, cast(Any, conv).parametrizations.weight.original)
