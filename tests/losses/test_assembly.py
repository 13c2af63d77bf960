"""The losses of a chunk: names, values, and whom they teach."""

import dataclasses

import pytest
import torch
from torch import Tensor, nn
from torch.testing import assert_close

from vid2vid_core.config import DiscriminatorConfig, LossConfig
from vid2vid_core.losses import flow_terms, image_terms, likeness_terms, temporal_terms, total
from vid2vid_core.models import MultiscaleDiscriminator
from vid2vid_core.ops import warp
from vid2vid_core.types import Chunk

DISC = DiscriminatorConfig(ndf=4, n_layers_D=2, num_D=2)
CONTROLS = 4
FRAMES, HEIGHT, WIDTH = 2, 16, 24


def leaf(*shape: int, scale: float = 1.0) -> Tensor:
    return (scale * (torch.rand(1, FRAMES, *shape, HEIGHT, WIDTH) * 2 - 1)).requires_grad_()


@pytest.fixture
def chunk() -> Chunk:
    torch.manual_seed(0)
    return Chunk(
        image=leaf(3),
        raw=leaf(3),
        flow=leaf(2, scale=3.0),
        weight=leaf(1).abs().detach().requires_grad_(),
        controls=torch.rand(1, FRAMES, CONTROLS, HEIGHT, WIDTH),
        real=leaf(3).detach(),
        real_previous=leaf(3).detach(),
        previous=leaf(3),
        flow_ref=leaf(2, scale=3.0).detach(),
        confidence=torch.rand(1, FRAMES, 1, HEIGHT, WIDTH),
    )


@pytest.fixture
def discriminator() -> MultiscaleDiscriminator:
    torch.manual_seed(1)
    network = MultiscaleDiscriminator(CONTROLS + 3, DISC)
    for parameter in network.parameters():
        parameter.data.mul_(5)
    return network


def reached(terms: dict[str, Tensor], name: str, *leaves: Tensor | None) -> list[bool]:
    """Which of `leaves` get a gradient from one term."""
    targets = [leaf for leaf in leaves if leaf is not None]
    grads = torch.autograd.grad(terms[name], targets, allow_unused=True, retain_graph=True)
    return [grad is not None and bool(grad.abs().sum() > 0) for grad in grads]


class Taps(nn.Module):
    """Stands in for VGG: five maps of known values; counts its calls."""

    calls = 0

    def forward(self, x: Tensor) -> list[Tensor]:
        self.calls += 1
        return [x * k for k in range(1, 6)]


def picture_terms_of(
    discriminator: nn.Module, chunk: Chunk, losses: LossConfig, vgg: nn.Module | None
) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    generator, own = image_terms(discriminator, chunk, losses, DISC)
    return generator | likeness_terms(chunk, losses, vgg), own


def test_image_terms_are_the_formulas(chunk: Chunk, discriminator: MultiscaleDiscriminator) -> None:
    losses = LossConfig(lambda_feat=7.0, lambda_L1=3.0)
    generator, own = picture_terms_of(discriminator, chunk, losses, Taps())

    def judge(picture: Tensor) -> list[list[Tensor]]:
        return discriminator(torch.cat((chunk.controls[0], picture[0]), dim=1))

    real, fakes = judge(chunk.real), [judge(chunk.image), judge(chunk.raw)]

    def distance(outputs: list[list[Tensor]], target: float) -> Tensor:
        return torch.stack([(layers[-1] - target).square().mean() for layers in outputs]).sum()

    assert_close(own["D_real"], 2 * distance(real, 1))
    assert_close(own["D_fake"], distance(fakes[0], 0) + distance(fakes[1], 0))
    assert_close(generator["G_GAN"], distance(fakes[0], 1) + distance(fakes[1], 1))
    features = sum((f - r).abs().mean() for fake in fakes for fs, rs in zip(fake, real, strict=True)
                   for f, r in zip(fs[:-1], rs[:-1], strict=True))  # fmt: skip
    assert_close(generator["G_GAN_Feat"], features * 4 / 3 / 2 * 7.0)
    l1 = (chunk.image - chunk.real).abs().mean() + (chunk.raw - chunk.real).abs().mean()
    assert_close(generator["G_L1"], 3.0 * l1)
    assert_close(generator["G_VGG"], 7.0 * l1 * (1 / 32 + 2 / 16 + 3 / 8 + 4 / 4 + 5))
    assert set(generator) == {"G_GAN", "G_GAN_Feat", "G_L1", "G_VGG"}


def test_every_distinct_picture_is_judged_once(chunk: Chunk, discriminator: MultiscaleDiscriminator) -> None:
    seen = []
    discriminator.register_forward_hook(lambda *_: seen.append(1))
    vgg = Taps()
    picture_terms_of(discriminator, chunk, LossConfig(), vgg)
    assert (len(seen), vgg.calls) == (3, 3)
    twice = dataclasses.replace(chunk, raw=chunk.image.clone())
    once = dataclasses.replace(chunk, raw=chunk.image)
    expected = [total(terms) for terms in picture_terms_of(discriminator, twice, LossConfig(), vgg)]
    seen.clear()
    got = [total(terms) for terms in picture_terms_of(discriminator, once, LossConfig(), vgg)]
    assert len(seen) == 2
    assert_close(got, expected)


