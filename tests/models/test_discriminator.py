"""Multi-scale patch discriminators."""

import torch
from torch.testing import assert_close

from vid2vid_core.config import DiscriminatorConfig
from vid2vid_core.models import MultiscaleDiscriminator
from vid2vid_core.ops import halve

SMALL = DiscriminatorConfig(ndf=4, n_layers_D=3, num_D=2)


def test_outputs_come_finest_first_with_all_layers() -> None:
    outputs = MultiscaleDiscriminator(7, SMALL)(torch.rand(2, 7, 32, 64))
    assert [tuple(t.shape[1:]) for t in outputs[0]] == [(4, 17, 33), (8, 9, 17), (16, 5, 9), (32, 6, 10), (1, 7, 11)]
    assert [tuple(t.shape[1:]) for t in outputs[1]] == [(8, 9, 17), (16, 5, 9), (32, 3, 5), (64, 4, 6), (1, 5, 7)]


def test_the_last_network_sees_the_full_size_and_the_first_the_smallest() -> None:
    discriminator = MultiscaleDiscriminator(3, SMALL, num_D=3)
    x = torch.rand(2, 3, 32, 48)
    fine, middle, coarse = discriminator(x)
    assert_close(fine[-1], discriminator.scales[2](x)[-1])
    assert_close(middle[-1], discriminator.scales[1](halve(x))[-1])
    assert_close(coarse[-1], discriminator.scales[0](halve(halve(x)))[-1])


def test_widths_double_up_to_their_limits() -> None:
    first = [
        s.layers[0].conv.out_channels for s in MultiscaleDiscriminator(3, DiscriminatorConfig(ndf=32, num_D=3)).scales
    ]
    assert first == [64, 64, 32]
    wide = MultiscaleDiscriminator(3, DiscriminatorConfig(ndf=64, n_layers_D=5, num_D=1)).scales[0]
    assert [layer.conv.out_channels for layer in wide.layers] == [64, 128, 256, 512, 512, 512, 1]


def test_predictions_are_unbounded_and_depend_on_the_batch_they_are_in() -> None:
    torch.manual_seed(0)
    discriminator = MultiscaleDiscriminator(3, SMALL).eval()
    for parameter in discriminator.parameters():
        parameter.data.mul_(20)
    real, fake = torch.rand(1, 3, 32, 32), torch.rand(1, 3, 32, 32) * 3
    alone, together = discriminator(real)[0][-1], discriminator(torch.cat((real, fake)))[0][-1][:1]
    assert alone.abs().max() > 1
    assert not torch.allclose(alone, together)


def test_features_are_not_overwritten_by_later_layers() -> None:
    discriminator = MultiscaleDiscriminator(3, SMALL)
    outputs = discriminator(torch.rand(1, 3, 32, 32))
    layer = discriminator.scales[-1].layers[1]
    assert_close(layer(outputs[0][0]), outputs[0][1])
    sum(t.square().mean() for scale in outputs for t in scale).backward()
    assert all(p.grad is not None for p in discriminator.parameters())


def test_initial_weights_are_small_and_normal() -> None:
    torch.manual_seed(0)
    layers = [
        layer for scale in MultiscaleDiscriminator(3, DiscriminatorConfig(ndf=16)).scales for layer in scale.layers
    ]
    drawn = torch.cat([layer.conv.weight.flatten() for layer in layers])
    assert abs(drawn.std() - 0.02) < 5e-4
