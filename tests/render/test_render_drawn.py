"""Rendering and scoring faces and poses, from folders and from datasets."""

from pathlib import Path

import numpy as np
import pytest
import torch
from drawn_controls import FACE_SPEED, POSE_SPEED, flow_of, manifest_of, write_faces, write_poses
from PIL import Image

from vid2vid_core.cli import main
from vid2vid_core.config import (
    ControlConfig,
    DataConfig,
    EvaluateConfig,
    GeneratorConfig,
    ImageDataConfig,
    ImageDiscriminatorConfig,
    ImageGeneratorConfig,
    ImageLossConfig,
    ImageScheduleConfig,
    ImageStageConfig,
    RenderConfig,
    StageConfig,
    control_channels,
)
from vid2vid_core.evaluate.score import score_video
from vid2vid_core.models import VideoGenerator
from vid2vid_core.models.image_weights import load_image_model
from vid2vid_core.models.weights import WeightsInfo, save_weights
from vid2vid_core.render.folder import render_folder
from vid2vid_core.render.render import render_video
from vid2vid_core.storage import read_table
from vid2vid_core.train.image_stage import train_image_stage
from vid2vid_core.video.read import read_video

FACE = ControlConfig(kind="face")
POSE = ControlConfig(kind="pose")
NONE = RenderConfig(first_frame="none")


def weights(root: Path, controls: ControlConfig, resize_or_crop: str = "resize") -> Path:
    """Weights that nobody trained."""
    stage = StageConfig(
        name="tiny",
        generator=GeneratorConfig(ngf=4, n_blocks=1, n_downsample_G=1),
        data=DataConfig(loadSize=64, resize_or_crop=resize_or_crop),
        controls=controls,
    )
    channels = control_channels(stage, 0)
    torch.manual_seed(0)
    info = WeightsInfo(stage=stage, label_nc=0, ignore=(), control_channels=channels, dataset="drawn")
    save_weights(root / "weights.safetensors", {"generator": VideoGenerator(stage.generator, channels)}, info)
    return root / "weights.safetensors"


def test_a_folder_of_landmarks(tmp_path: Path) -> None:
    write_faces(tmp_path, "test", "a", 6)
    controls, images = tmp_path / "test_keypoints", tmp_path / "test_img"
    render_folder(weights(tmp_path, FACE), controls, tmp_path / "out", RenderConfig(), images=images)
    table, metadata = read_table(tmp_path / "out" / "render.parquet")
    assert table["frame"].tolist() == [f"{t:04d}" for t in range(2, 6)] and metadata["first_frame"] == "real"
    assert set(table["width"]) == set(table["height"]) == {64} and set(table["sequence"]) == {"a"}
    frames = list(read_video(tmp_path / "out" / "a.side_by_side.mp4"))
    assert len(frames) == 4 and frames[0].shape[1] == 3 * 64 + 2 * 4  # edges, output, real
    with pytest.raises(ValueError, match=r"landmark files do not say how large their frames are; give .*images"):
        render_folder(tmp_path / "weights.safetensors", controls, tmp_path / "other", NONE)


