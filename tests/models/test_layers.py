"""Building parts of the generators."""

import torch
from torch import nn
from torch.testing import assert_close

from vid2vid_core.models.layers import Decoder, Encoder, ResidualBlock, conv7, norm_layer, side_by_side


def test_a_residual_block_adds_to_its_input_without_activation() -> None:
    block = ResidualBlock(4, "batch")
    nn.init.zeros_(block.norm2.weight)
    x = torch.randn(2, 4, 6, 8)
    assert_close(block(x), x)


def test_a_decoder_undoes_the_sizes_and_widths_of_an_encoder() -> None:
    encoder, decoder = Encoder(5, 4, 3, 2, "batch"), Decoder(4, 3, 2, "batch")
    hidden = encoder(torch.rand(1, 5, 16, 32))
    assert hidden.shape == (1, 32, 2, 4)
    assert decoder(hidden).shape == (1, 4, 16, 32)


def test_seven_by_seven_convolutions_reflect_at_the_border() -> None:
    conv = conv7(1, 1)
    assert conv.bias is not None
    nn.init.ones_(conv.weight)
    nn.init.zeros_(conv.bias)
    x = torch.rand(1, 1, 8, 8)
    assert_close(conv(x)[0, 0, 0, 0], x[0, 0, [3, 2, 1, 0, 1, 2, 3]][:, [3, 2, 1, 0, 1, 2, 3]].sum())


def test_normalisation_uses_the_tensor_at_hand() -> None:
    x = torch.randn(2, 3, 8, 8) * 5 + 2
    batch, instance = norm_layer("batch", 3).eval(), norm_layer("instance", 3).eval()
    assert_close(batch(x), nn.functional.batch_norm(x, None, None, training=True))
    assert_close(instance(x)[1], nn.functional.batch_norm(x[1:], None, None, training=True)[0])


def test_heads_side_by_side_give_what_each_gives_alone() -> None:
    heads, x = (conv7(3, 2), conv7(3, 1)), torch.rand(2, 3, 8, 8)
    for found, head in zip(side_by_side(x, *heads), heads, strict=True):
        assert_close(found, head(x))
