import numpy as np
import pytest

from vid2vid_core.config import ControlConfig
from vid2vid_core.maps.pose_augment import AS_FOUND, Variation, clip_variations, rendering_variation


def drawn(frames: int = 6, seed: int = 3, **switches: bool | float) -> list[Variation]:
    return clip_variations(ControlConfig(kind="pose", **switches), frames, np.random.default_rng(seed))


def test_a_clip_is_drawn_once_and_follows_its_seed() -> None:
    clip = drawn(random_drop_prob=0.4)
    assert len(clip) == 6 and all(variation == clip[0] for variation in clip)
    assert clip == drawn(random_drop_prob=0.4) and clip != drawn(random_drop_prob=0.4, seed=4)
    assert not all(clip[0].limbs) and any(clip[0].limbs) and clip[0].cleared


def test_per_frame_as_published_every_frame_differs() -> None:
    frames = drawn(random_drop_prob=0.4, drop_per_frame=True)
    assert len(set(frames)) == 6


def test_nothing_is_dropped_with_probability_zero() -> None:
    assert set(drawn(random_drop_prob=0.0)) == {AS_FOUND}


def test_parts_are_dropped_as_often_as_asked() -> None:
    clips = [drawn(1, seed, random_drop_prob=0.2)[0] for seed in range(400)]
    limbs = 1 - np.mean([clip.limbs for clip in clips])
    others = 1 - np.mean([(clip.left_hand, clip.right_hand, clip.face) for clip in clips])
    parts = np.mean([len(clip.cleared) for clip in clips]) / 24
    for share in (limbs, others, parts):
        assert share == pytest.approx(0.2, abs=0.04)
    assert set().union(*(clip.cleared for clip in clips)) == set(range(1, 25))
    assert all(clip.head_shift == AS_FOUND.head_shift for clip in clips)


def test_removed_face_labels_are_removed_when_rendering_too() -> None:
    removed = ControlConfig(kind="pose", remove_face_labels=True)
    assert rendering_variation(removed) == Variation(cleared=frozenset({23, 24}))
    assert rendering_variation(ControlConfig(kind="pose")) == AS_FOUND
    clip = drawn(remove_face_labels=True)
    assert {23, 24} <= clip[0].cleared and clip[0].head_shift != AS_FOUND.head_shift
    assert len(set(clip)) == 1


def test_head_and_face_move_by_the_published_amounts() -> None:
    clips = [drawn(1, seed, remove_face_labels=True)[0] for seed in range(300)]
    assert np.std([clip.head_shift for clip in clips]) == pytest.approx(5, rel=0.1)
    assert np.std([clip.face_shift for clip in clips]) == pytest.approx(2, rel=0.15)


def test_switches_of_poses_are_for_poses() -> None:
    for switch in ({"random_drop_prob": 0.1}, {"people": "all"}, {"basic_point_only": True}):
        with pytest.raises(ValueError, match="is for kind pose, kind is face"):
            ControlConfig(kind="face", **switch)
