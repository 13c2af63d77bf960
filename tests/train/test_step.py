from dataclasses import replace

import pytest
import torch
from toy import LABELS, toy_stage

from vid2vid_core.config import OptimizerConfig
from vid2vid_core.config.schedule import EpochState
from vid2vid_core.train.finite import NotFiniteError
from vid2vid_core.train.networks import build_networks
from vid2vid_core.train.optimizers import Optimizers
from vid2vid_core.train.rollout import generate_chunk, start_clip
from vid2vid_core.train.step import chunk_losses, update
from vid2vid_core.train.temporal import make_history
from vid2vid_core.types import Clip

SIZE = (16, 32)


def clip_of(frames=6):
    draw = torch.Generator().manual_seed(0)
    blocks = torch.randint(0, LABELS, (1, frames, 1, 2, 4), generator=draw)
    labels = blocks.repeat_interleave(8, -1).repeat_interleave(8, -2)
    return Clip(
        images=(labels.float() - 1).expand(1, frames, 3, *SIZE) * torch.tensor([0.9, 0.2, -0.5]).view(3, 1, 1),
        controls=labels,
        instances=labels * 7,
        flow=torch.randn(1, frames - 1, 2, *SIZE, generator=draw),
        confidence=torch.ones(1, frames - 1, 1, *SIZE),
    )


class Rig:
    """Networks, optimisers and a clip; `step` trains on one chunk of it."""

    def __init__(self, stage, all_scales=True, frames=3):
        self.stage = stage
        self.networks = build_networks(stage, LABELS + 1, 0, None, torch.device("cpu"))
        self.state = EpochState(1, 2e-4, frames, frames, 1, all_scales)
        self.optimizers = Optimizers(self.networks, stage.optimizer, all_scales)
        self.optimizers.enter(self.state)
        self.clip, self.frames = clip_of(frames + 2), frames

    def losses(self):
        carry = start_clip(self.clip.images, self.stage.generator)
        chunk, _ = generate_chunk(self.networks.generator, self.clip, 0, self.frames, carry, self.state, LABELS)
        return chunk_losses(self.networks, chunk, make_history(self.stage.discriminator).add(chunk), self.stage)

    def step(self):
        return update(self.networks, self.optimizers, self.losses(), "here")

    @torch.no_grad()
    def distance(self):
        carry = start_clip(self.clip.images, self.stage.generator)
        chunk, _ = generate_chunk(self.networks.generator, self.clip, 0, self.frames, carry, self.state, LABELS)
        return float((chunk.image - chunk.real).abs().mean())

    def weights(self):
        return {
            name: {key: tensor.clone() for key, tensor in network.state_dict().items()}
            for name, network in self.networks.trained().items()
        }

    def changed(self, before, part):
        now = self.weights()
        network, _, prefix = part.partition("/")
        keys = [key for key in now[network] if key.startswith(prefix) and "weight" in key]
        return any(not torch.equal(now[network][key], before[network][key]) for key in keys)


def test_gradients_of_each_network_come_from_its_own_loss_alone():
    rig = Rig(toy_stage())
    losses = rig.losses()
    parts = {"generator": losses.generator, "discriminator": losses.discriminator, "temporal.0": losses.temporal[0]}
    expected = {}
    for name, network in rig.networks.trained().items():
        factor = 1 if name == "generator" else 0.5
        loss = factor * sum(parts[name].values())
        parameters = list(network.parameters())
        expected[name] = torch.autograd.grad(loss, parameters, retain_graph=True, allow_unused=True)
    update(rig.networks, rig.optimizers, losses, "here")
    for name, network in rig.networks.trained().items():
        for parameter, gradient in zip(network.parameters(), expected[name], strict=True):
            if gradient is not None:
                torch.testing.assert_close(parameter.grad, gradient)


def test_discriminator_losses_do_not_depend_on_the_generator_step():
    """All losses are computed before anything is updated."""
    rig, other = Rig(toy_stage()), Rig(toy_stage())
    rig.step()
    losses = other.losses()
    losses.generator = {name: 0 * value for name, value in losses.generator.items()}
    update(other.networks, other.optimizers, losses, "here")
    for name in ("discriminator", "temporal.0"):
        for a, b in zip(
            rig.networks.trained()[name].parameters(), other.networks.trained()[name].parameters(), strict=True
        ):
            assert torch.equal(a, b)


def test_temporal_discriminator_without_groups_is_left_alone():
    rig = Rig(toy_stage(), frames=2)
    before = rig.weights()
    terms = rig.step()
    assert rig.changed(before, "discriminator")
    assert not rig.changed(before, "temporal.0")
    assert "loss_D_T0" not in terms


def test_frozen_scale_stays_and_trains_after_unfreezing():
    rig = Rig(toy_stage(scales=2), all_scales=False)
    before = rig.weights()
    rig.step()
    assert not rig.changed(before, "generator/scales.0")
    assert rig.changed(before, "generator/scales.1")
    rig.state = replace(rig.state, epoch=2, train_all_scales=True, lr=1e-4)
    rig.optimizers.enter(rig.state)
    assert not rig.optimizers.generator.state  # a fresh Adam
    rig.step()
    assert rig.changed(before, "generator/scales.0")
    assert {group["lr"] for optimizer in rig.optimizers.named().values() for group in optimizer.param_groups} == {1e-4}


def test_ttur_holds_through_decay_and_unfreezing():
    rig = Rig(replace(toy_stage(scales=2), optimizer=OptimizerConfig(TTUR=True)), all_scales=False)
    rig.optimizers.enter(replace(rig.state, train_all_scales=True, lr=1e-4))
    found = {
        name: (optimizer.param_groups[0]["lr"], optimizer.param_groups[0]["betas"])
        for name, optimizer in rig.optimizers.named().items()
    }
    assert found["generator"] == (5e-5, (0.0, 0.9))
    assert found["discriminator"] == (2e-4, (0.0, 0.9))
    assert found["temporal.0"] == (1e-4, (0.5, 0.999))


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_loss_that_is_not_finite_changes_nothing(value):
    rig = Rig(toy_stage())
    losses = rig.losses()
    losses.generator["F_Flow"] = losses.generator["F_Flow"] * value
    before = rig.weights()
    with pytest.raises(NotFiniteError, match="epoch 3, clip 7.*F_Flow is (nan|inf).*loss_G is"):
        update(rig.networks, rig.optimizers, losses, "epoch 3, clip 7")
    assert not any(rig.changed(before, name) for name in ("generator", "discriminator", "temporal.0"))


def test_gradient_that_is_not_finite_changes_nothing():
    rig = Rig(toy_stage())
    losses = rig.losses()
    root = losses.generator["F_Flow"]
    losses.generator["F_Flow"] = (root - root.detach()).sqrt() + root.detach()  # finite, with an infinite slope
    before = rig.weights()
    with pytest.raises(NotFiniteError, match="gradient_G is"):
        update(rig.networks, rig.optimizers, losses, "here")
    assert not rig.changed(before, "generator")


def test_pictures_come_nearer_to_the_real_ones_on_one_clip():
    rig = Rig(toy_stage())
    rig.clip.flow.zero_()
    rig.optimizers.enter(replace(rig.state, lr=2e-3))
    before = rig.distance()
    for _ in range(40):
        rig.step()
    assert rig.distance() < 0.6 * before
