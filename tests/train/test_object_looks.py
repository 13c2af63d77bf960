"""Image stages whose looks belong to objects: two squares of one label, in colours of their own."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from toy import LABELS, Toy, make_dataset, toy_image_stage, train_image

from vid2vid_core.config import ControlConfig, ImageLossConfig, ImageStageConfig, OptimizerConfig
from vid2vid_core.dataset.check_image_stage import check_image_stage
from vid2vid_core.dataset.frame_pairs import FramePairs
from vid2vid_core.dataset.manifest import frame_rows, frame_table, read_manifest, write_manifest
from vid2vid_core.models.image_weights import load_image_model
from vid2vid_core.ops import encode_controls

COLOURS = ((230, 40, 40), (40, 60, 230))
"""Of the left and the right square, RGB."""


@pytest.fixture
def toy(tmp_path: Path) -> Toy:
    """The toy scenes with a second square; which of the two is red changes from frame to frame."""
    toy = make_dataset(tmp_path / "data", sequences=1, frames=8)
    for number, row in enumerate(frame_rows(read_manifest(toy.manifest).table)):
        folder = toy.manifest.parent
        labels = np.ones((64, 128), np.uint8)
        image, instances = np.full((64, 128, 3), 90, np.uint8), labels.astype(np.uint16)
        for square, left in enumerate((10, 74)):
            area = np.s_[16:48, left : left + 40]
            labels[area], instances[area] = 2, 1000 + square
            image[area] = COLOURS[(square + number // 2) % 2][::-1]
        for path, picture in ((row.label, labels), (row.image, image), (row.instance, instances)):
            cv2.imwrite(str(folder / path), picture)
    return toy


def by_object(niter: int, features_of: str = "objects", netG: str = "global_with_features") -> ImageStageConfig:
    stage = toy_image_stage(netG, niter, ngf=8, features_of=features_of)
    return replace(stage, losses=ImageLossConfig(no_vgg=True, lambda_L1=100.0), optimizer=OptimizerConfig(lr=0.004))


@pytest.fixture
def one_thread() -> Iterator[None]:
    """So short a training ends elsewhere where sums are rounded in another order."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.mark.slow
@pytest.mark.usefixtures("one_thread")
def test_objects_of_one_label_get_colours_of_their_own(toy: Toy, tmp_path: Path) -> None:
    config = by_object(niter=60)
    model, _ = load_image_model(train_image(toy, tmp_path, config))
    pair = FramePairs(toy.manifest, config.data, config.controls, 0, by_object=True).whole(0)
    instances = pair.objects - pair.parts * 65536
    controls = encode_controls(pair.controls, None, LABELS)
    with torch.no_grad():
        like = model.picture(controls, pair.parts, pair.images, instances)[0]
        both = [model.styled(controls, pair.parts, 0, instances, {2: look})[0] for look in (1, 2)]
    squares = [like[:, instances[0, 0] == number].mean(dim=1) for number in (1000, 1001)]
    wanted = [pair.images[0][:, instances[0, 0] == number].mean(dim=1) for number in (1000, 1001)]
    for made, real in zip(squares, wanted, strict=True):
        assert (made - real).abs().max() < 0.5, f"{made} for {real}"
    looks = [picture[:, pair.parts[0, 0] == 2].mean(dim=1) for picture in both]
    assert (looks[0] - looks[1]).abs().max() > 0.7, looks


def test_codes_are_those_of_objects_and_lie_in_the_weights_file(toy: Toy, tmp_path: Path) -> None:
    config = by_object(niter=1)
    model, info = load_image_model(train_image(toy, tmp_path, config))
    assert info.stage == config and model.by_object and model.stored_codes is not None
    assert model.codes.count(0) == 0 and model.codes.count(1) > 1 and model.codes.count(2) > 1
    pairs = FramePairs(toy.manifest, config.data, config.controls, 0, by_object=True)
    pair = pairs.whole(3)
    assert len(pair.objects.unique()) == 3 and len(pair.parts.unique()) == 2
    assert model.encoder is not None
    pooled = model.encoder(pair.images, pair.objects)
    left, right = (pooled[0, :, 20, column] for column in (10, 50))
    assert not torch.allclose(left, right, atol=1e-4)


def test_frames_without_instance_maps_are_named(toy: Toy) -> None:
    table = read_manifest(toy.manifest)
    lacking = toy.manifest.with_name("lacking.parquet")
    rows = [row._replace(instance="") if row.number == 3 else row for row in frame_rows(table.table)]
    write_manifest(lacking, frame_table(rows), table.metadata)
    config = by_object(niter=1)
    problems = check_image_stage(read_manifest(lacking), config)
    assert [problem.code for problem in problems] == ["instances"] and "features_of" in problems[0].message
    assert check_image_stage(table, config) == []
    with pytest.raises(ValueError, match="a-000/000003 has no instance map"):
        FramePairs(lacking, config.data, config.controls, 0, by_object=True)


def test_looks_of_objects_need_features_and_labels() -> None:
    with pytest.raises(ValueError, match="features_of objects needs a generator with features"):
        by_object(1, netG="global")
    face = ControlConfig(kind="face")
    with pytest.raises(ValueError, match="features_of objects needs controls.kind labels, it is face"):
        replace(by_object(1), controls=face)