def test_switched_off_terms_are_absent(chunk: Chunk, discriminator: MultiscaleDiscriminator) -> None:
    assert "G_VGG" not in picture_terms_of(discriminator, chunk, LossConfig(), None)[0]
    off = LossConfig(no_vgg=True, no_ganFeat=True)
    assert set(picture_terms_of(discriminator, chunk, off, Taps())[0]) == {"G_GAN"}
    zero = LossConfig(lambda_feat=0, lambda_F=0, lambda_T=0)
    assert set(picture_terms_of(discriminator, chunk, zero, Taps())[0]) == {"G_GAN"}
    assert flow_terms(chunk, zero, 1, no_first_img=False) == {}


def test_each_side_gets_the_gradients_of_its_own_terms(chunk: Chunk, discriminator: MultiscaleDiscriminator) -> None:
    generator, own = picture_terms_of(discriminator, chunk, LossConfig(lambda_L1=1.0), Taps())
    parameters = list(discriminator.parameters())
    torch.autograd.backward(total(own), inputs=parameters, retain_graph=True)
    assert chunk.image.grad is None and chunk.raw.grad is None
    own_gradient = [p.grad.clone() for p in parameters if p.grad is not None]
    torch.autograd.backward(total(generator), inputs=[chunk.image, chunk.raw])
    assert chunk.image.grad is not None and chunk.raw.grad is not None
    assert_close([p.grad for p in parameters], own_gradient)

    alone = dataclasses.replace(chunk, image=chunk.image.detach(), raw=chunk.raw.detach())
    total(picture_terms_of(discriminator, alone, LossConfig(), None)[1]).backward()
    assert_close([p.grad for p in parameters], [2 * g for g in own_gradient])


def test_flow_terms_are_the_formulas(chunk: Chunk) -> None:
    assert chunk.flow is not None and chunk.weight is not None
    terms = flow_terms(chunk, LossConfig(lambda_F=6.0, lambda_T=5.0), num_scales=3, no_first_img=True)
    c = chunk.confidence[0]
    assert_close(terms["F_Flow"], 6.0 / 4 * (c * (chunk.flow - chunk.flow_ref)[0]).abs().mean())
    assert_close(
        terms["F_Warp"], 5.0 * (c * (warp(chunk.real_previous[0], chunk.flow[0]) - chunk.real[0])).abs().mean()
    )
    assert_close(
        terms["G_Warp"], 5.0 * (c * (chunk.image[0] - warp(chunk.previous[0], chunk.flow_ref[0]))).abs().mean()
    )
    assert_close(terms["W"], (c * chunk.weight[0]).abs().mean())


def test_flow_terms_reach_what_they_should(chunk: Chunk) -> None:
    terms = flow_terms(chunk, LossConfig(), num_scales=1, no_first_img=True)
    leaves = (chunk.image, chunk.raw, chunk.flow, chunk.weight, chunk.previous)
    assert reached(terms, "G_Warp", *leaves) == [True, False, False, False, False]
    assert reached(terms, "F_Flow", *leaves) == [False, False, True, False, False]
    assert reached(terms, "F_Warp", *leaves) == [False, False, True, False, False]
    assert reached(terms, "W", *leaves) == [False, False, False, True, False]


def test_the_weight_term_is_for_sequences_that_begin_from_nothing(chunk: Chunk) -> None:
    assert "W" not in flow_terms(chunk, LossConfig(), 1, no_first_img=False)


def test_without_flow_only_the_warping_term_remains(chunk: Chunk) -> None:
    without = dataclasses.replace(chunk, flow=None, weight=None, raw=chunk.image)
    assert set(flow_terms(without, LossConfig(), 1, no_first_img=True)) == {"G_Warp"}


def test_temporal_terms_judge_stacked_frames_and_scaled_flows() -> None:
    torch.manual_seed(2)
    network = MultiscaleDiscriminator(9 + 4, DISC)
    real, fake = torch.rand(2, 3, 3, HEIGHT, WIDTH), torch.rand(2, 3, 3, HEIGHT, WIDTH, requires_grad=True)
    flows = torch.randn(2, 2, 2, HEIGHT, WIDTH) * 20
    inputs: list[Tensor] = []
    network.register_forward_pre_hook(lambda _, arguments: inputs.append(arguments[0]))
    generator, own = temporal_terms(network, real, fake, flows, LossConfig(), DISC)
    assert set(generator) == {"G_T_GAN", "G_T_GAN_Feat"} and set(own) == {"D_T_real", "D_T_fake"}
    assert len(inputs) == 2
    for given, frames in zip(inputs, (real, fake), strict=True):
        assert_close(given[:, 3:6], frames[:, 1])
        assert_close(given[:, 9:11], flows[:, 0] / 20)
        assert_close(given[:, 11:13], flows[:, 1] / 20)
    judged = network(inputs[0])
    assert_close(own["D_T_real"], torch.stack([(o[-1] - 1).square().mean() for o in judged]).sum())
    torch.autograd.backward(total(generator), inputs=[fake])
    assert fake.grad is not None and (fake.grad[:, 0] != 0).any()


def test_total_is_the_plain_sum() -> None:
    assert_close(total({"a": torch.tensor(1.5), "b": torch.tensor(2.0)}), torch.tensor(3.5))