def test_a_frame_without_landmarks_cuts_the_sequence(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    write_faces(tmp_path, "test", "a", 8)
    (tmp_path / "test_img/a/0004.png").unlink()
    render_folder(
        weights(tmp_path, FACE), tmp_path / "test_keypoints", tmp_path / "out", NONE, images=tmp_path / "test_img"
    )
    table, _ = read_table(tmp_path / "out" / "render.parquet")
    assert table["frame"].tolist() == ["0002", "0003", "0007"]
    assert "no photograph named '0004'" in caplog.text


def test_folders_of_key_points_and_body_surfaces(tmp_path: Path) -> None:
    write_poses(tmp_path, "test", "a", 5)
    file = weights(tmp_path, POSE)
    openpose, densepose = tmp_path / "test_openpose", tmp_path / "test_densepose"
    command = ["render", "--weights", str(file), "--controls", str(openpose), "--out", str(tmp_path / "out")]
    assert main([*command, "--densepose", str(densepose)]) == 0
    table, _ = read_table(tmp_path / "out" / "render.parquet")
    assert table["frame"].tolist() == ["0002", "0003", "0004"]
    assert main(command) == 1
    images = tmp_path / "test_img"
    render_folder(file, openpose, tmp_path / "real", RenderConfig(), densepose=densepose, images=images)
    assert read_table(tmp_path / "real" / "render.parquet")[1]["first_frame"] == "real"
    with pytest.raises(ValueError, match=r"the weights read body surfaces too; give DensePose pictures"):
        render_folder(file, openpose, tmp_path / "other", NONE, images=images)


def test_key_points_are_pixels_of_the_photographs(tmp_path: Path) -> None:
    """Body surfaces of half the size are scaled to them."""
    write_poses(tmp_path, "test", "a", 4)
    file = weights(tmp_path, POSE)
    folders = {"densepose": tmp_path / "test_densepose", "images": tmp_path / "test_img"}
    render_folder(file, tmp_path / "test_openpose", tmp_path / "one", RenderConfig(), **folders)
    for picture in (tmp_path / "test_densepose/a").iterdir():
        Image.open(picture).resize((100, 70), Image.Resampling.NEAREST).save(picture)
    render_folder(file, tmp_path / "test_openpose", tmp_path / "two", RenderConfig(), **folders)
    first, second = (next(read_video(tmp_path / name / "a.side_by_side.mp4")) for name in ("one", "two"))
    assert np.abs(first[:, -64:].astype(int) - second[:, -64:]).mean() < 3  # the same part of the photograph


@pytest.mark.parametrize(("switch", "folder"), [("densepose_only", "densepose"), ("openpose_only", "openpose")])
def test_a_folder_of_one_kind_of_pose_files(tmp_path: Path, switch: str, folder: str) -> None:
    write_poses(tmp_path, "test", "a", 4)
    file = weights(tmp_path, ControlConfig(kind="pose", **{switch: True}))
    images = None if switch == "densepose_only" else tmp_path / "test_img"
    render_folder(file, tmp_path / f"test_{folder}", tmp_path / "out", NONE, images=images)
    assert len(read_table(tmp_path / "out" / "render.parquet")[0]) == 2


def test_parts_of_other_sizes_go_into_one_video(tmp_path: Path) -> None:
    """With nothing resized, the box before the gap is larger than the one behind it."""
    write_faces(tmp_path, "test", "a", 4, width=40)
    write_faces(tmp_path / "more", "test", "a", 9)
    for kind, ending in (("img", "png"), ("keypoints", "txt")):
        for t in range(5, 9):
            file = Path(f"test_{kind}/a/{t:04d}.{ending}")
            (tmp_path / "more" / file).rename(tmp_path / file)
    (tmp_path / "more/test_keypoints/a/0004.txt").rename(tmp_path / "test_keypoints/a/0004.txt")
    file = weights(tmp_path, FACE, resize_or_crop="none")
    folders = {"images": tmp_path / "test_img"}
    render_folder(file, tmp_path / "test_keypoints", tmp_path / "out", NONE, **folders)
    table, _ = read_table(tmp_path / "out" / "render.parquet")
    assert table["width"].tolist() == [100, 100, 74, 74]
    frames = list(read_video(tmp_path / "out" / "a.mp4"))
    assert len(frames) == 4 and {frame.shape for frame in frames} == {(100, 100, 3)}
    assert frames[3].std() > 5


def image_stage(root: Path, manifest: Path, controls: ControlConfig) -> Path:
    stage = ImageStageConfig(
        name="first",
        generator=ImageGeneratorConfig(
            netG="global_with_features", ngf=4, n_downsample_global=1, n_blocks_global=1, nef=4, n_downsample_E=1,
            feat_num=2,
        ),
        discriminator=ImageDiscriminatorConfig(ndf=4, n_layers_D=2, num_D=1),
        losses=ImageLossConfig(no_vgg=True),
        schedule=ImageScheduleConfig(niter=1, niter_decay=0),
        data=ImageDataConfig(loadSize=64, resize_or_crop="resize", batchSize=2),
        controls=controls,
    )  # fmt: skip
    train_image_stage(
        stage, recipe="drawn", seed=0, checkpoint_minutes=10, checkpoints_kept=2, guard="warn", manifest=manifest,
        state_dir=root / "state", out_dir=root / "out", device="cpu",
    )  # fmt: skip
    return root / "out" / "weights.safetensors"


@pytest.mark.parametrize(
    ("mode", "controls", "count", "seen"),
    [
        ("face", FACE, 7, range(7)),
        ("pose", POSE, 25, (0, 2, 23)),
    ],
)
def test_single_pictures_of_faces_and_poses_begin_videos(
    tmp_path: Path, mode: str, controls: ControlConfig, count: int, seen: range
) -> None:
    write = {"face": write_faces, "pose": write_poses}[mode]
    write(tmp_path, "train", "a", 4)
    write(tmp_path, "test", "b", 4)
    manifest = manifest_of(tmp_path, mode)
    single = image_stage(tmp_path / "first", manifest, controls)
    model, info = load_image_model(single)
    assert info.label_nc == 0 and model.table is not None and model.table.values.shape[:2] == (4, count)
    known = ~model.table.values[0].isnan().any(dim=1)
    assert known.nonzero().flatten().tolist() == list(seen)  # looks of every part that occurs
    table = tmp_path / "render" / "b.parquet"
    config = RenderConfig(first_frame="single", single=str(single))
    render_video(weights(tmp_path, controls), manifest, "test-b", table.with_suffix(""), table, config)
    rows, metadata = read_table(table)
    assert len(rows) == 2 and metadata["first_frame"] == "single"


@pytest.mark.parametrize(("mode", "controls", "speed"), [("face", FACE, FACE_SPEED), ("pose", POSE, POSE_SPEED)])
def test_what_is_rendered_is_scored_by_part(tmp_path: Path, mode: str, controls: ControlConfig, speed: int) -> None:
    write = {"face": write_faces, "pose": write_poses}[mode]
    write(tmp_path, "train", "a", 3)
    write(tmp_path, "test", "b", 6)
    manifest = manifest_of(tmp_path, mode)
    flow_of(manifest, speed)
    file, table = weights(tmp_path, controls), tmp_path / "render" / "b.parquet"
    render_video(file, manifest, "test-b", table.with_suffix(""), table, NONE)
    out = tmp_path / "scores.parquet"
    score_video(table, manifest, file, tmp_path / "flow.parquet", out, EvaluateConfig(clip_frames=4))
    scores, metadata = read_table(out)
    value = scores.groupby(["method", "metric"])["value"].mean()
    assert metadata["frames"] == 4 and metadata["skipped"] == []
    assert (
        value["real", "warping_error"] < 0.1 * value["model", "warping_error"] or value["real", "warping_error"] < 1e-3
    )
    assert value["mean_colour", "psnr"] > 8 and value["real", "psnr"] == 100
    assert "of its part of the face or body" in metadata["protocol"]["methods"]["mean_colour"]
