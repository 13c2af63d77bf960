"""Golden fixtures of all losses of a chunk: terms, totals, and which gradients they leave where.

The real step runs on them. In the place of the generator stands a module whose parameters are its pictures, so that
what the step leaves in them is the gradient of the generator's loss alone, if no discriminator loss leaks into it.
"""

from dataclasses import replace
from typing import cast

import torch
from torch import Tensor, nn

from parity.configs import stage_config
from parity.fixture import Comparison, Fixture
from parity.rollout import compare_norms
from parity.training import load_judges
from vid2vid_core.losses import face_region, face_side, total
from vid2vid_core.models import VideoGenerator
from vid2vid_core.train.networks import Networks
from vid2vid_core.train.optimizers import Optimizers
from vid2vid_core.train.step import chunk_losses, update
from vid2vid_core.train.temporal import Groups
from vid2vid_core.types import Chunk

_GENERATED = ("fake_B", "fake_B_raw", "flow", "weight", "fake_B_prev")


class Pictures(nn.Module):
    """What a generator made, as parameters; `named` has them by the names of the fixture."""

    def __init__(self, fixture: Fixture) -> None:
        super().__init__()
        self.scales = [self]  # a plain list, as the optimisers look for
        temporal = [key.removeprefix("in.") for key in fixture.arrays if key.endswith(".fake_B")]
        names = [name for name in (*_GENERATED, *temporal) if f"in.{name}" in fixture.arrays]
        self.named = {name: nn.Parameter(fixture.inputs(name).clone()) for name in names}
        for name, parameter in self.named.items():
            self.register_parameter(name.replace(".", "_"), parameter)


def run_discriminator_model(fixture: Fixture, comparison: Comparison) -> None:
    """One chunk through the real step, and where nothing was blended once more with one picture as both."""
    stage = stage_config(fixture.config)
    networks, keys = load_judges(fixture, stage)
    pictures = Pictures(fixture)
    networks = replace(networks, generator=cast(VideoGenerator, pictures))  # all the step does with it is step it
    chunk, groups = _chunk(fixture, pictures), _groups(fixture, pictures, len(networks.temporal))
    _compare_region(chunk, fixture, comparison)
    if chunk.flow is None and torch.equal(chunk.image, chunk.raw):
        _compare_shared(fixture, networks, pictures, comparison)
    optimizers = Optimizers(networks, stage.optimizer, train_all_scales=True)
    report = update(networks, optimizers, chunk_losses(networks, chunk, groups, stage), fixture.name)
    _compare_terms(report, comparison)
    reached = [name for name, parameter in pictures.named.items() if parameter.grad is not None]
    comparison.equal("loss_G reaches", sorted(reached), sorted(fixture.side["loss_G_reaches"]))
    for name in fixture.side["loss_G_does_not_reach"]:
        comparison.require(f"loss_G does not reach {name}", name in pictures.named and name not in reached)
    for name in reached:
        comparison.array(f"grad_G.{name}", pictures.named[name].grad)
    for loss, expected in fixture.side["gradient_norms"].items():
        gradients = {key: parameter.grad for key, parameter in keys.items() if key[0] in expected}
        compare_norms(loss, gradients, expected, comparison)
        for network, tops in expected.items():
            if not tops:  # such as the face discriminator without a face
                idle = all(gradient is None for (owner, _), gradient in gradients.items() if owner == network)
                comparison.require(f"{loss} does not reach {network}", idle)


def _chunk(fixture: Fixture, pictures: Pictures) -> Chunk:
    """All frames of the fixture as one chunk of one sequence."""

    def given(name: str) -> Tensor:
        return fixture.inputs(name)[None]

    made = {name: parameter[None] for name, parameter in pictures.named.items()}
    return Chunk(
        image=made["fake_B"],
        raw=made["fake_B_raw"],
        flow=made.get("flow"),
        weight=made.get("weight"),
        controls=given("real_A"),
        real=given("real_B"),
        real_previous=given("real_B_prev"),
        previous=made["fake_B_prev"],
        flow_ref=given("flow_ref"),
        confidence=given("conf_ref"),
    )


def _groups(fixture: Fixture, pictures: Pictures, count: int) -> list[Groups | None]:
    return [
        Groups(
            real=fixture.inputs(f"T{k}.real_B"),
            fake=pictures.named[f"T{k}.fake_B"],
            flows=fixture.inputs(f"T{k}.flow_ref"),
        )
        if f"T{k}.fake_B" in pictures.named
        else None
        for k in range(count)
    ]


def _compare_terms(report: dict[str, Tensor], comparison: Comparison) -> None:
    """Every term and total; a term that is switched off has no entry with us, and is zero in the fixture."""
    ours = {_name(name): value for name, value in report.items() if not name.startswith("gradient_")}
    expected = [key for key in comparison.fixture.outputs if key.startswith("loss")]
    comparison.equal("terms unknown to the fixture", set(ours) - set(expected), set())
    for key in expected:
        comparison.array(key, ours.get(key, torch.zeros(())))


def _name(ours: str) -> str:
    """The fixture's name of a term or total: `G_T_GAN0` is `loss_T0.G_T_GAN`."""
    if ours.startswith("loss_"):
        return ours
    if ours.startswith(("G_T_", "D_T_")):
        return f"loss_T{ours[-1]}.{ours[:-1]}"
    return f"loss.{ours}"


def _compare_region(chunk: Chunk, fixture: Fixture, comparison: Comparison) -> None:
    if "face_region_ys_ye_xs_xe" not in fixture.side:
        return
    stage = stage_config(fixture.config)
    region = face_region(chunk.controls.flatten(0, 1), stage.controls, face_side(stage.data.fineSize))
    got = [None] * 4 if region is None else [region.top, region.bottom, region.left, region.right]
    comparison.equal("face region", got, fixture.side["face_region_ys_ye_xs_xe"])


def _compare_shared(fixture: Fixture, networks: Networks, pictures: Pictures, comparison: Comparison) -> None:
    """The same as one tensor, which is judged once and counted twice."""
    chunk, groups = _chunk(fixture, pictures), _groups(fixture, pictures, len(networks.temporal))
    losses = chunk_losses(networks, replace(chunk, raw=chunk.image), groups, stage_config(fixture.config))
    loss, expected = total(losses.generator), fixture.arrays
    comparison.tensor("loss_G of one picture as both", loss, expected["out.loss_G"])
    comparison.tensor("loss_D of one picture as both", total(losses.discriminator) / 2, expected["out.loss_D"])
    (gradient,) = torch.autograd.grad(loss, pictures.named["fake_B"])
    both = expected["out.grad_G.fake_B"] + expected["out.grad_G.fake_B_raw"]
    comparison.tensor("gradient of one picture as both", gradient, both)


KINDS = {"discriminator_model": run_discriminator_model}
