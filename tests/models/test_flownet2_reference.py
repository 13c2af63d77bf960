"""Reference flow of pictures of any size, around an estimator that is not FlowNet2."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from vid2vid_core.models.flownet2 import reference_flow


class Recorder:
    """An estimator that answers with one motion everywhere and keeps what it was asked."""

    def __init__(self, u: float, v: float) -> None:
        self.motion = torch.tensor([u, v], dtype=torch.float32).view(1, 2, 1, 1)
        self.asked: list[tuple[Tensor, Tensor]] = []

    def __call__(self, first: Tensor, second: Tensor) -> Tensor:
        self.asked.append((first, second))
        return self.motion.expand(len(first), 2, *first.shape[-2:]).clone()


def picture(*leading: int, height: int, width: int) -> Tensor:
    return torch.rand(*leading, 3, height, width) * 2 - 1


@pytest.mark.parametrize(
    ("size", "working"),
    [
        ((64, 128), (64, 128)),
        ((80, 160), (64, 128)),
        ((100, 128), (64, 128)),
        ((128, 200), (128, 192)),
        ((40, 70), (64, 64)),
        ((1, 3), (64, 64)),
    ],
)
def test_any_size_works_at_multiples_of_64_and_each_axis_has_its_own_ratio(
    size: tuple[int, int], working: tuple[int, int]
) -> None:
    estimator = Recorder(3, -2)
    current, previous = (picture(2, height=size[0], width=size[1]) for _ in range(2))
    flow, confidence = reference_flow(estimator, current, previous)
    ((first, second),) = estimator.asked
    assert first.shape == second.shape == (2, 3, *working)
    assert flow.shape == (2, 2, *size) and confidence.shape == (2, 1, *size)
    torch.testing.assert_close(flow[:, 0], torch.full((2, *size), 3 * size[1] / working[1]))
    torch.testing.assert_close(flow[:, 1], torch.full((2, *size), -2 * size[0] / working[0]))
    if size == working:
        assert torch.equal(first, current) and torch.equal(second, previous)


def test_confidence_is_one_where_the_moved_previous_picture_resembles_the_current_one() -> None:
    previous = picture(1, height=64, width=128)
    current = previous.roll(-3, dims=3)  # what was at x + 3 is at x now
    current[..., 125:] = previous[..., -1:]  # beyond the border its last column is repeated
    flow, confidence = reference_flow(Recorder(3, 0), current, previous)
    assert confidence.min() == 1
    assert reference_flow(Recorder(-3, 0), current, previous)[1].mean() < 0.1
    # The threshold is on the squared difference summed over colours: 3 * 0.08^2 = 0.0192, 3 * 0.082^2 = 0.0202.
    assert reference_flow(Recorder(3, 0), current + 0.08, previous)[1].min() == 1
    assert reference_flow(Recorder(3, 0), current + 0.082, previous)[1].max() == 0
    assert reference_flow(Recorder(3, 0), current + 0.082, previous, threshold=0.03)[1].min() == 1


def test_confidence_of_a_resized_picture_is_not_thresholded_again() -> None:
    current = picture(1, height=96, width=96)
    previous = current.clone()
    previous[..., 48:] += 1
    _, confidence = reference_flow(Recorder(0, 0), current, previous)
    assert confidence[..., :40].min() == 1 and confidence[..., 56:].max() == 0
    assert ((confidence > 0) & (confidence < 1)).any()


def test_time_is_folded_into_the_batch() -> None:
    estimator = Recorder(1, 1)
    current, previous = (picture(2, 3, height=72, width=72) for _ in range(2))
    flow, confidence = reference_flow(estimator, current, previous)
    assert flow.shape == (2, 3, 2, 72, 72) and confidence.shape == (2, 3, 1, 72, 72)
    assert estimator.asked[0][0].shape == (6, 3, 64, 64)
    alone = reference_flow(estimator, current[1, 2][None], previous[1, 2][None])
    torch.testing.assert_close(confidence[1, 2], alone[1][0])


def test_no_gradient_leaves_it() -> None:
    weight = torch.ones(1, requires_grad=True)
    estimator: Callable[[Tensor, Tensor], Tensor] = lambda a, b: (a[:, :2] - b[:, :2]) * weight  # noqa: E731
    flow, confidence = reference_flow(estimator, picture(1, height=64, width=64), picture(1, height=64, width=64))
    assert not flow.requires_grad and not confidence.requires_grad


def test_other_shapes_are_refused() -> None:
    x = picture(1, height=64, width=64)
    for current, previous in ((x, x[..., 1:]), (x[:, :2], x[:, :2]), (x[0], x[0])):
        with pytest.raises(ValueError, match=r"\(B, 3, H, W\) or \(B, T, 3, H, W\), got"):
            reference_flow(Recorder(0, 0), current, previous)
