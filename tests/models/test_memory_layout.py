"""Layout of weights and inputs."""

from typing import Any

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from vid2vid_core.config import DiscriminatorConfig, GeneratorConfig, ImageGeneratorConfig
from vid2vid_core.models import MultiscaleDiscriminator, VideoGenerator, build_image_generator
from vid2vid_core.models.layout import lay_out, like_weights
from vid2vid_core.ops import pyramid

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


@pytest.mark.parametrize("norm", ["batch", "instance"])
@pytest.mark.parametrize("batch", [1, 2])
def test_both_layouts_give_the_same_gradients(norm: Any, batch: int) -> None:
    torch.manual_seed(0)
    sizes = {"ngf": 4, "n_blocks": 2, "n_downsample_G": 1, "n_blocks_local": 1, "n_scales_spatial": 2}
    generator = VideoGenerator(GeneratorConfig(**sizes, fg=True, fg_labels=(1,), norm=norm), 4).double()
    judge = MultiscaleDiscriminator(7, DiscriminatorConfig(ndf=4, norm=norm)).double()
    single = build_image_generator(ImageGeneratorConfig(ngf=4, n_downsample_global=1, n_blocks_global=1, norm=norm), 4)
    networks = nn.ModuleList([generator, judge, single.double()])
    controls = pyramid(torch.rand(batch, 12, 32, 48).double(), 2)
    previous = pyramid(torch.rand(batch, 6, 32, 48).double(), 2)
    found = []
    for channels_last in (True, False):
        lay_out(networks, channels_last=channels_last)
        networks.zero_grad()
        made = generator(controls, previous, [level[:, :1] for level in controls])
        pictures = made.image + made.raw + single(controls[-1][:, :4]) + made.flow.sum(1, keepdim=True)
        judged = judge(torch.cat((controls[-1][:, :4], pictures), dim=1))
        torch.stack([layer.square().mean() for layers in judged for layer in layers]).sum().backward()
        found.append([None if p.grad is None else p.grad.clone() for p in networks.parameters()])
    assert sum(gradient is not None for gradient in found[0]) > 60
    for (name, _), last, first in zip(networks.named_parameters(), *found, strict=True):
        if last is not None:
            assert_close(last, first, rtol=1e-7, atol=1e-10, msg=lambda text, name=name: f"{name}: {text}")
