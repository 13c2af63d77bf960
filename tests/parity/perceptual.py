"""Golden fixtures of the perceptual loss."""

from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from parity.fixture import Comparison, Fixture
from vid2vid_core.losses import perceptual_loss, perceptual_taps
from vid2vid_core.losses.perceptual import TAP_WEIGHTS
from vid2vid_core.models import Vgg19Features


def load_vgg(fixture: Fixture) -> Vgg19Features | None:
    """The perceptual network from a file of the published kind; None if the fixture has none."""
    if "vgg19" not in fixture.states:
        return None
    with TemporaryDirectory() as folder:
        path = Path(folder) / "vgg19.pth"
        torch.save(fixture.states["vgg19"], path)
        return Vgg19Features(path)


def run_vgg_loss(fixture: Fixture, comparison: Comparison) -> None:
    """Loss, its gradient on the first picture, and every feature map in summary."""
    vgg = load_vgg(fixture)
    assert vgg is not None  # every fixture of this kind has the network
    picture = fixture.inputs("x").requires_grad_()
    taps, real = perceptual_taps(vgg, picture), perceptual_taps(vgg, fixture.inputs("y"))
    loss = perceptual_loss(taps, real)
    comparison.array("loss", loss)
    comparison.array("grad_x", torch.autograd.grad(loss, picture)[0])
    comparison.equal("weights of the feature maps", list(TAP_WEIGHTS), fixture.config["weights"])
    for level, (tap, real_tap) in enumerate(zip(taps, real, strict=True), start=1):
        comparison.array(f"l1_level{level}", (tap - real_tap).abs().mean())
        comparison.array(f"channel_mean_level{level}", tap.mean(dim=(0, 2, 3)))


KINDS = {"vgg_loss": run_vgg_loss}
