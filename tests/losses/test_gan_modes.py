"""The kinds of adversarial loss, on every discriminator that has one."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.testing import assert_close

from vid2vid_core.config import DiscriminatorConfig, LossConfig
from vid2vid_core.losses import Region, face_terms, image_terms, temporal_terms
from vid2vid_core.losses.assembly import Terms
from vid2vid_core.types import Chunk

DISC = DiscriminatorConfig(num_D=1, n_layers_D=1, n_frames_D=2)
REAL, FAKE, RAW = 0.5, -2.5, 1.5
"""What the stub discriminator says of real, final and raw pictures."""
FRAMES, SIZE = 2, 8


class MeanOfPictures(nn.Module):
    """Predicts the mean of the newest picture's first channel, times a weight of 1."""

    def __init__(self, channel: int) -> None:
        super().__init__()
        self.channel = channel
        self.weight = nn.Parameter(torch.ones(()))

    def forward(self, x: Tensor) -> list[list[Tensor]]:
        return [[x, self.weight * x[:, self.channel].mean(dim=(1, 2)).view(-1, 1, 1, 1)]]


def pictures(value: float) -> Tensor:
    return torch.full((1, FRAMES, 3, SIZE, SIZE), value, requires_grad=True)


def chunk() -> Chunk:
    nothing = torch.zeros(1, FRAMES, 1, SIZE, SIZE)
    return Chunk(
        image=pictures(FAKE),
        raw=pictures(RAW),
        flow=None,
        weight=None,
        controls=nothing,
        real=pictures(REAL).detach(),
        real_previous=pictures(REAL).detach(),
        previous=pictures(REAL).detach(),
        flow_ref=torch.zeros(1, FRAMES, 2, SIZE, SIZE),
        confidence=nothing,
    )


def of_image(network: nn.Module, losses: LossConfig) -> tuple[Terms, Terms]:
    return image_terms(network, chunk(), losses, DISC)


def of_face(network: nn.Module, losses: LossConfig) -> tuple[Terms, Terms]:
    return face_terms(network, chunk(), Region(2, 6, 2, 6), losses, DISC)


def of_groups(network: nn.Module, losses: LossConfig) -> tuple[Terms, Terms]:
    real, fake = pictures(REAL).detach(), pictures(FAKE)
    return temporal_terms(network, real, fake, torch.zeros(1, 1, 2, SIZE, SIZE), losses, DISC)


DISCRIMINATORS: dict[str, tuple[Callable[[nn.Module, LossConfig], tuple[Terms, Terms]], int, int, list[float]]] = {
    # name: terms, picture channel, factor of the generator's term, generated pictures it judges
    "": (of_image, 1, 1, [FAKE, RAW]),
    "_f": (of_face, 1, 2, [FAKE]),
    "_T": (of_groups, 3, 1, [FAKE]),
}


def softplus(x: float) -> float:
    return float(torch.nn.functional.softplus(torch.tensor(x, dtype=torch.float64)))


# mode: what a prediction costs the generator, and the discriminator where it is real or generated
FORMULAS: dict[str, tuple[Callable[[float], float], Callable[[float], float], Callable[[float], float]]] = {
    "ls": (lambda p: (p - 1) ** 2, lambda p: (p - 1) ** 2, lambda p: p**2),
    "original": (lambda p: softplus(-p), lambda p: softplus(-p), softplus),
    "hinge": (lambda p: -p, lambda p: max(0.0, 1 - p), lambda p: max(0.0, 1 + p)),
}


@pytest.mark.parametrize("mode", FORMULAS)
@pytest.mark.parametrize("name", DISCRIMINATORS)
def test_terms_are_those_of_the_mode(name: str, mode: str) -> None:
    compute, channel, factor, fakes = DISCRIMINATORS[name]
    losses = LossConfig(gan_mode=mode, no_ganFeat=True)  # type: ignore[arg-type]
    generator, own = compute(MeanOfPictures(channel), losses)
    wanted, real, fake = FORMULAS[mode]
    assert_close(generator[f"G{name}_GAN"].item(), factor * sum(map(wanted, fakes)), rtol=1e-5, atol=1e-6)
    assert_close(own[f"D{name}_real"].item(), len(fakes) * real(REAL), rtol=1e-5, atol=1e-6)
    assert_close(own[f"D{name}_fake"].item(), sum(map(fake, fakes)), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", ["_f", "_T"])
def test_hinge_leaves_a_discriminator_alone_that_is_sure_enough(name: str) -> None:
    compute, channel, _, _ = DISCRIMINATORS[name]
    network = MeanOfPictures(channel)
    generator, own = compute(network, LossConfig(gan_mode="hinge", no_ganFeat=True))
    (sure,) = torch.autograd.grad(own[f"D{name}_fake"], network.weight, retain_graph=True)
    (unsure,) = torch.autograd.grad(own[f"D{name}_real"], network.weight, retain_graph=True)
    assert sure == 0 and unsure == -REAL  # -2.5 lies beyond the margin of -1; 0.5 lies within that of 1
    (pull,) = torch.autograd.grad(generator[f"G{name}_GAN"], network.weight)
    assert pull == -FAKE * DISCRIMINATORS[name][2]  # no margin for the generator
