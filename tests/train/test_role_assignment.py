"""Who does what where ranks have roles, and which gradients they have to exchange."""

from dataclasses import replace

import pytest
import torch
from toy import LABELS, toy_stage

from vid2vid_core.config import LossConfig, StageConfig
from vid2vid_core.config.schedule import EpochState
from vid2vid_core.models import Vgg19Features
from vid2vid_core.train.networks import build_networks
from vid2vid_core.train.parallel.costs import part_costs
from vid2vid_core.train.parallel.role_networks import held
from vid2vid_core.train.parallel.roles import Roles, assign_roles, loss_parts, reaches_back, wanted
from vid2vid_core.train.rollout import Carry, generate_frames

COSTS = {"image": 7.0, "likeness": 4.0, "flow": 0.0, "temporal.0": 3.0, "temporal.1": 2.0}


def stage_of(makers: int, **losses: float) -> StageConfig:
    stage = toy_stage(n_gpus_gen=makers)
    sizes = replace(stage.discriminator, n_scales_temporal=2)
    return replace(stage, losses=LossConfig(no_vgg=False, **losses), discriminator=sizes)


@pytest.mark.parametrize(
    ("judges", "parts"),
    [
        (1, (("image", "likeness", "flow", "temporal.0", "temporal.1"),)),
        (2, (("image", "flow"), ("likeness", "temporal.0", "temporal.1"))),
        (3, (("image",), ("likeness", "flow"), ("temporal.0", "temporal.1"))),
        (5, (("image",), ("likeness",), ("temporal.0",), ("temporal.1",), ("flow",))),
    ],
)
def test_judges_get_about_the_same(judges: int, parts: tuple[tuple[str, ...], ...]) -> None:
    roles = assign_roles(stage_of(2), 2 + judges, COSTS)
    shares = [sum(COSTS[part] for part in share) for share in roles.parts]
    assert sorted(part for share in roles.parts for part in share) == sorted(COSTS)
    assert all(roles.parts) and max(shares) == max(sum(COSTS[part] for part in share) for share in parts)


@pytest.mark.parametrize("ranks", [1, 2, 8])
def test_so_many_ranks_cannot_share_it(ranks: int) -> None:
    with pytest.raises(ValueError, match=rf"n_gpus_gen 2 needs 3 to 7 ranks.*there are {ranks}\. Start so many"):
        assign_roles(stage_of(2), ranks, COSTS)


@pytest.mark.parametrize("frames", [1, 2, 3, 7, 12])
def test_every_frame_is_generated_by_one_maker_in_turn(frames: int) -> None:
    roles = Roles(3, (("image",),))
    blocks = [roles.block(rank, frames) for rank in range(3)]
    assert [frame for block in blocks for frame in block] == list(range(frames))
    assert max(map(len, blocks)) - min(map(len, blocks)) <= 1 and len(blocks[0]) >= 1


def test_each_network_is_at_home_once() -> None:
    roles = assign_roles(stage_of(1), 4, COSTS)
    homes = [held(roles, rank) for rank in range(4)]
    assert sorted(name for own in homes for name in own) == [
        "discriminator", "discriminator_face", "generator", "temporal.0", "temporal.1",
    ]  # fmt: skip


def test_only_what_gets_a_gradient_is_sent() -> None:
    stage, flow = stage_of(1), ("flow",)
    assert wanted(("image", "flow"), stage) == ("image", "raw", "flow")
    assert wanted(("temporal.0",), stage) == ("image",)
    assert wanted(flow, stage_of(1, lambda_T=0.0)) == ("flow",)
    assert wanted(flow, replace(stage, generator=replace(stage.generator, no_flow=True))) == ("image",)
    first = replace(stage, generator=replace(stage.generator, no_first_img=True))
    assert wanted(flow, first) == ("image", "flow", "weight")


def test_parts_are_those_that_have_terms() -> None:
    temporal = ["temporal.0", "temporal.1"]
    assert loss_parts(stage_of(1), perceptual=True) == ["image", "likeness", "flow", *temporal]
    assert loss_parts(stage_of(1), perceptual=False) == ["image", "flow", *temporal]
    assert loss_parts(stage_of(1, lambda_T=0.0, lambda_F=0.0, lambda_L1=1.0), perceptual=False) == [
        "image", "likeness", *temporal,
    ]  # fmt: skip


def test_costs_follow_the_size_of_the_frames() -> None:
    """The perceptual network sees wide pictures halved, discriminators see all of them."""
    costs = {}
    for width in (512, 2048):
        stage = stage_of(1)
        stage = replace(stage, data=replace(stage.data, loadSize=width))
        networks = build_networks(stage, LABELS + 1, 0, None, torch.device("cpu"))
        networks.vgg = Vgg19Features(None)
        costs[width] = part_costs(loss_parts(stage, True), networks, stage)
    assert costs[2048]["image"] == pytest.approx(16 * costs[512]["image"])
    assert costs[2048]["likeness"] == pytest.approx(4 * costs[512]["likeness"])


@pytest.mark.parametrize("n_frames_bp", [1, 2, 3, 6])
@pytest.mark.parametrize("n_frames_G", [2, 3])
def test_gradients_are_asked_for_where_there_are_some(n_frames_bp: int, n_frames_G: int) -> None:
    frames, past, stage = 6, n_frames_G - 1, toy_stage()
    stage = replace(stage, generator=replace(stage.generator, n_frames_G=n_frames_G))
    generator = build_networks(stage, LABELS + 1, 0, None, torch.device("cpu")).generator
    state = EpochState(1, 2e-4, frames, frames, n_frames_bp, True)
    for border in range(1, frames):
        before = torch.zeros(1, past, 3, 16, 32, requires_grad=True)
        controls = torch.zeros(1, frames - border + past, LABELS + 1, 16, 32)
        made, _ = generate_frames(generator, controls, range(border, frames), Carry([before], first=False), state)
        loss = torch.stack([output.image.sum() for output in made]).sum()
        (gradient,) = torch.autograd.grad(loss, [before], allow_unused=True)
        found = gradient is not None and bool(gradient[:, -1].any())
        assert reaches_back(border, frames, past, n_frames_bp) == found, border
