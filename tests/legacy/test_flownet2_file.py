"""Reading FlowNet2's released file: what is accepted, what is refused, and what the refusal says."""

import os
from pathlib import Path

import pytest
import torch
from torch import Tensor

from vid2vid_core.legacy.flownet2 import load_flownet2, read_state, translate
from vid2vid_core.legacy.flownet2_keys import flownet2_layers
from vid2vid_core.legacy.keys import parameter_keys
from vid2vid_core.models.flownet2 import FlowNet2

State = dict[str, Tensor]


@pytest.fixture(scope="module")
def state() -> State:
    """All 220 tensors, each filled with its number: a file of a few kilobytes, since a constant stores one value."""
    with torch.device("meta"):
        network = FlowNet2()
    shapes = {name: parameter.shape for name, parameter in network.named_parameters()}
    keys = parameter_keys(network, flownet2_layers())
    return {key: torch.tensor(float(i)).expand(shapes[ours]) for i, (key, ours) in enumerate(keys.items())}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "FlowNet2_checkpoint.pth.tar"


def without(state: State, *prefixes: str) -> State:
    return {key: value for key, value in state.items() if not key.startswith(prefixes)}


def only(state: State, prefix: str) -> State:
    return {key.removeprefix(prefix): value for key, value in state.items() if key.startswith(prefix)}


def test_the_released_file_has_220_tensors_and_162_518_834_parameters(state: State) -> None:
    assert len(state) == 220 and sum(value.numel() for value in state.values()) == 162_518_834
    assert sum(key.endswith(".weight") for key in state) == 114
    sizes = {"flownetc": 48, "flownets_1": 42, "flownets_2": 42, "flownets_d": 60, "flownetfusion": 28}
    assert {name: len(only(state, f"{name}.")) for name in sizes} == sizes
    assert state["flownetc.conv3_1.0.weight"].shape == (256, 473, 3, 3)
    assert state["flownets_d.inter_conv4.0.weight"].shape == (256, 770, 3, 3)
    assert "flownets_1.upsampled_flow6_to_5.bias" not in state and "flownetc.upsampled_flow6_to_5.bias" in state


def test_every_tensor_lands_in_the_network_ready_to_run(state: State, file: Path) -> None:
    torch.save({"epoch": 0, "state_dict": state, "best_EPE": 1e10}, file, _use_new_zipfile_serialization=False)
    network = load_flownet2(file, rgb_max=255)
    assert network.rgb_max == 255 and not network.training
    assert not any(parameter.requires_grad for parameter in network.parameters())
    got = {name: parameter.flatten()[-1].item() for name, parameter in network.named_parameters()}
    for key, ours in {
        "flownetc.conv_redir.0.bias": "matching.redirect.bias",
        "flownets_1.conv6_1.0.weight": "refining1.trunk.sixtyfourth.1.weight",
        "flownets_2.upsampled_flow3_to_2.weight": "refining2.decoder.levels.3.flow_up.weight",
        "flownets_d.inter_conv5.0.bias": "small_motion.decoder.levels.0.smooth.bias",
        "flownetfusion.deconv0.0.weight": "fusion.decoder.levels.1.features_up.weight",
        "flownetfusion.predict_flow2.weight": "fusion.decoder.flow_head.weight",
    }.items():
        assert got[ours] == state[key].flatten()[0].item(), key
    assert sorted(got.values()) == [float(i) for i in range(220)]


def test_bare_wrapped_and_both_formats_hold_the_same(state: State, file: Path) -> None:
    wrapped = {f"module.{key}": value for key, value in state.items()}
    for stored in (state, wrapped, {"arch": "FlowNet2", "epoch": 7, "state_dict": wrapped}):
        for new_format in (True, False):
            torch.save(stored, file, _use_new_zipfile_serialization=new_format)
            assert translate(read_state(file), str(file)).keys() == translate(state, "memory").keys()


