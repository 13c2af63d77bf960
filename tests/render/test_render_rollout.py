"""The roll-out: what it remembers, what it feeds to which scale, and how a sequence begins."""

import pytest
import torch
from drawn_sequences import LABEL_NC, small_stage

from vid2vid_core.config import GeneratorConfig
from vid2vid_core.models import VideoGenerator
from vid2vid_core.ops import halve
from vid2vid_core.render.rollout import Rollout
from vid2vid_core.types import FrameOutput


class Recorder(torch.nn.Module):
    """In place of the generator: notes what it is given; its k-th picture is k at the fine scale, -k at the coarse."""

    def __init__(self, **config: object) -> None:
        super().__init__()
        self.config = GeneratorConfig(**config)
        self.seen: list[dict] = []

    def forward(self, controls, previous, foreground=None, *, raw_only=False):
        self.seen.append({"controls": controls, "previous": previous, "foreground": foreground, "raw_only": raw_only})
        fine = torch.full((1, 3, *controls[-1].shape[-2:]), float(len(self.seen)))
        images = [-halve(fine), fine] if len(controls) == 2 else [fine]
        return FrameOutput(fine, fine, None, None, images)


def window(frames: int = 3, channels: int = LABEL_NC) -> torch.Tensor:
    return torch.rand(1, frames, channels, 8, 8)


def test_each_scale_is_fed_its_own_former_pictures() -> None:
    generator = Recorder(n_scales_spatial=2)
    rollout = Rollout(generator)
    first = torch.rand(1, 2, 3, 8, 8)
    rollout.reset(first)
    for _ in range(4):
        rollout.step(window())
    coarse, fine = generator.seen[0]["previous"]
    assert torch.equal(fine, first.flatten(1, 2))
    assert torch.equal(coarse, halve(first).flatten(1, 2))
    coarse, fine = generator.seen[1]["previous"]
    assert torch.equal(fine[:, :3], first[:, 1]) and bool((fine[:, 3:] == 1).all())
    coarse, fine = generator.seen[3]["previous"]
    assert bool((fine[:, :3] == 2).all() and (fine[:, 3:] == 3).all())
    assert bool((coarse[:, :3] == -2).all() and (coarse[:, 3:] == -3).all())


def test_from_nothing_only_the_first_picture_is_raw() -> None:
    generator = Recorder()
    rollout = Rollout(generator)
    for _ in range(2):  # and again after a reset
        rollout.reset(None)
        for _ in range(3):
            rollout.step(window())
    assert [call["raw_only"] for call in generator.seen] == [True, False, False] * 2
    assert bool((generator.seen[3]["previous"][0] == 0).all())


def test_from_real_pictures_nothing_is_raw() -> None:
    generator = Recorder()
    rollout = Rollout(generator)
    rollout.reset(torch.zeros(1, 2, 3, 8, 8))
    rollout.step(window())
    assert not generator.seen[0]["raw_only"]


def test_foreground_mask_is_that_of_the_current_frame() -> None:
    generator = Recorder(fg=True, fg_labels=(1, 2))
    rollout = Rollout(generator)
    controls = torch.zeros(1, 3, LABEL_NC, 8, 8)
    controls[:, 0, 1] = 1  # an older frame
    controls[:, 2, 2, :4] = 1
    rollout.reset(None)
    rollout.step(controls)
    (mask,) = generator.seen[0]["foreground"]
    assert torch.equal(mask[0, 0], controls[0, 2, 2])


def test_wrong_numbers_of_frames_are_named() -> None:
    rollout = Rollout(VideoGenerator(small_stage(n_frames_G=4).generator, LABEL_NC))
    with pytest.raises(ValueError, match=r"begins from 3 pictures .* got 2"):
        rollout.reset(torch.zeros(1, 2, 3, 8, 8))
    rollout.reset(None)
    with pytest.raises(ValueError, match=r"controls of 4 frames .* got 3"):
        rollout.step(window())
