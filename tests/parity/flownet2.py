"""Golden fixtures of FlowNet2: its operations, its networks, the cascade, vid2vid's reference flow."""

import json
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from parity.fixture import Comparison, Fixture, FixtureError
from vid2vid_core.legacy.flownet2 import translate
from vid2vid_core.legacy.flownet2_keys import NETWORKS
from vid2vid_core.legacy.keys import load_released
from vid2vid_core.models.flownet2 import FlowNet2, reference_flow
from vid2vid_core.models.flownet2.correlation import correlation
from vid2vid_core.models.flownet2.flownet_c import FlowNetC
from vid2vid_core.models.flownet2.flownet_s import FlowNetS
from vid2vid_core.models.flownet2.flownet_sd import FlowNetSD
from vid2vid_core.models.flownet2.fusion import FlowNetFusion
from vid2vid_core.models.flownet2.layers import channel_norm
from vid2vid_core.ops import warp

KEPT: dict[str, FlowNet2] = {}
"""The last whole network by the recipe of its weights: 1.3 GB, and several fixtures share one."""


def run_correlation(fixture: Fixture, comparison: Comparison) -> None:
    """Costs for any setting."""
    config = fixture.config
    cost = correlation(
        fixture.inputs("first"),
        fixture.inputs("second"),
        padding=config["pad_size"],
        kernel_size=config["kernel_size"],
        max_displacement=config["max_displacement"],
        stride=config["stride1"],
        displacement_step=config["stride2"],
    )
    comparison.array("cost", cost)


def run_resample2d(fixture: Fixture, comparison: Comparison) -> None:
    """The warp; FlowNet2 knows it with kernel size 1 and bilinear only, and so do we."""
    if fixture.config.get("kernel_size", 1) != 1 or not fixture.config.get("bilinear", True):
        raise FixtureError("FlowNet2 never warps with another kernel size or by nearest neighbours; not built")
    comparison.array("warped", warp(fixture.inputs("image"), fixture.inputs("flow")))


def run_channelnorm(fixture: Fixture, comparison: Comparison) -> None:
    """The norm over channels."""
    comparison.array("norm", channel_norm(fixture.inputs("x")))


def _network(fixture: Fixture, build: Callable[..., nn.Module], released: str, *args: Any) -> nn.Module:
    """One network of the cascade with the weights of the fixture."""
    ((name, state),) = fixture.states.items()
    network = build(*args)
    load_released(network, NETWORKS[released][1](), state, f"{fixture.name}, {name}")
    return network


@torch.no_grad()
def run_flownetc(fixture: Fixture, comparison: Comparison) -> None:
    """FlowNetC: six channels, first and second image."""
    network = _network(fixture, FlowNetC, "flownetc")
    comparison.array("flow2", network(*fixture.inputs("x").chunk(2, dim=1)))


@torch.no_grad()
def run_flownets(fixture: Fixture, comparison: Comparison) -> None:
    """FlowNetS."""
    x = fixture.inputs("x")
    comparison.array("flow2", _network(fixture, FlowNetS, "flownets_1", x.shape[1])(x))


@torch.no_grad()
def run_flownetsd(fixture: Fixture, comparison: Comparison) -> None:
    """FlowNetSD."""
    comparison.array("flow2", _network(fixture, FlowNetSD, "flownets_d")(fixture.inputs("x")))


@torch.no_grad()
def run_flownetfusion(fixture: Fixture, comparison: Comparison) -> None:
    """The fusion network."""
    comparison.array("flow0", _network(fixture, FlowNetFusion, "flownetfusion")(fixture.inputs("x")))


def _whole(fixture: Fixture) -> FlowNet2:
    """FlowNet2 with the weights of the fixture, and its own `rgb_max`."""
    recipe = json.dumps([fixture.side["salt"], fixture.side["networks"]], sort_keys=True)
    if recipe not in KEPT:
        KEPT.clear()
        ((name, state),) = fixture.states.items()
        with torch.device("meta"):
            network = FlowNet2()
        network.load_state_dict(translate(state, f"{fixture.name}, {name}"), assign=True)
        KEPT[recipe] = network
    KEPT[recipe].rgb_max = float(fixture.config["rgb_max"])
    return KEPT[recipe]


@torch.no_grad()
def run_flownet2(fixture: Fixture, comparison: Comparison) -> None:
    """The cascade: pairs (B, 3, 2, H, W)."""
    comparison.array("flow", _whole(fixture)(*fixture.inputs("inputs").unbind(2)))


def run_flow_and_confidence(fixture: Fixture, comparison: Comparison) -> None:
    """The wrapper.

    Where the two sides are resized by different ratios, the original multiplies both components of the flow by the
    height's, and we each by its own: `mid.flow_own_ratio` is ours, and `out.flow` is compared after that change.
    """
    network, config = _whole(fixture), fixture.config
    current, previous = fixture.inputs("image_a"), fixture.inputs("image_b")
    flow, confidence = reference_flow(network, current, previous, config["confidence_threshold"])
    comparison.array("confidence", confidence)
    own = fixture.arrays.get("mid.flow_own_ratio")
    if own is not None:
        comparison.require("flow, each axis by its ratio", _agree(flow, own, comparison.rtol))
    height, width = (a / b for a, b in zip(config["size"], config["working_size"], strict=True))
    comparison.array("flow", flow * torch.tensor([height / width, 1.0]).view(2, 1, 1))


def _agree(got: Tensor, expected: Tensor, rtol: float) -> bool:
    return got.shape == expected.shape and bool((got - expected).abs().max() <= rtol * expected.abs().max())


KINDS = {
    "correlation": run_correlation,
    "resample2d": run_resample2d,
    "channelnorm": run_channelnorm,
    "flownetc": run_flownetc,
    "flownets": run_flownets,
    "flownetsd": run_flownetsd,
    "flownetfusion": run_flownetfusion,
    "flownet2": run_flownet2,
    "flow_and_confidence": run_flow_and_confidence,
}
