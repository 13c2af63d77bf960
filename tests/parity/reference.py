"""Golden fixtures of the wrapper that makes reference flow and confidence with any estimator."""

import torch
from torch import Tensor

from parity.fixture import Comparison, Fixture
from vid2vid_core.models.flownet2.reference import reference_flow


def run_reference_flow(fixture: Fixture, comparison: Comparison) -> None:
    """The estimator is a stub that gives what the fixture says; what it is asked is compared too."""
    asked: list[Tensor] = []

    def estimator(current: Tensor, previous: Tensor) -> Tensor:
        asked.append(torch.stack((current, previous), dim=2))
        return fixture.inputs("estimator_output")

    config = fixture.config
    flow, confidence = reference_flow(
        estimator, fixture.inputs("image_a"), fixture.inputs("image_b"), config["confidence_threshold"]
    )
    comparison.array("estimator_input", torch.cat(asked))
    comparison.array("confidence", confidence)
    # The original multiplied both components by the ratio of the heights, ours each by its own.
    height, width = (full / working for full, working in zip(config["size"], config["working_size"], strict=True))
    comparison.array("flow", flow * torch.tensor([height / width, 1.0]).view(2, 1, 1))


KINDS = {"reference_flow": run_reference_flow}
