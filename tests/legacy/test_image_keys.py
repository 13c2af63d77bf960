"""Released keys of the single-image networks."""

from dataclasses import replace

import pytest
import torch

from vid2vid_core.config import ImageGeneratorConfig
from vid2vid_core.legacy.image_keys import feature_encoder_layers, image_generator_layers
from vid2vid_core.legacy.keys import KeysError, load_released, to_released
from vid2vid_core.models import FeatureEncoder, build_image_generator

SMALL = ImageGeneratorConfig(
    ngf=4, n_downsample_global=2, n_blocks_global=2, n_local_enhancers=2, n_blocks_local=1, feat_num=3, nef=4
)
HEADS = {
    "global": "model.19.weight",
    "local": "model2_2.5.weight",
    "global_with_features": "model_upsample_conv.1.weight",
    "local_with_features": "model_final.1.weight",
}


@pytest.mark.parametrize("kind", HEADS)
def test_a_released_file_comes_back_as_it_was(kind: str) -> None:
    config = replace(SMALL, netG=kind)  # type: ignore[arg-type]
    table, first, second = (
        image_generator_layers(config),
        build_image_generator(config, 5),
        build_image_generator(config, 5),
    )
    released = to_released(first, table)
    assert released[HEADS[kind]] is not None and released[HEADS[kind]].shape[0] == 3
    load_released(second, table, released, "latest_net_G.pth")
    assert all(torch.equal(a, b) for a, b in zip(first.parameters(), second.parameters(), strict=True))
    assert not set(released) ^ set(to_released(second, table))


def test_encoder_comes_back_and_another_size_is_refused() -> None:
    first, second = FeatureEncoder(SMALL), FeatureEncoder(SMALL)
    released = to_released(first, feature_encoder_layers(SMALL))
    assert released["model.29.weight"].shape == (3, 4, 7, 7)
    load_released(second, feature_encoder_layers(SMALL), released, "latest_net_E.pth")
    assert all(torch.equal(a, b) for a, b in zip(first.parameters(), second.parameters(), strict=True))
    other = replace(SMALL, n_downsample_E=3)
    with pytest.raises(KeysError, match=r"latest_net_E.pth.*\n.*not known.*model\.29"):
        load_released(FeatureEncoder(other), feature_encoder_layers(other), released, "latest_net_E.pth")