def test_what_is_missing_left_over_or_of_another_shape_is_named(state: State, file: Path) -> None:
    broken = without(state, "flownetc.conv4.0.bias")
    broken["flownets_2.conv2.0.weight"] = torch.zeros(128, 64, 3, 3)
    broken["flownetfusion.extra.weight"] = torch.zeros(1)
    torch.save(broken, file)
    with pytest.raises(ValueError) as error:
        load_flownet2(file)
    text = str(error.value)
    assert str(file) in text and "FlowNet2_checkpoint.pth.tar" in text
    assert "1 missing: flownetc.conv4.0.bias" in text and "1 not known: flownetfusion.extra.weight" in text
    assert "flownets_2.conv2.0.weight (128, 64, 3, 3), expected (128, 64, 5, 5)" in text


@pytest.mark.parametrize("name", ["FlowNet2-C,", "FlowNet2-CS;", "FlowNet2-CSS or", "FlowNet2-S,", "FlowNet2-SD,"])
def test_relatives_are_recognised(state: State, file: Path, name: str) -> None:
    relatives = {
        "FlowNet2-C,": only(state, "flownetc."),
        "FlowNet2-CS;": without(state, "flownets_2", "flownets_d", "flownetfusion"),
        "FlowNet2-CSS or": without(state, "flownets_d", "flownetfusion"),
        "FlowNet2-S,": only(state, "flownets_1.") | {"conv1.0.weight": torch.zeros(64, 6, 7, 7)},
        "FlowNet2-SD,": only(state, "flownets_d."),
    }
    torch.save({"state_dict": relatives[name]}, file)
    with pytest.raises(ValueError, match=rf"tar: holds {name}.*what is needed is the whole FlowNet2"):
        load_flownet2(file)


def test_batch_normalisation_is_recognised(state: State) -> None:
    with pytest.raises(ValueError, match="batch normalisation"):
        translate(state | {"flownetc.conv1.1.running_mean": torch.zeros(64)}, "file")


@pytest.mark.parametrize("share", [0.02, 0.5, 0.97])
@pytest.mark.parametrize("new_format", [True, False])
def test_a_truncated_file_is_refused(state: State, file: Path, share: float, new_format: bool) -> None:
    torch.save({"state_dict": state}, file, _use_new_zipfile_serialization=new_format)
    file.write_bytes(file.read_bytes()[: int(file.stat().st_size * share)])
    with pytest.raises(ValueError, match=r"pth\.tar: truncated, or no file that torch\.save wrote.*650 MB"):
        load_flownet2(file)


def test_other_files_are_refused(state: State, file: Path) -> None:
    with pytest.raises(ValueError, match="no such file.*650 MB"):
        load_flownet2(file)
    file.write_text("<!DOCTYPE html><html>quota exceeded</html>")
    with pytest.raises(ValueError, match="truncated, or no file that torch.save wrote"):
        load_flownet2(file)
    for stored, text in (
        ([torch.zeros(2)], "holds no state dict but list"),
        ({"state_dict": {}}, "holds no state dict but dict"),
        (state | {"epoch": 3}, "no tensors: epoch"),
        (state | {"flownetc.conv1.0.bias": torch.full((64,), float("nan"))}, "NaN or infinity: flownetc.conv1.0.bias"),
    ):
        torch.save(stored, file)
        with pytest.raises(ValueError, match=text):
            load_flownet2(file)


class Malicious:
    def __init__(self, victim: Path) -> None:
        self.victim = victim

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, (f"touch {self.victim}",)


@pytest.mark.parametrize("new_format", [True, False])
def test_a_file_with_code_in_it_is_refused_and_not_run(
    state: State, file: Path, tmp_path: Path, new_format: bool
) -> None:
    victim = tmp_path / "victim"
    torch.save({"state_dict": state, "arch": Malicious(victim)}, file, _use_new_zipfile_serialization=new_format)
    with pytest.raises(ValueError, match=r"refused, since it holds posix\.system"):
        load_flownet2(file)
    assert not victim.exists()
