from dataclasses import replace

import pytest
import torch

from vid2vid_core.config import GeneratorConfig
from vid2vid_core.config.schedule import EpochState
from vid2vid_core.models import VideoGenerator
from vid2vid_core.ops import halve
from vid2vid_core.train.rollout import Carry, generate_chunk, start_clip
from vid2vid_core.types import Clip

LABELS = 3


@pytest.fixture
def clip():
    draw = torch.Generator().manual_seed(0)
    return Clip(
        images=torch.rand(1, 8, 3, 16, 32, generator=draw) * 2 - 1,
        controls=torch.randint(0, LABELS, (1, 8, 1, 16, 32), generator=draw),
        instances=None,
        flow=torch.randn(1, 7, 2, 16, 32, generator=draw),
        confidence=torch.rand(1, 7, 1, 16, 32, generator=draw),
    )


def make_generator(scales=1, **keys):
    torch.manual_seed(1)
    config = GeneratorConfig(
        ngf=4, n_blocks=2, n_blocks_local=1, n_downsample_G=1, n_scales_spatial=scales, n_frames_G=3, **keys
    )
    return VideoGenerator(config, LABELS)


def state(bp=1, all_scales=True):
    return EpochState(1, 2e-4, 6, 3, bp, all_scales)


def roll(generator, clip, sizes, epoch):
    carry, begin, chunks = start_clip(clip.images, generator.config), 0, []
    for size in sizes:
        chunk, carry = generate_chunk(generator, clip, begin, size, carry, epoch, LABELS)
        chunks.append(chunk)
        begin += size
    return chunks, carry


def test_the_cut_into_chunks_does_not_change_the_pictures(clip):
    generator = make_generator(scales=2)
    whole, _ = roll(generator, clip, [6], state())
    parts, _ = roll(generator, clip, [2, 2, 2], state())
    torch.testing.assert_close(torch.cat([part.image for part in parts], 1), whole[0].image, rtol=1e-4, atol=1e-5)
    for name in ("flow_ref", "confidence", "real", "real_previous", "controls", "previous"):
        together = torch.cat([getattr(part, name) for part in parts], 1)
        torch.testing.assert_close(together, getattr(whole[0], name), rtol=1e-4, atol=1e-5)


def test_frames_are_compared_with_the_right_real_frames_and_flow(clip):
    chunks, _ = roll(make_generator(), clip, [3, 3], state())
    second = chunks[1]
    assert torch.equal(second.real, clip.images[:, 5:8])
    assert torch.equal(second.real_previous, clip.images[:, 4:7])
    assert torch.equal(second.flow_ref, clip.flow[:, 4:7])
    assert torch.equal(second.confidence, clip.confidence[:, 4:7])


def test_previous_pictures_of_the_warp_loss(clip):
    chunks, _ = roll(make_generator(no_first_img=True), clip, [3, 3], state())
    first, second = chunks
    assert torch.equal(first.previous[:, 0], clip.images[:, 1])  # real, even without a first image
    assert torch.equal(first.previous[:, 1:], first.image[:, :-1])
    assert torch.equal(second.previous[:, 0], first.image[:, -1])
    assert not first.previous.requires_grad and not second.previous.requires_grad


def test_without_first_image_only_the_first_chunk_is_raw(clip):
    (first, second), _ = roll(make_generator(no_first_img=True), clip, [3, 3], state())
    assert torch.equal(first.image, first.raw)
    assert not torch.equal(second.image, second.raw)


def test_each_scale_goes_on_from_its_own_pictures(clip):
    generator = make_generator(scales=2)
    _, carry = roll(generator, clip, [3], state())
    assert [tuple(level.shape) for level in carry.pictures] == [(1, 2, 3, 8, 16), (1, 2, 3, 16, 32)]
    assert not carry.first and not any(level.requires_grad for level in carry.pictures)
    assert not torch.allclose(carry.pictures[0], halve(carry.pictures[1]), atol=1e-3)


def reaches(generator, clip, frame, bp):
    """Whether the loss of the third frame reaches the generator's work on an earlier frame."""
    made = []
    hook = generator.register_forward_hook(lambda *args: made.append(args[-1].image))
    chunk, _ = generate_chunk(generator, clip, 0, 4, start_clip(clip.images, generator.config), state(bp), LABELS)
    hook.remove()
    (gradient,) = torch.autograd.grad(chunk.image[:, 2].sum(), made[frame])
    return bool(gradient.any())


@pytest.mark.parametrize(
    ("bp", "expected"),
    [(1, [False, False]), (2, [False, False]), (3, [True, True]), (4, [True, True])],
)
def test_gradients_flow_back_through_blocks(clip, bp, expected):
    assert [reaches(make_generator(), clip, frame, bp) for frame in (0, 1)] == expected


def test_frozen_scales_get_no_gradient(clip):
    generator = make_generator(scales=2)
    (chunk,), _ = roll(generator, clip, [3], state(bp=3, all_scales=False))
    (chunk.image.sum() + chunk.flow.sum()).backward()
    assert all(parameter.grad is None for parameter in generator.scales[0].parameters())
    assert all(parameter.grad is not None for parameter in generator.scales[1].image_head.parameters())


def test_carry_holds_real_frames_at_the_start(clip):
    carry = start_clip(clip.images, make_generator(scales=2).config)
    assert isinstance(carry, Carry) and carry.first
    assert torch.equal(carry.pictures[1], clip.images[:, :2])
    torch.testing.assert_close(carry.pictures[0], halve(clip.images[:, :2]))


def test_a_batch_is_its_clips_side_by_side(clip):
    """With instance normalisation, which does not mix the clips of a batch."""
    generator = make_generator(norm="instance")
    values = {name: getattr(clip, name) for name in ("images", "controls", "flow", "confidence")}
    other = replace(clip, **{name: value.flip(-1) for name, value in values.items()})
    both = replace(clip, **{name: torch.cat([value, getattr(other, name)]) for name, value in values.items()})
    together, _ = roll(generator, both, [3], state())
    for i, single in enumerate((clip, other)):
        alone, _ = roll(generator, single, [3], state())
        torch.testing.assert_close(together[0].image[i : i + 1], alone[0].image, rtol=1e-3, atol=1e-4)
