"""Layout and compilation of the networks of a stage."""

from dataclasses import replace
from typing import Any

import pytest
import torch
from toy import LABELS, toy_stage

from vid2vid_core.config import ParallelConfig, SpeedConfig
from vid2vid_core.train.networks import Networks, build_networks


def networks_of(**keys: Any) -> Networks:
    return build_networks(replace(toy_stage(), **keys), LABELS + 1, 0, None, torch.device("cpu"))


@pytest.mark.parametrize("channels_last", [False, True])
def test_the_layout_is_a_key_and_changes_no_weight(channels_last: bool) -> None:
    networks, others = networks_of(speed=SpeedConfig(channels_last=channels_last)), networks_of()
    for name, network in networks.trained().items():
        for key, weight in network.state_dict().items():
            assert torch.equal(weight, others.trained()[name].state_dict()[key])
            if weight.dim() == 4 and weight.shape[1] > 1:
                assert weight.is_contiguous(memory_format=torch.channels_last) == channels_last


def test_names_of_compiled_networks_stay() -> None:
    compiled, plain = networks_of(speed=SpeedConfig(compile=True)), networks_of()
    for name, network in compiled.trained().items():
        assert list(network.state_dict()) == list(plain.trained()[name].state_dict())
    assert getattr(compiled.generator.scales[0], "_compiled_call_impl", None) is not None


def test_recomputing_is_a_key() -> None:
    assert networks_of(parallel=ParallelConfig(recompute="scale")).generator.recompute == "scale"
    assert networks_of().generator.recompute == "none"
