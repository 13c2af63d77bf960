"""Golden fixtures of the backward warp."""

import torch

from parity.fixture import Comparison, Fixture
from vid2vid_core.ops import warp

EDGE_ROWS = 6
"""The gradients are those of the rows below: the first ones sample at integers and far outside."""


def run_warp(fixture: Fixture, comparison: Comparison) -> None:
    """Values, and the gradients of sum(warped[:, :, 6:]^2)."""
    image = fixture.inputs("image").requires_grad_()
    flow = fixture.inputs("flow").requires_grad_()
    warped = warp(image, flow)
    comparison.array("warped", warped)
    image_grad, flow_grad = torch.autograd.grad(warped[:, :, EDGE_ROWS:].square().sum(), (image, flow))
    comparison.array("grad_image", image_grad)
    comparison.array("grad_flow", flow_grad)


KINDS = {"warp": run_warp}
