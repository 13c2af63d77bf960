"""Layout of weights and inputs."""

import torch
from torch.testing import assert_close

from vid2vid_core.config import DiscriminatorConfig
from vid2vid_core.models import MultiscaleDiscriminator
from vid2vid_core.models.layout import lay_out, like_weights

CHANNELS_LAST = torch.channels_last


def test_inputs_are_laid_out_like_the_weights_and_change_no_value() -> None:
    network, x = MultiscaleDiscriminator(6, DiscriminatorConfig(ndf=4)), torch.rand(2, 6, 4, 5)
    assert like_weights(x, network).is_contiguous(memory_format=CHANNELS_LAST)
    assert_close(like_weights(x, network), x)
    lay_out(network, channels_last=False)
    assert like_weights(x.contiguous(memory_format=CHANNELS_LAST), network).is_contiguous()


def test_both_layouts_compute_the_same_and_all_layers_keep_theirs() -> None:
    network, x = MultiscaleDiscriminator(6, DiscriminatorConfig(ndf=4)).double(), torch.rand(1, 6, 32, 48).double()
    last = network(x)
    plain = lay_out(network, channels_last=False)(x)
    for fast, slow in zip(last, plain, strict=True):
        for a, b in zip(fast[:-1], slow[:-1], strict=True):
            assert a.is_contiguous(memory_format=CHANNELS_LAST) and b.is_contiguous()
            assert_close(a, b)
