"""The face discriminator in training: stepped with the image discriminator, stored and handed over."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from toy import toy_stage

from vid2vid_core.config import ControlConfig, DataConfig, StageConfig
from vid2vid_core.config.schedule import EpochState
from vid2vid_core.models.weights import WeightsInfo, load_weights, save_weights
from vid2vid_core.train.checkpoint import CheckpointFolder, restore
from vid2vid_core.train.handover import take_over
from vid2vid_core.train.networks import Networks, build_networks
from vid2vid_core.train.optimizers import Optimizers
from vid2vid_core.train.position import Position
from vid2vid_core.train.rollout import generate_chunk, start_clip
from vid2vid_core.train.step import chunk_losses, update
from vid2vid_core.train.temporal import make_history
from vid2vid_core.types import Clip

CHANNELS = 6
STATE = EpochState(1, 2e-4, 2, 2, 1, True)


def pose_stage(num_D: int = 1, ndf: int = 4, *, face: bool = True, **controls: bool) -> StageConfig:
    plain = toy_stage()
    return replace(
        plain,
        controls=ControlConfig(kind="pose", **controls),
        discriminator=replace(plain.discriminator, num_D=num_D, ndf=ndf, add_face_disc=face),
        data=DataConfig(fineSize=64),
    )


def clip(*, face: bool) -> Clip:
    draw = torch.Generator().manual_seed(0)
    controls = torch.full((1, 4, CHANNELS, 32, 48), -1.0)
    if face:
        controls[:, :, 2, 10:14, 20:24] = 1.0
    return Clip(
        images=torch.rand(1, 4, 3, 32, 48, generator=draw) * 2 - 1,
        controls=controls,
        instances=None,
        flow=torch.zeros(1, 3, 2, 32, 48),
        confidence=torch.ones(1, 3, 1, 32, 48),
    )


def networks_of(stage: StageConfig, seed: int = 0) -> Networks:
    return build_networks(stage, CHANNELS, seed, None, torch.device("cpu"))


def step(stage: StageConfig, networks: Networks, optimizers: Optimizers, *, face: bool) -> dict[str, torch.Tensor]:
    given = clip(face=face)
    start = start_clip(given.images, stage.generator)
    chunk, _ = generate_chunk(networks.generator, given, 0, 2, start, STATE, 0)
    groups = make_history(stage.discriminator).add(chunk)
    return update(networks, optimizers, chunk_losses(networks, chunk, groups, stage), "here")


def state_of(network: torch.nn.Module | None) -> dict[str, torch.Tensor]:
    assert network is not None
    return {name: tensor.clone() for name, tensor in network.state_dict().items()}


def equal(a: dict[str, torch.Tensor], b: dict[str, torch.Tensor]) -> bool:
    return all(torch.equal(a[name], b[name]) for name in a) and a.keys() == b.keys()


def test_it_is_stepped_with_the_image_discriminator_and_reported() -> None:
    stage = pose_stage()
    networks = networks_of(stage)
    optimizers = Optimizers(networks, stage.optimizer, True)
    before = state_of(networks.face)
    terms = step(stage, networks, optimizers, face=True)
    assert not equal(before, state_of(networks.face))
    assert {"G_f_GAN", "G_f_GAN_Feat", "D_f_real", "D_f_fake"} <= terms.keys()
    torch.testing.assert_close(
        terms["loss_D"], (terms["D_real"] + terms["D_fake"] + terms["D_f_real"] + terms["D_f_fake"]) / 2
    )
    assert "discriminator_face" not in optimizers.named()


def test_a_chunk_without_a_face_leaves_it_alone() -> None:
    stage = pose_stage()
    networks = networks_of(stage)
    optimizers = Optimizers(networks, stage.optimizer, True)
    step(stage, networks, optimizers, face=True)
    before = state_of(networks.face), state_of(networks.discriminator)
    terms = step(stage, networks, optimizers, face=False)
    assert equal(before[0], state_of(networks.face))
    assert not equal(before[1], state_of(networks.discriminator))
    assert not [name for name in terms if "_f_" in name]


def test_the_face_counts_in_the_generators_loss() -> None:
    stage = pose_stage()
    networks = networks_of(stage)
    given = clip(face=True)
    chunk, _ = generate_chunk(networks.generator, given, 0, 2, start_clip(given.images, stage.generator), STATE, 0)
    losses = chunk_losses(networks, chunk, make_history(stage.discriminator).add(chunk), stage)
    assert losses.generator["G_f_GAN"].item() > 0
    (gradient,) = torch.autograd.grad(losses.generator["G_f_GAN"], [chunk.image])
    assert (gradient != 0).any()


@pytest.mark.parametrize(("num_D", "scales"), [(1, 1), (2, 1), (3, 1), (4, 2), (5, 3)])
def test_it_has_two_sizes_less_but_one_at_least(num_D: int, scales: int) -> None:
    face = networks_of(pose_stage(num_D)).face
    assert face is not None and len(face.scales) == scales
    assert face.state_dict()["scales.0.layers.0.conv.weight"].shape[1] == CHANNELS + 3


def test_adding_it_leaves_the_first_weights_of_the_others_alone() -> None:
    with_it, without = networks_of(pose_stage()).trained(), networks_of(pose_stage(face=False)).trained()
    assert with_it.keys() - without.keys() == {"discriminator_face"}
    assert all(equal(state_of(with_it[name]), state_of(without[name])) for name in without)


def test_checkpoint_and_weights_file_hold_it(tmp_path: Path) -> None:
    stage = pose_stage()
    networks = networks_of(stage)
    optimizers = Optimizers(networks, stage.optimizer, True)
    step(stage, networks, optimizers, face=True)
    folder = CheckpointFolder(tmp_path / "state", "f")
    folder.save(networks, optimizers, Position(step=1), [])
    again = networks_of(stage, seed=1)
    other = Optimizers(again, stage.optimizer, True)
    checkpoint = folder.newest()
    assert checkpoint is not None
    restore(checkpoint, again, other)
    assert equal(state_of(again.face), state_of(networks.face))
    step(stage, networks, optimizers, face=True)
    step(stage, again, other, face=True)
    assert equal(state_of(again.face), state_of(networks.face))  # Adam's moments came back as well

    path = tmp_path / "weights.safetensors"
    save_weights(path, networks.trained(), WeightsInfo(stage, 0, (), CHANNELS, "dance"))
    tensors, info = load_weights(path)
    assert info.stage.discriminator.add_face_disc
    assert any(name.startswith("discriminator_face.scales.0.") for name in tensors)


def test_the_next_stage_starts_with_it(tmp_path: Path) -> None:
    old = networks_of(pose_stage(4, 4))
    path = tmp_path / "weights.safetensors"
    save_weights(path, old.trained(), WeightsInfo(pose_stage(4, 4), 0, (), CHANNELS, "dance"))
    new, untouched = networks_of(pose_stage(5, 2), seed=1), networks_of(pose_stage(5, 2), seed=1)
    take_over(path, new)
    assert old.face is not None and new.face is not None and untouched.face is not None
    for number in (0, 1):
        assert equal(state_of(new.face.scales[number]), state_of(old.face.scales[number]))
    assert equal(state_of(new.face.scales[2]), state_of(untouched.face.scales[2]))


def test_other_controls_have_no_face() -> None:
    plain = toy_stage()
    sizes = replace(plain.discriminator, add_face_disc=True)
    with pytest.raises(ValueError, match="add_face_disc needs controls.kind pose.* it is labels"):
        replace(plain, discriminator=sizes)
    with pytest.raises(ValueError, match="add_face_disc needs data.fineSize >= 32, it is 24"):
        replace(pose_stage(), data=DataConfig(fineSize=24))
