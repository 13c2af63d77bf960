"""Layout and compilation of the networks of a stage."""

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import nn
from toy import LABELS, toy_stage

from vid2vid_core.config import ParallelConfig, SpeedConfig
from vid2vid_core.train.networks import Networks, build_networks
from vid2vid_core.train.prepare import uncompiled


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


def test_compiled_parts_serve_every_frame_and_rest_where_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    graphs = 0

    def count(graph: Any, inputs: Any) -> Any:
        nonlocal graphs
        graphs += 1
        return graph.forward

    compile_part = nn.Module.compile
    monkeypatch.setattr(nn.Module, "compile", lambda part, **keys: compile_part(part, backend=count, **keys))
    judge = networks_of(speed=SpeedConfig(compile=True)).discriminator
    pictures = torch.rand(2, LABELS + 4, 32, 32)
    expected = networks_of().discriminator(pictures)
    for _ in range(3):
        for found, plain in zip(judge(pictures), expected, strict=True):
            torch.testing.assert_close(found[-1], plain[-1])
    once = graphs
    assert once > 0
    with uncompiled():
        judge(torch.rand(1, LABELS + 4, 64, 32))
    assert graphs == once == len(judge.scales)
    judge(torch.rand(1, LABELS + 4, 64, 32))
    assert graphs > once


def test_recomputing_is_a_key() -> None:
    assert networks_of(parallel=ParallelConfig(recompute="scale")).generator.recompute == "scale"
    assert networks_of().generator.recompute == "none"
