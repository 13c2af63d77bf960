"""Frame numbers travel as constant pictures, so that groups can be read off the tensors."""

import pytest
import torch

from vid2vid_core.config import DiscriminatorConfig
from vid2vid_core.train.temporal import DenseHistory, SparseHistory, join_states, make_history
from vid2vid_core.types import Chunk


def numbers(ids, channels):
    return torch.tensor(ids, dtype=torch.float64).view(1, -1, 1, 1, 1).expand(1, len(ids), channels, 2, 3)


def chunk(first, frames):
    """Frames first .. first+frames-1; the flow of frame t is t pixels, so a chain is a sum."""
    ids = [float(i) for i in range(first, first + frames)]
    image = numbers(ids, 3).clone().requires_grad_()
    empty = torch.empty(0)
    return Chunk(image, image, None, None, empty, numbers(ids, 3), empty, empty, numbers(ids, 2), empty)


def stream(history, frames, total):
    return [history.add(chunk(first, frames)) for first in range(0, total, frames)]


def members(groups):
    return None if groups is None else groups.real[:, :, 0, 0, 0].long().tolist()


def test_dense_groups_end_at_the_newest_frame_and_every_third_before():
    steps = stream(DenseHistory(3, 2), 6, 12)
    assert [members(groups) for groups in steps[0]] == [[[3, 4, 5], [0, 1, 2]], None]
    assert [members(groups) for groups in steps[1]] == [[[9, 10, 11], [6, 7, 8]], [[5, 8, 11], [2, 5, 8]]]


def test_dense_single_frames_begin_as_soon_as_there_is_history():
    steps = stream(DenseHistory(3, 2), 1, 8)
    assert [members(step[0]) for step in steps[:4]] == [None, None, [[0, 1, 2]], [[1, 2, 3]]]
    assert [members(step[1]) for step in steps[5:8]] == [None, [[0, 3, 6]], [[1, 4, 7]]]


def test_sparse_scales_collect_their_own_frames():
    steps = stream(SparseHistory(3, 2), 3, 12)
    assert [members(step[0]) for step in steps] == [[[0, 1, 2]], [[3, 4, 5]], [[6, 7, 8]], [[9, 10, 11]]]
    assert [members(step[1]) for step in steps] == [None, None, [[0, 3, 6]], [[3, 6, 9]]]


def test_sparse_groups_of_single_frames_overlap():
    steps = stream(SparseHistory(3, 1), 1, 6)
    assert [members(step[0]) for step in steps] == [None, None, [[0, 1, 2]], [[1, 2, 3]], [[2, 3, 4]], [[3, 4, 5]]]


@pytest.mark.parametrize("kind", [DenseHistory, SparseHistory])
def test_flow_between_distant_frames_is_the_chain_of_neighbour_flows(kind):
    groups = stream(kind(3, 2), 9, 9)[0][1]
    for group, flows in zip(members(groups), groups.flows[:, :, 0, 0, 0].tolist(), strict=True):
        for older, newer, flow in zip(group, group[1:], flows, strict=False):
            assert flow == pytest.approx(sum(range(older + 1, newer + 1)))


@pytest.mark.parametrize("kind", [DenseHistory, SparseHistory])
def test_only_frames_of_the_newest_chunk_carry_gradient(kind):
    history = kind(3, 1)
    first, second = chunk(0, 2), chunk(2, 2)
    history.add(first)
    groups = history.add(second)[0]
    groups.fake.sum().backward()
    assert first.image.grad is None
    assert second.image.grad is not None


def test_real_and_generated_groups_are_the_same_frames():
    groups = stream(DenseHistory(2, 3), 5, 20)[-1]
    for group in groups:
        assert torch.equal(group.real, group.fake)


def test_clips_of_one_batch_stay_apart():
    both = chunk(0, 3)
    for name in ("image", "real", "flow_ref"):
        value = getattr(both, name)
        setattr(both, name, torch.cat([value, value + 100]))
    groups = DenseHistory(3, 1).add(both)[0]
    assert members(groups) == [[0, 1, 2], [100, 101, 102]]


def test_config_chooses_the_kind_and_may_ask_for_none():
    assert isinstance(make_history(DiscriminatorConfig(sparse_D=True)), SparseHistory)
    assert make_history(DiscriminatorConfig(n_scales_temporal=0)).add(chunk(0, 4)) == []


@pytest.mark.parametrize("sparse", [False, True])
@pytest.mark.parametrize("frames", [1, 4])
def test_histories_of_some_scales_each_are_together_one_of_all(sparse, frames):
    """As judges keep them: each gives its own groups, and goes on from what one process has kept."""
    config = DiscriminatorConfig(n_frames_D=2, n_scales_temporal=3, sparse_D=sparse)
    whole, first, second = (make_history(config, scales) for scales in (None, [1], [0, 2]))
    for begin in range(0, 12, frames):
        every, some, others = (history.add(chunk(begin, frames)) for history in (whole, first, second))
        assert [members(groups) for groups in every] == [members(groups) for groups in (others[0], some[1], others[2])]
        joined = make_history(config)
        joined.resume(join_states([first.state(), second.state()]), torch.device("cpu"))
        assert str(joined.state()) == str(whole.state())
        first = make_history(config, [1])
        first.resume(whole.state(), torch.device("cpu"))
