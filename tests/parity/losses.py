"""Golden fixtures of single losses."""

import re

import torch
from torch import Tensor

from parity.configs import discriminator_config, load_discriminator, loss_config
from parity.fixture import Comparison, Fixture, FixtureError
from vid2vid_core.losses import feature_matching, gan_loss, masked_l1


def run_gan_loss(fixture: Fixture, comparison: Comparison) -> None:
    """`in.pS_J` is layer J of size S; only the last layer of a size counts."""
    places = [re.fullmatch(r"in\.p(\d+)_(\d+)", key) for key in fixture.arrays]
    found = sorted((int(match[1]), int(match[2])) for match in places if match)
    last = dict(found)  # sorted, so that the last layer of a size remains
    predictions = [fixture.inputs(f"p{size}_{layer}") for size, layer in last.items()]
    for key in fixture.outputs:
        # The original computed least squares whatever mode was named: a mode named in a key changes nothing.
        name = re.fullmatch(r"(multi|single)_(real|fake)(?:_mode_\w+)?", key)
        if name is None:
            raise FixtureError(f"do not know what the output {key} is")
        judged = predictions if name[1] == "multi" else predictions[:1]
        for own in (True, False):
            comparison.array(key, gan_loss(judged, name[2] == "real", "ls", for_discriminator=own))


def run_masked_l1(fixture: Fixture, comparison: Comparison) -> None:
    """Mean over all elements."""
    loss = masked_l1(fixture.inputs("input"), fixture.inputs("target"), fixture.inputs("mask"))
    comparison.array("loss", loss)


def run_image_disc_losses(fixture: Fixture, comparison: Comparison) -> None:
    """One real and one generated picture, each through the discriminator on its own."""
    losses, sizes = loss_config(fixture.config), discriminator_config(fixture.config)
    controls, real = fixture.inputs("real_A"), fixture.inputs("real_B")
    fake = fixture.inputs("fake_B").requires_grad_()
    network = load_discriminator(fixture, "netD", controls.shape[1] + real.shape[1], sizes)
    judged_real, judged = (network(torch.cat((controls, picture), dim=1)) for picture in (real, fake))

    def loss(outputs: list[list[Tensor]], wanted: bool, own: bool) -> Tensor:
        return gan_loss([layers[-1] for layers in outputs], wanted, losses.gan_mode, for_discriminator=own)

    comparison.array("D_real", loss(judged_real, True, True))
    comparison.array("D_fake", loss(judged, False, True))
    terms = {
        "G_GAN": loss(judged, True, False),
        "G_GAN_Feat": feature_matching(judged, judged_real, losses, sizes.n_layers_D, sizes.num_D),
    }
    for name, term in terms.items():
        comparison.array(name, term)
        comparison.array(f"grad_fake_B.{name}", torch.autograd.grad(term, fake, retain_graph=True)[0])


KINDS = {"gan_loss": run_gan_loss, "masked_l1": run_masked_l1, "image_disc_losses": run_image_disc_losses}
