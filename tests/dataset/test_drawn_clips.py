"""Training clips and single frames of faces and poses."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from drawn_controls import FACE_SPEED, POSE_SPEED, flow_of, manifest_of, write_faces, write_poses

from vid2vid_core.config import (
    ControlConfig,
    DataConfig,
    GeneratorConfig,
    ImageDataConfig,
    ScheduleConfig,
    StageConfig,
)
from vid2vid_core.config.schedule import EpochState
from vid2vid_core.dataset.clips import ClipDataset, collate
from vid2vid_core.dataset.frame_pairs import FramePairs, collate_pairs
from vid2vid_core.ops import warp
from vid2vid_core.types import Clip

FACE = ControlConfig(kind="face", no_canny_edge=True)
POSE = ControlConfig(kind="pose", random_drop_prob=0.0)


def clips_of(manifest: Path, speed: int, controls: ControlConfig, epoch: int = 1, **data: object) -> ClipDataset:
    config = {"resize_or_crop": "resize", "loadSize": 96, "fineSize": 64} | data
    stage = StageConfig(
        name="one",
        generator=GeneratorConfig(n_frames_G=2),
        schedule=ScheduleConfig(clips_per_sequence=4),
        data=DataConfig(**config),
        controls=controls,
    )
    return ClipDataset(manifest, flow_of(manifest, speed), stage, EpochState(epoch, 1e-4, 4, 4, 1, True), seed=1)


@pytest.fixture
def faces(tmp_path: Path) -> Path:
    write_faces(tmp_path, "train", "a", 7)
    return manifest_of(tmp_path, "face")


def poses(root: Path, speed: int = POSE_SPEED, frames: int = 7) -> Path:
    write_poses(root, "train", "a", frames, speed=speed)
    return manifest_of(root, "pose")


def warp_errors(clip: Clip) -> Iterator[tuple[float, float]]:
    """How far each picture lies from the one before, warped along the flow; and without."""
    inner = (..., slice(12, -12), slice(12, -12))
    for time in range(clip.flow.shape[1]):
        before, now = clip.images[:, time], clip.images[:, time + 1]
        assert (clip.confidence[:, time][inner] > 0.9).all()
        yield tuple(float((seen - now)[inner].abs().mean()) for seen in (warp(before, clip.flow[:, time]), before))


def test_a_clip_of_a_face(faces: Path) -> None:
    clip = clips_of(faces, FACE_SPEED, FACE)[0]
    assert clip.images.shape == (1, 5, 3, 96, 96) and clip.controls.shape == (1, 5, 15, 96, 96)
    assert clip.controls.dtype == torch.uint8 and clip.instances is None
    assert clip.flow.shape == (1, 4, 2, 96, 96) and clip.confidence.shape == (1, 4, 1, 96, 96)
    strokes = clip.controls[0, :, 0].float()
    middles = (strokes * torch.arange(96)).sum(dim=(1, 2)) / strokes.sum(dim=(1, 2))
    shown = 96 / 74 * FACE_SPEED
    assert middles.diff().abs().tolist() == pytest.approx([shown] * 4, abs=0.3)  # it moves inside a box that stands


@pytest.mark.parametrize("mode", ["resize", "resize_and_crop"])
def test_flow_of_faces_carries_each_picture_onto_the_next(faces: Path, mode: str) -> None:
    found = [clips_of(faces, FACE_SPEED, FACE, resize_or_crop=mode)[index] for index in range(4)]
    assert {float(clip.flow[0, 0, 0, 30, 30].sign()) for clip in found} == {1.0, -1.0}  # some are mirrored
    for clip in found:
        for warped, still in warp_errors(clip):
            assert warped < 0.02 and still > 3 * warped


def test_no_trust_in_flow_outside_the_frame(tmp_path: Path) -> None:
    write_faces(tmp_path, "train", "a", 4, x=30, width=60)
    clip = clips_of(manifest_of(tmp_path, "face"), FACE_SPEED, FACE, no_flip=True, resize_or_crop="none")[0]
    assert (clip.confidence == 0).any() and (clip.confidence == 1).any()
    rows = clip.confidence[0, 0, 0].mean(dim=1)
    assert rows[0] < 1e-3 and rows[-1] > 0.5  # the face is so large that the box begins above the frame


@pytest.mark.parametrize("speed", [POSE_SPEED, 0])
def test_flow_of_a_box_that_follows_is_relative_to_it(tmp_path: Path, speed: int) -> None:
    """The person walks at POSE_SPEED; the picture moves along, or stands still while the box passes over it."""
    for index in range(2):
        clip = clips_of(poses(tmp_path, speed), speed, POSE)[index]
        passing = float(clip.flow[0, :, 0, 20:-20, 20:-20].mean())
        if speed:
            assert abs(passing) < 1e-3
        else:
            assert passing > POSE_SPEED
        for warped, still in warp_errors(clip):
            assert warped < 0.02
            assert speed or still > 3 * warped


def test_flow_of_a_box_that_stands_is_that_of_the_frame(tmp_path: Path) -> None:
    standing = ControlConfig(kind="pose", random_drop_prob=0.0, crop="none")
    clip = clips_of(poses(tmp_path), POSE_SPEED, standing, resize_or_crop="none")[0]
    for warped, still in warp_errors(clip):
        assert warped < 0.02 and still > 3 * warped


def test_flow_of_distant_frames_is_chained_inside_the_moving_box(tmp_path: Path) -> None:
    manifest = poses(tmp_path, speed=0, frames=14)
    steps = set()
    for epoch in range(1, 6):
        clip = clips_of(manifest, 0, POSE, epoch=epoch, max_t_step=3)[0]
        steps.add(round(float(clip.flow[0, 0, 0, 40:50, 40:50].mean() * 68 / 96 / POSE_SPEED)))
        for warped, _ in warp_errors(clip):
            assert warped < 0.03
    assert len(steps) > 1


def test_clips_of_poses_are_never_mirrored_and_reproducible(tmp_path: Path) -> None:
    manifest = poses(tmp_path)
    dropping = ControlConfig(kind="pose", random_drop_prob=0.3)
    clips, again = (clips_of(manifest, POSE_SPEED, dropping) for _ in range(2))
    assert clips[0].controls.shape == (1, 5, 6, 96, 96) and clips[0].controls.dtype == torch.float32
    for index in (2, 0, 1):
        torch.testing.assert_close(clips[index].controls, again[index].controls, rtol=0, atol=0)
    assert not torch.equal(clips[0].controls, clips_of(manifest, POSE_SPEED, dropping, epoch=2)[0].controls)
    complete = clips_of(manifest, POSE_SPEED, POSE)
    whole, head = complete[0].controls[0, 0, 2], slice(0, 40)
    assert (whole[head] > 0.9).any()  # part 23 above part 2: upright, V rises downwards
    for index in range(4):
        surface = complete[index].controls[0, 0, :3]
        trunk = (surface[2] - (2 / 12 - 1)).abs() < 1e-4
        columns = torch.arange(96).expand(96, 96)[trunk].float()
        assert torch.corrcoef(torch.stack([columns, surface[1][trunk]]))[0, 1] > 0.95  # U rises to the right


def test_clips_go_into_one_batch(faces: Path) -> None:
    clips = clips_of(faces, FACE_SPEED, FACE)
    assert collate([clips[0], clips[1]]).controls.shape == (2, 5, 15, 96, 96)


def test_frame_pairs_of_faces_and_poses(faces: Path, tmp_path: Path) -> None:
    data = ImageDataConfig(loadSize=64, resize_or_crop="resize")
    pairs = FramePairs(faces, data, FACE, seed=0)
    batch = collate_pairs([pairs[1, 0], pairs[1, 3]])
    assert batch.images.shape == (2, 3, 64, 64) and batch.controls.shape == (2, 15, 64, 64)
    assert batch.parts.shape == (2, 1, 64, 64) and batch.parts.max() == 6
    flips = [torch.equal(pairs[epoch, 0].parts, pairs.whole(0).parts) for epoch in range(8)]
    assert 0 < sum(flips) < 8
    assert torch.equal(pairs[5, 2].controls, FramePairs(faces, data, FACE, seed=0)[5, 2].controls)
    people = FramePairs(poses(tmp_path / "poses"), data, ControlConfig(kind="pose"), seed=0)
    assert people[1, 0].controls.shape == (1, 6, 64, 64)
    whole = people.whole(0, multiple=16)
    assert whole.parts.unique().tolist() == [0, 2, 23] and not torch.equal(whole.controls, people[1, 0].controls)
