import threading
import time
from dataclasses import dataclass

import pytest
import torch

from vid2vid_core.train.read_ahead import read_ahead
from vid2vid_core.types import Clip

CPU, GPU = torch.device("cpu"), torch.device("cuda")


@dataclass
class Numbers:
    values: list[int]
    pinned: bool = False

    def pin_memory(self) -> "Numbers":
        return Numbers(self.values, True)


def read(key: int) -> int:
    if key == 13:
        raise ValueError("clip 13 cannot be read")
    return 10 * key


def batches(keys: list[list[int]], **options: object) -> list[Numbers]:
    return list(read_ahead(read, iter(keys), Numbers, **({"workers": 0, "device": CPU} | options)))


@pytest.mark.parametrize("options", [{"workers": 0}, {"workers": 2}, {"beside": False}])
def test_batches_come_whole_and_in_order(options: dict[str, object]) -> None:
    found = batches([[3, 1], [], [2]], **options)
    assert [batch.values for batch in found] == [[30, 10], [], [20]]


@pytest.mark.parametrize("options", [{"workers": 0}, {"workers": 1}])
def test_an_unreadable_clip_is_an_error_at_its_turn(options: dict[str, object]) -> None:
    found = read_ahead(read, iter([[1], [13], [2]]), Numbers, **({"workers": 0, "device": CPU} | options))
    assert next(found).values == [10]
    with pytest.raises(ValueError, match="clip 13 cannot be read"):
        next(found)


def test_a_thread_reads_one_batch_ahead_and_no_more() -> None:
    asked, release = [], threading.Event()

    def slowly(key: int) -> int:
        asked.append((key, threading.current_thread() is threading.main_thread()))
        return key

    found = read_ahead(slowly, ([key] for key in range(9)), Numbers, workers=0, device=CPU)
    assert next(found).values == [0]
    deadline = time.monotonic() + 5
    while len(asked) < 2 and time.monotonic() < deadline:
        release.wait(0.01)
    assert asked == [(0, False), (1, False)]
    found.close()
    assert len(asked) == 2 and not any(thread.name.startswith("read-ahead") for thread in threading.enumerate())


def test_without_a_thread_nothing_is_read_before_it_is_wanted() -> None:
    asked = []
    found = read_ahead(lambda key: asked.append(key), iter([[1], [2]]), Numbers, workers=0, device=CPU, beside=False)
    next(found)
    assert asked == [1]


def test_memory_is_pinned_for_a_gpu_alone() -> None:
    assert [batch.pinned for batch in batches([[1]], device=GPU)] == [True]
    assert [batch.pinned for batch in batches([[1]])] == [False]


def test_all_of_a_clip_is_pinned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.Tensor, "pin_memory", lambda tensor: tensor + 1)
    zeros = torch.zeros(1, 2, 3, 4, 4)
    pinned = Clip(zeros, zeros, None, zeros, zeros).pin_memory()
    assert pinned.instances is None
    assert all((value == 1).all() for value in (pinned.images, pinned.controls, pinned.flow, pinned.confidence))
