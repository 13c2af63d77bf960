"""Steps of all optimisers together: none is taken with what is not finite, and half precision trains all the same."""

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from toy import LABELS, toy_stage

from vid2vid_core.config import OptimizerConfig, SpeedConfig
from vid2vid_core.train.finite import NotFiniteError
from vid2vid_core.train.networks import build_networks
from vid2vid_core.train.optimizers import Optimizers, adam, resume_adam
from vid2vid_core.train.precision import LossScale
from vid2vid_core.train.updates import Updates

CPU = torch.device("cpu")


def one_weight(gradient: float, *, fused: bool = True) -> tuple[nn.Parameter, torch.optim.Adam]:
    weight = nn.Parameter(torch.ones(3))
    weight.grad = torch.full((3,), gradient)
    return weight, adam([weight], OptimizerConfig(lr=0.1), two_time_scales=False, fused=fused)


def report(loss: float, gradient: float) -> dict[str, Tensor]:
    return {"loss_G": torch.tensor(loss), "gradient_G": torch.tensor(gradient)}


@pytest.mark.parametrize("fused", [False, True])
@pytest.mark.parametrize("numbers", [(float("nan"), 1.0), (1.0, float("inf"))])
def test_a_step_that_is_not_finite_changes_nothing(numbers: tuple[float, float], fused: bool) -> None:
    weight, optimizer = one_weight(1.0, fused=fused)
    with pytest.raises(NotFiniteError, match="here: .* is (nan|inf)"):
        Updates(SpeedConfig(fused_adam=fused), CPU).take([optimizer], report(*numbers), "here")
    assert torch.equal(weight, torch.ones(3))


def test_a_device_that_is_not_waited_for_leaves_the_weights_alone_by_itself() -> None:
    weight, optimizer = one_weight(float("nan"))
    updates = Updates(SpeedConfig(), CPU)
    updates._skips = True  # as on a GPU
    updates._watch = told = Later()  # type: ignore[assignment]
    updates.take([optimizer], report(1.0, float("nan")), "here")
    assert torch.equal(weight, torch.ones(3))
    assert told.places == ["here"]
    weight.grad = torch.ones(3)
    updates.take([optimizer], report(1.0, 1.0), "there")
    torch.testing.assert_close(weight.detach(), torch.full((3,), 0.9))  # Adam's first step, as if none had been before


class Later:
    """Hears of the numbers and says nothing yet."""

    def __init__(self) -> None:
        self.places: list[str] = []

    def look(self, place: str, names: Any, values: Tensor) -> None:
        self.places.append(place)


def test_float16_leaves_out_a_step_that_overflows_and_halves_its_scale() -> None:
    weight, optimizer = one_weight(float("inf"))
    updates = Updates(SpeedConfig(autocast="fp16"), CPU)
    before = updates.state()
    updates.take([optimizer], report(1.0, float("inf")), "here")
    assert torch.equal(weight, torch.ones(3))
    assert before is not None and updates.state() == {"scale": before["scale"] / 2, "good": 0.0}
    with pytest.raises(NotFiniteError, match="loss_G is nan"):
        updates.take([optimizer], report(float("nan"), 1.0), "here")


def test_float16_stops_when_no_scale_helps() -> None:
    updates = Updates(SpeedConfig(autocast="fp16"), CPU)
    weight, optimizer = one_weight(float("inf"))
    with pytest.raises(NotFiniteError, match="loss scale of float16 is nan"):
        for _ in range(40):
            updates.take([optimizer], report(1.0, float("inf")), "here")
    assert torch.equal(weight, torch.ones(3))


def test_the_scale_grows_with_good_steps_and_goes_through_checkpoints() -> None:
    scale, zero = LossScale(CPU, start=4.0), torch.zeros(())
    for _ in range(scale.patience):
        scale.update(zero)
    assert scale.state() == {"scale": 8.0, "good": 0.0}
    scale.update(zero)
    again = LossScale(CPU)
    again.resume(scale.state())
    assert again.state() == {"scale": 8.0, "good": 1.0}
    weight = nn.Parameter(torch.ones(2))
    again.scaled(3 * weight.sum()).backward()
    assert weight.grad is not None
    again.unscale([weight.grad])
    torch.testing.assert_close(weight.grad, torch.full((2,), 3.0))


@pytest.mark.parametrize("fused", [False, True])
def test_both_kinds_of_adam_make_the_same_steps(fused: bool) -> None:
    weight, optimizer = one_weight(0.5, fused=fused)
    other, plain = one_weight(0.5, fused=not fused)
    for gradient in (0.5, -0.3, 2.0):
        for parameter, each in ((weight, optimizer), (other, plain)):
            parameter.grad = torch.tensor([gradient, 1.0, -gradient])
            each.step()
    torch.testing.assert_close(weight, other)


def test_resuming_fits_another_layout_and_another_kind() -> None:
    gradients = torch.randn(3, 8, 4, 3, 3)
    ends = []
    for last, fused in ((False, True), (True, False), (True, True)):
        first = nn.Parameter(torch.ones(8, 4, 3, 3))
        optimizer = adam([first], OptimizerConfig(), two_time_scales=False, fused=True)
        first.grad = gradients[0].clone()
        optimizer.step()
        layout = torch.channels_last if last else torch.contiguous_format
        weight = nn.Parameter(first.detach().clone().contiguous(memory_format=layout))
        resumed = adam([weight], OptimizerConfig(), two_time_scales=False, fused=fused)
        resume_adam(resumed, optimizer.state_dict())
        for gradient in gradients[1:]:
            weight.grad = gradient.contiguous(memory_format=layout)
            resumed.step()
        ends.append(weight.detach())
        assert resumed.param_groups[0]["fused"] == fused
    for end in ends[1:]:
        torch.testing.assert_close(end, ends[0])


def test_the_optimisers_of_a_stage_take_the_kind_from_its_config() -> None:
    stage = replace(toy_stage(), speed=SpeedConfig(fused_adam=False))
    networks = build_networks(stage, LABELS + 1, 0, None, CPU)
    optimizers = Optimizers(networks, stage.optimizer, True, stage.speed)
    assert not any(optimizer.param_groups[0]["fused"] for optimizer in optimizers.named().values())
