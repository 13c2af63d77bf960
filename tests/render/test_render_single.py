"""Sequences that begin with pictures of a single-image generator."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from drawn_sequences import HEIGHT, LABEL_NC, WIDTH, image_weights, labels, write_dataset, write_png, write_weights
from torch.nn.functional import one_hot

from vid2vid_core.cli import main
from vid2vid_core.config import DataConfig, RenderConfig
from vid2vid_core.dataset.frames import FrameReader
from vid2vid_core.models.image_weights import load_image_model
from vid2vid_core.models.weights import load_generator
from vid2vid_core.render.first_frame import SinglePicture, choose_start
from vid2vid_core.render.render import render_video
from vid2vid_core.render.stream import render_run
from vid2vid_core.storage import read_table


def single(path: Path) -> RenderConfig:
    return RenderConfig(first_frame="single", single=str(path))


def render(tmp_path: Path, manifest: Path, config: RenderConfig, name: str = "out", **weights: object):
    """First picture, table and metadata."""
    file = write_weights(tmp_path / "weights.safetensors", **weights)
    table = tmp_path / "run" / name / "one.parquet"
    render_video(file, manifest, "one", tmp_path / "run" / name / "one", table, config)
    rows, metadata = read_table(table)
    return cv2.imread(str(table.parent / rows["output"][0])), rows, metadata


def test_no_real_picture_is_needed_and_the_pictures_are_those_of_the_generator(tmp_path: Path) -> None:
    manifest = write_dataset(tmp_path / "data", {"one": 5}, photographs=False)
    file = image_weights(tmp_path / "first.safetensors")
    picture, rows, metadata = render(tmp_path, manifest, single(file))
    assert len(rows) == 3 and metadata["first_frame"] == "single" and metadata["single"] == str(file)
    nothing, _, _ = render(tmp_path, manifest, RenderConfig(first_frame="none"), "other")
    assert (picture != nothing).any()

    model, _ = load_image_model(file)
    generator, info = load_generator(tmp_path / "weights.safetensors")
    reader = FrameReader(manifest, info.stage.data)

    def by_hand(row, sample):
        controls = one_hot(sample.controls[0], LABEL_NC).permute(2, 0, 1)[None].float()
        return model.generator(controls)[0]

    frames = list(render_run(reader, reader.runs()[0], generator, LABEL_NC, first_picture=by_hand))
    assert np.array_equal(frames[0].picture[..., ::-1], picture)


def test_instance_edges_are_not_shown_to_it(tmp_path: Path) -> None:
    """The video generator reads one channel more than the image generator."""
    file = image_weights(tmp_path / "first.safetensors")
    weights = write_weights(tmp_path / "weights.safetensors")
    _, info = load_generator(weights)
    stage = replace(info.stage, data=DataConfig(loadSize=WIDTH, use_instance=True))
    info = replace(info, stage=stage, control_channels=LABEL_NC + 1)
    assert choose_start(single(file), info, torch.device("cpu")).kind == "single"


def test_with_features_real_pictures_decide_the_looks(tmp_path: Path) -> None:
    file = image_weights(tmp_path / "first.safetensors", netG="global_with_features")
    model, _ = load_image_model(file)
    reader = FrameReader(write_dataset(tmp_path / "data", {"one": 4}), DataConfig(loadSize=WIDTH))
    row = reader.runs()[0].rows[0]
    sample = reader.read(row)
    make = SinglePicture(model, LABEL_NC)
    picture = make(row, sample)
    assert picture.shape == (3, HEIGHT, WIDTH)
    picture_of = {index: _with_features_of(model, sample, index) for index in range(3)}
    assert any(torch.allclose(picture, other) for other in picture_of.values())
    assert not torch.allclose(picture_of[0], picture_of[1])
    with pytest.raises(ValueError, match="takes the looks of a first frame from its real picture"):
        make(row, sample._replace(image=None))


def _with_features_of(model, sample, index: int) -> torch.Tensor:
    """The picture with the features of one training frame, looked up by hand."""
    controls = one_hot(sample.controls[0], LABEL_NC).permute(2, 0, 1)[None].float()
    features = model.table.values[index][sample.controls[0]].permute(2, 0, 1)[None]
    return model.generator(controls, features)[0]


@pytest.mark.parametrize("size", [(64, 32), (70, 41), (33, 100)])
@pytest.mark.parametrize("kind", ["global", "local_with_features"])
def test_frames_of_any_size(tmp_path: Path, size: tuple[int, int], kind: str) -> None:
    model, _ = load_image_model(image_weights(tmp_path / "first.safetensors", netG=kind))
    reader = FrameReader(write_dataset(tmp_path / "data", {"one": 4}), DataConfig(loadSize=WIDTH))
    row = reader.runs()[0].rows[0]
    width, height = size
    ids = torch.from_numpy(labels(0, width, height).astype(np.int64))[None]
    sample = reader.read(row)._replace(controls=ids, image=torch.zeros(3, height, width))
    assert SinglePicture(model, LABEL_NC)(row, sample).shape == (3, height, width)


def test_a_model_trained_from_nothing_needs_no_image_generator(tmp_path: Path) -> None:
    manifest = write_dataset(tmp_path / "data", {"one": 4}, photographs=False)
    _, _, metadata = render(tmp_path, manifest, RenderConfig(first_frame="single"), no_first_img=True)
    assert metadata["first_frame"] == "none"


def test_what_does_not_fit_is_named(tmp_path: Path) -> None:
    manifest = write_dataset(tmp_path / "data", {"one": 4})
    with pytest.raises(ValueError, match="first_frame 'single' needs the weights of a single-image generator"):
        render(tmp_path, manifest, RenderConfig(first_frame="single"))
    with pytest.raises(ValueError, match="nowhere: no such file"):
        render(tmp_path, manifest, single(tmp_path / "nowhere"))
    with pytest.raises(ValueError, match="weights.safetensors: these are weights of a video generator"):
        render(tmp_path, manifest, single(tmp_path / "weights.safetensors"))
    other = image_weights(tmp_path / "other", label_nc=LABEL_NC + 1)
    with pytest.raises(ValueError, match=rf"other: made for {LABEL_NC + 1} control channels and .* for {LABEL_NC} and"):
        render(tmp_path, manifest, single(other))
    with pytest.raises(ValueError, match="single is read with first_frame single only"):
        RenderConfig(single="file")


def test_command_line(tmp_path: Path) -> None:
    for number in range(4):
        write_png(tmp_path / "in" / f"{number}.png", labels(number))
    weights, first = write_weights(tmp_path / "w"), image_weights(tmp_path / "first")
    call = ["render", "--weights", str(weights), "--controls", str(tmp_path / "in"), "--out", str(tmp_path / "out")]
    assert main([*call, "--first-frame", "single", "--single", str(first), "--device", "cpu"]) == 0
    assert read_table(tmp_path / "out" / "render.parquet")[1]["first_frame"] == "single"
    assert main([*call, "--first-frame", "single"]) == 1
