"""The single-image generators and the feature encoder."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from vid2vid_core.config import ImageGeneratorConfig
from vid2vid_core.models import FeatureEncoder, ImageGenerator, build_image_generator

CHANNELS = 5
SMALL = ImageGeneratorConfig(
    ngf=4, n_downsample_global=2, n_blocks_global=2, n_local_enhancers=2, n_blocks_local=1, feat_num=3, nef=4
)
KINDS = ("global", "local", "global_with_features", "local_with_features")


def small(kind: str, **changes: object) -> ImageGenerator:
    torch.manual_seed(0)
    return build_image_generator(replace(SMALL, netG=kind, **changes), CHANNELS)  # type: ignore[arg-type]


def inputs(kind: str, height: int = 32, width: int = 64) -> tuple[Tensor, ...]:
    draw = torch.Generator().manual_seed(0)
    given = [torch.rand(2, CHANNELS, height, width, generator=draw)]
    if kind.endswith("with_features"):
        given.append(torch.rand(2, 3, height, width, generator=draw))
    return tuple(given)


@pytest.mark.parametrize("kind", KINDS)
def test_pictures_have_the_size_of_the_controls_and_every_weight_learns(kind: str) -> None:
    generator = small(kind)
    given = [x.requires_grad_() for x in inputs(kind)]
    picture = generator(*given)
    assert picture.shape == (2, 3, 32, 64) and picture.abs().max() <= 1
    picture.square().sum().backward()
    assert all(p.grad is not None for p in generator.parameters())
    assert all(x.grad is not None and x.grad.abs().max() > 0 for x in given)


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_depends_on_its_own_sample_only(kind: str) -> None:
    generator, given = small(kind).eval(), inputs(kind)
    assert_close(generator(*given)[1:], generator(*(x[1:] for x in given)))


def test_local_kinds_have_enhancers_at_doubling_sizes() -> None:
    assert small("global").size_multiple == 4 and len(small("global").enhancers) == 0
    local = small("local")
    assert local.size_multiple == 16
    widths = [(e.encoder.stem.conv.out_channels, e.up.conv.out_channels) for e in local.enhancers]
    assert widths == [(8, 8), (4, 4)]
    assert local.trunk.encoder.stem.conv.out_channels == 16


def test_width_of_the_global_network_is_capped() -> None:
    trunk = small("global", max_width=10).trunk
    assert [block.conv.out_channels for block in trunk.encoder.down] == [8, 10]
    assert trunk.blocks[0].conv1.in_channels == 10
    assert [block.conv.out_channels for block in trunk.up] == [8, 4]
    published = ImageGeneratorConfig(ngf=64, n_downsample_global=5)
    with torch.device("meta"):
        widest = build_image_generator(published, 1).trunk.encoder.down[-1].conv.out_channels
    assert widest == 1024


@pytest.mark.parametrize(
    ("kind", "height", "width", "message"),
    [
        (
            "global",
            18,
            32,
            "height must be a multiple of 4, at least 8 .netG global with n_downsample_global 2.*got 18",
        ),
        ("global", 32, 4, "width must be a multiple of 4, at least 8 .*got 4"),
        ("local", 32, 56, "width must be a multiple of 16, at least 32 .*n_local_enhancers 2.*got 56"),
    ],
)
def test_sizes_that_do_not_fit_are_named(kind: str, height: int, width: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        small(kind)(*inputs(kind, height, width))


@pytest.mark.parametrize("kind", KINDS)
def test_the_smallest_size_that_is_allowed_works(kind: str) -> None:
    generator = small(kind)
    side = 2 * generator.size_multiple
    assert generator(*inputs(kind, side, side)).shape == (2, 3, side, side)


def test_features_are_required_where_they_are_read_and_refused_elsewhere() -> None:
    controls, features = inputs("global_with_features")
    with pytest.raises(ValueError, match=r"netG global_with_features needs a feature map of shape .2, 3, 32, 64.*none"):
        small("global_with_features")(controls)
    with pytest.raises(ValueError, match=r"needs a feature map .*got .2, 2, 32, 64"):
        small("local_with_features")(controls, features[:, :2])
    with pytest.raises(ValueError, match="netG local takes no feature map"):
        small("local")(controls, features)
    with pytest.raises(ValueError, match="controls must have 5 channels, got 4"):
        small("global")(controls[:, :4])


def test_encoder_says_the_same_of_all_pixels_of_an_instance() -> None:
    torch.manual_seed(0)
    encoder = FeatureEncoder(replace(SMALL, n_downsample_E=2))
    image, instances = torch.rand(2, 3, 16, 24), torch.zeros(2, 1, 16, 24, dtype=torch.int64)
    instances[..., 12:] = 4000
    features = encoder(image, instances)
    assert features.shape == (2, 3, 16, 24)
    assert_close(features[..., :12], features[..., :1, :1].expand(-1, -1, 16, 12))
    assert_close(features[..., 3, 20], encoder.per_pixel(image)[..., 12:].mean(dim=(2, 3)))
    assert not torch.allclose(features[..., 0, 0], features[..., 0, 20])


def test_encoder_names_sizes_that_do_not_fit() -> None:
    encoder = FeatureEncoder(replace(SMALL, n_downsample_E=3))
    with pytest.raises(ValueError, match="width must be a multiple of 8, at least 16 .2.n_downsample_E.*got 20"):
        encoder.per_pixel(torch.rand(1, 3, 16, 20))
