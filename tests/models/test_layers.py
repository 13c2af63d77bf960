"""Building parts of the generators."""

import torch
from torch import nn
from torch.testing import assert_close

from vid2vid_core.models.layers import Decoder, Encoder, Norm, ResidualBlock, conv7, norm_layer, side_by_side


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


def test_gradients_of_a_single_picture_do_not_depend_on_the_layout_of_weights() -> None:
    """PyTorch's own instance normalisation fails here."""

    def gradient(layout: torch.memory_format, norm: Norm) -> torch.Tensor:
        torch.manual_seed(0)
        network = nn.Sequential(nn.Conv2d(3, 4, 3), norm_layer(norm, 4), nn.Conv2d(4, 4, 3))
        network.to(memory_format=layout)  # type: ignore[call-overload]
        network(torch.randn(1, 3, 8, 16).contiguous(memory_format=layout)).square()[..., 0].sum().backward()
        return network[0].weight.grad.contiguous()  # type: ignore[union-attr]

    norms: tuple[Norm, ...] = ("batch", "instance")
    for norm in norms:
        assert_close(gradient(torch.channels_last, norm), gradient(torch.contiguous_format, norm))
