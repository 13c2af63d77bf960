"""Golden fixtures of the temporal discriminators' frames."""

from typing import Any

import torch
from torch import Tensor

from parity.fixture import Comparison, Fixture
from vid2vid_core.config import DiscriminatorConfig
from vid2vid_core.train.temporal import Groups, make_history
from vid2vid_core.types import Chunk

SIZE = (2, 3)


def numbered_chunk(first: int, count: int) -> Chunk:
    """Frames that carry their own number; the flow of frame t is constant, so that a chain of flows is a sum."""
    numbers = torch.arange(first, first + count, dtype=torch.float64)
    pictures = _constant(numbers, 3)
    flow = _constant(_flow_of(numbers), 2)
    fake = pictures.clone().requires_grad_()
    return Chunk(
        image=fake,
        raw=fake,
        flow=None,
        weight=None,
        controls=pictures,
        real=pictures,
        real_previous=pictures,
        previous=pictures,
        flow_ref=flow,
        confidence=flow[:, :, :1],
    )


def frame_numbers(pictures: Tensor) -> list[list[int]]:
    """The frames of every group (N, tD, 3, h, w) made of numbered frames."""
    numbers: list[list[int]] = pictures[:, :, 0, 0, 0].long().tolist()
    return numbers


def run_temporal_skipping(fixture: Fixture, comparison: Comparison) -> None:
    """Streams of chunks; what the original kept in its histories is its own affair and not compared."""
    for case in fixture.side["cases"]:
        config = DiscriminatorConfig(
            n_frames_D=case["n_frames_D"], n_scales_temporal=case["n_scales_temporal"], sparse_D=case["sparse_D"]
        )
        history = make_history(config)
        for step in case["chunks"]:
            chunk = numbered_chunk(step["first_frame"], case["chunk"])
            groups = history.add(chunk)
            name = f"tD {case['n_frames_D']}, {'sparse' if case['sparse_D'] else 'dense'}, chunk {case['chunk']}"
            place = f"{name}, at {step['first_frame']}"
            active = [k for k, group in enumerate(groups) if group is not None]
            comparison.equal(f"{place}: active scales", active, step["active_scales"])
            for scale, (group, expected) in enumerate(zip(groups, step["scales"], strict=True)):
                _compare(f"{place}, scale {scale}", group, expected, chunk, comparison)


def _compare(place: str, group: Groups | None, expected: Any, chunk: Chunk, comparison: Comparison) -> None:
    comparison.equal(f"{place}: has groups", group is not None, expected is not None)
    if group is None or expected is None:
        return
    groups = expected["groups"]
    comparison.equal(f"{place}: real frames", frame_numbers(group.real), groups)
    comparison.equal(f"{place}: generated frames", frame_numbers(group.fake), groups)
    (gradient,) = torch.autograd.grad(group.fake.sum(), chunk.image)
    first = int(chunk.real[0, 0, 0, 0, 0])
    reached = [first + i for i, value in enumerate(gradient[0, :, 0, 0, 0].tolist()) if value]
    comparison.equal(f"{place}: frames with gradient", reached, sorted(set(expected["fake_frames_with_gradient"])))
    pairs = [list(zip(frames[1:], frames, strict=False)) for frames in groups]
    if "flow_recomputed_between" in expected:
        given = [[tuple(pair) for pair in flows] for flows in expected["flow_recomputed_between"]]
        comparison.equal(f"{place}: flow between", given, pairs)
    else:
        # Where the original kept every n-th frame it took the flows to their neighbours; ours lead from frame to frame
        # of the group (a defect of the original). Either way they belong to these frames.
        comparison.equal(f"{place}: flow of", [[a for a, _ in flows] for flows in pairs], expected["flow_of_frames"])
    chained = [
        [float(_flow_of(torch.arange(back + 1, current + 1)).sum()) for current, back in flows] for flows in pairs
    ]
    comparison.require(f"{place}: flows", torch.allclose(group.flows[:, :, 0, 0, 0], torch.tensor(chained)))


def _flow_of(numbers: Tensor) -> Tensor:
    return 1 + numbers / 1000


def _constant(values: Tensor, channels: int) -> Tensor:
    """(1, T, C, h, w) of one value per frame."""
    return values.view(1, -1, 1, 1, 1).expand(1, len(values), channels, *SIZE)


KINDS = {"temporal_skipping": run_temporal_skipping}
