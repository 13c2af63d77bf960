"""The guard: silent in a healthy training, plain words when one is stuck, and an error only where asked for."""

import pytest
import torch

from vid2vid_core.train.guard import LossGuard, TrainingStuckError
from vid2vid_core.train.parallel.ranks import Ranks

ALONE = Ranks.alone(torch.device("cpu"))
REAL = torch.linspace(-0.9, 0.9, 60).view(1, 1, 3, 4, 5)


def steps(guard: LossGuard, count: int, real: float = 0.25, fake: float = 0.25, made: torch.Tensor = REAL) -> None:
    terms = {"D_real": torch.tensor(real), "D_fake": torch.tensor(fake), "G_GAN": torch.tensor(0.0)}
    for _ in range(count):
        guard.look(terms, made, REAL, "stage 'fine', epoch 3")


def test_healthy_training_is_left_alone(caplog: pytest.LogCaptureFixture) -> None:
    guard = LossGuard("stop", ALONE, window=10)
    steps(guard, 40)
    steps(guard, 40, real=0.0)  # one side near 0 is no victory
    steps(guard, 9, real=0.0, fake=0.0)  # nor is a moment
    steps(guard, 1)
    half = REAL.clone()
    half.view(-1)[:20] = 1.0
    steps(guard, 20, made=half)
    assert not caplog.messages


def test_a_discriminator_that_always_wins_is_told_once_each_time(caplog: pytest.LogCaptureFixture) -> None:
    guard = LossGuard("warn", ALONE, window=10)
    steps(guard, 30, real=0.001, fake=0.002)
    (message,) = caplog.messages
    assert "stage 'fine', epoch 3: over the last 10 steps D_real and D_fake were 0.0010 and 0.0020" in message
    assert "losses.gan_mode hinge" in message
    steps(guard, 10)
    steps(guard, 10, real=0.001, fake=0.002)
    assert len(caplog.messages) == 2


def test_temporal_discriminators_are_watched_too(caplog: pytest.LogCaptureFixture) -> None:
    guard = LossGuard("warn", ALONE, window=4)
    terms = {"D_real": torch.tensor(0.3), "D_fake": torch.tensor(0.2)}
    for step in range(4):
        temporal = {"D_T_real1": torch.tensor(0.001), "D_T_fake1": torch.tensor(0.001)} if step else {}
        guard.look(terms | temporal, REAL, REAL, "here")
    assert len(caplog.messages) == 1 and "D_T_real1 and D_T_fake1" in caplog.messages[0]


def test_saturated_pictures_are_told_unless_the_real_ones_are_like_that(caplog: pytest.LogCaptureFixture) -> None:
    guard, white = LossGuard("warn", ALONE, window=10), torch.ones_like(REAL)
    for _ in range(10):
        guard.look({}, white, white, "here")
    assert not caplog.messages
    steps(guard, 10, made=white)
    (message,) = caplog.messages
    assert "100 % more of the generated pictures" in message and "optimizer.lr" in message


def test_it_stops_where_asked_to() -> None:
    guard = LossGuard("stop", ALONE, window=10)
    steps(guard, 9, real=0.0, fake=0.0)
    with pytest.raises(TrainingStuckError, match=r"stage 'fine', epoch 3: .*easier opponent"):
        steps(guard, 1, real=0.0, fake=0.0)
