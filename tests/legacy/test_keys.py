import pytest
import torch
from torch import nn

from vid2vid_core.config import DiscriminatorConfig, GeneratorConfig
from vid2vid_core.legacy.composite_keys import generator_layers
from vid2vid_core.legacy.discriminator_keys import discriminator_layers, is_one_list
from vid2vid_core.legacy.keys import STATISTICS, KeysError, load_released, to_ours, to_released
from vid2vid_core.models import MultiscaleDiscriminator, VideoGenerator

CONFIG = GeneratorConfig(ngf=4, n_blocks=3, n_downsample_G=2, n_blocks_local=2, n_scales_spatial=2, fg=True)
CHANNELS = 5


def scale(number: int, config: GeneratorConfig = CONFIG) -> nn.Module:
    return VideoGenerator(config, CHANNELS).scales[number]


def discriminator() -> MultiscaleDiscriminator:
    return MultiscaleDiscriminator(6, DiscriminatorConfig(ndf=4, num_D=2, n_layers_D=2))


@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize("switches", [{}, {"fg": False}, {"no_flow": True}, {"norm": "instance"}])
def test_generator_survives_being_written_and_read(number, switches):
    config = GeneratorConfig(**({"ngf": 4, "n_blocks": 3, "n_scales_spatial": 2, "fg": True} | switches))
    source, target = scale(number, config), scale(number, config)
    table = generator_layers(config, number)
    load_released(target, table, to_released(source, table), "file")
    for name, parameter in source.named_parameters():
        assert torch.equal(parameter, target.get_parameter(name)), name


def test_names_are_the_published_ones():
    coarse = to_released(scale(0), generator_layers(CONFIG, 0))
    assert coarse["model_down_seg.1.weight"].shape == (4, 15, 7, 7)
    assert coarse["model_down_img.4.weight"].shape == (8, 4, 3, 3)
    # two of three blocks stand before the sum, one behind
    assert {key.split(".")[1] for key in coarse if "model_down_seg" in key} == set("1 2 4 5 7 8 10 11".split())
    assert "model_res_img.0.conv_block.5.bias" in coarse and "model_res_img.1.conv_block.1.weight" not in coarse
    assert coarse["model_up_flow.3.weight"].shape == (8, 4, 3, 3)
    assert "indv_res.2.conv_block.6.running_var" in coarse
    fine = to_released(scale(1), generator_layers(CONFIG, 1))
    assert fine["model_up_img.2.weight"].shape == (4, 2, 3, 3)
    assert "model_up_img.1.conv_block.2.num_batches_tracked" in fine
    assert {"model_final_w.1.bias", "indv_final.1.weight"} <= set(fine)


def test_both_namings_of_a_discriminator_hold_the_same():
    source = discriminator()
    layers = to_released(source, discriminator_layers(2, 2, one_list=False))
    one_list = to_released(source, discriminator_layers(2, 2, one_list=True))
    assert not is_one_list(layers) and is_one_list(one_list)
    for a, b in [("scale1_layer0.0", "layer1.0"), ("scale0_layer2.1", "layer0.6"), ("scale0_layer3.0", "layer0.8")]:
        assert torch.equal(layers[f"{a}.weight"], one_list[f"{b}.weight"])
    assert len(layers) == len(one_list)


def test_running_statistics_may_be_there_or_not():
    network, table = discriminator(), discriminator_layers(2, 2, one_list=False)
    released = to_released(network, table)
    without = {key: value for key, value in released.items() if not key.endswith(STATISTICS)}
    assert len(without) < len(released)
    assert to_ours(network, table, released, "file").keys() == to_ours(network, table, without, "file").keys()


def test_error_names_every_key_and_nothing_is_loaded():
    network, table = scale(0), generator_layers(CONFIG, 0)
    before = {name: parameter.clone() for name, parameter in network.named_parameters()}
    released = {key: torch.zeros_like(value) for key, value in to_released(network, table).items()}
    del released["model_final_w.1.bias"], released["model_up_img.0.weight"]
    released["model_final_img.1.weight"] = torch.zeros(3, 8, 7, 7)
    released |= {"model_dream.1.weight": torch.zeros(1), "model_down_seg.3.running_mean": torch.zeros(4)}
    with pytest.raises(KeysError) as caught:
        load_released(network, table, released, "latest_net_G0.pth")
    text = str(caught.value)
    assert text.startswith("latest_net_G0.pth: does not hold this network (CompositeGenerator)")
    assert "2 not known: model_dream.1.weight; model_down_seg.3.running_mean" in text
    assert "2 missing: " in text and "model_final_w.1.bias" in text and "model_up_img.0.weight" in text
    assert "1 of another shape: model_final_img.1.weight (3, 8, 7, 7), expected (3, 4, 7, 7)" in text
    assert all(torch.equal(before[name], parameter) for name, parameter in network.named_parameters())


def test_table_of_another_network_is_noticed():
    with pytest.raises((LookupError, AttributeError)):
        to_ours(scale(0), generator_layers(CONFIG, 1), {}, "file")


def test_sizes_may_come_from_a_network_without_memory():
    with torch.device("meta"):
        hollow = scale(1)
    table = generator_layers(CONFIG, 1)
    ours = to_ours(hollow, table, to_released(scale(1), table), "file")
    assert ours["image_head.weight"].device.type == "cpu"
