"""Terms of the face discriminator."""

import torch
from torch import Tensor
from torch.testing import assert_close

from vid2vid_core.config import DiscriminatorConfig, LossConfig
from vid2vid_core.losses import Region, face_terms, feature_matching, gan_loss, total
from vid2vid_core.models import MultiscaleDiscriminator
from vid2vid_core.types import Chunk

DISC = DiscriminatorConfig(ndf=4, n_layers_D=2, num_D=4)
REGION = Region(4, 20, 8, 24)


def chunk() -> Chunk:
    torch.manual_seed(0)

    def picture(channels: int = 3) -> Tensor:
        return torch.rand(1, 2, channels, 32, 40) * 2 - 1

    return Chunk(
        image=picture().requires_grad_(),
        raw=picture().requires_grad_(),
        flow=None,
        weight=None,
        controls=picture(6),
        real=picture(),
        real_previous=picture(),
        previous=picture(),
        flow_ref=picture(2),
        confidence=picture(1),
    )


def network() -> MultiscaleDiscriminator:
    torch.manual_seed(1)
    return MultiscaleDiscriminator(6 + 3, DISC, num_D=2)


def test_only_the_region_of_the_final_picture_counts_and_for_the_generator_twice() -> None:
    given, judge, losses = chunk(), network(), LossConfig(lambda_feat=7.0)
    generator, own = face_terms(judge, given, REGION, losses, DISC)
    cut = (slice(None), slice(None), slice(4, 20), slice(8, 24))
    real, fake = (judge(torch.cat((given.controls[0], x[0]), dim=1)[cut]) for x in (given.real, given.image))
    assert_close(generator["G_f_GAN"], 2 * gan_loss([o[-1] for o in fake], True, "ls", for_discriminator=False))
    assert_close(generator["G_f_GAN_Feat"], 2 * feature_matching(fake, real, losses, n_layers_D=2, num_D=4))
    assert_close(own["D_f_real"], gan_loss([o[-1] for o in real], True, "ls", for_discriminator=True))
    assert_close(own["D_f_fake"], gan_loss([o[-1] for o in fake], False, "ls", for_discriminator=True))
    assert set(generator) | set(own) == {"G_f_GAN", "G_f_GAN_Feat", "D_f_real", "D_f_fake"}


def test_gradients_stay_in_the_region_and_on_the_final_picture() -> None:
    given = chunk()
    generator, _ = face_terms(network(), given, REGION, LossConfig(), DISC)
    image, raw = torch.autograd.grad(total(generator), [given.image, given.raw], allow_unused=True)
    assert raw is None
    inside = torch.zeros(32, 40, dtype=torch.bool)
    inside[4:20, 8:24] = True
    assert (image[..., ~inside] == 0).all() and (image[..., inside] != 0).any()


def test_every_input_is_judged_once_and_nothing_without_a_face() -> None:
    judge, seen = network(), list[int]()
    judge.register_forward_hook(lambda *_: seen.append(1))
    face_terms(judge, chunk(), REGION, LossConfig(), DISC)
    assert len(seen) == 2
    assert face_terms(judge, chunk(), None, LossConfig(), DISC) == ({}, {})
    assert len(seen) == 2
