"""Weights files of image stages: what they hold, and that they are not taken for those of video stages."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import nn

from vid2vid_core.config import GeneratorConfig, ImageGeneratorConfig, ImageStageConfig, StageConfig
from vid2vid_core.models import FeatureEncoder, VideoGenerator, build_image_generator
from vid2vid_core.models.feature_table import FeatureTable
from vid2vid_core.models.image_weights import (
    ImageWeightsInfo,
    load_image_model,
    save_image_weights,
)
from vid2vid_core.models.weights import WeightsInfo, load_generator, read_info, save_weights

LABELS = 3


def info(**generator: object) -> ImageWeightsInfo:
    sizes = {"ngf": 4, "n_downsample_global": 1, "n_blocks_global": 1, "nef": 4, "n_downsample_E": 2, "feat_num": 2}
    stage = ImageStageConfig(name="first", generator=ImageGeneratorConfig(**(sizes | generator)))
    return ImageWeightsInfo(stage, LABELS, (255,), LABELS, "drawn")


def networks(about: ImageWeightsInfo) -> dict[str, nn.Module]:
    config = about.stage.generator
    made: dict[str, nn.Module] = {"generator": build_image_generator(config, about.control_channels)}
    return made | ({"encoder": FeatureEncoder(config)} if config.features else {})


def labels(height: int = 16, width: int = 16) -> torch.Tensor:
    ids = torch.zeros(1, 1, height, width, dtype=torch.long)
    ids[..., 8:] = 2
    return ids


def controls(ids: torch.Tensor) -> torch.Tensor:
    return nn.functional.one_hot(ids[:, 0], LABELS).permute(0, 3, 1, 2).float()


def test_a_stored_generator_makes_the_same_picture(tmp_path: Path) -> None:
    about = info()
    made = networks(about)
    save_image_weights(tmp_path / "w", made, about, None)
    model, read = load_image_model(tmp_path / "w")
    assert read == about
    seen = controls(labels())
    assert torch.equal(model.picture(seen), made["generator"](seen)) and not model.needs_real


def test_with_features_the_looks_come_from_the_nearest_training_frame(tmp_path: Path) -> None:
    about = info(netG="global_with_features")
    made = networks(about)
    real, ids = torch.rand(1, 3, 16, 16) * 2 - 1, labels()
    own = made["encoder"](real, ids)  # type: ignore[operator]
    near = torch.stack([own[0, :, 0, 0], torch.zeros(2), own[0, :, 0, 12]])[None]  # its own features, label 1 unknown
    save_image_weights(tmp_path / "w", made, about, FeatureTable(torch.cat((near + 5, near))))
    model, _ = load_image_model(tmp_path / "w")
    assert model.needs_real and model.size_multiple == 4
    expected = made["generator"](controls(ids), own)
    torch.testing.assert_close(model.picture(controls(ids), ids, real), expected)
    with pytest.raises(ValueError, match="label ids and real not given"):
        model.picture(controls(ids))


def test_a_generator_with_features_needs_encoder_and_table(tmp_path: Path) -> None:
    about = info(netG="global_with_features")
    made = networks(about)
    save_image_weights(tmp_path / "no-table", made, about, None)
    with pytest.raises(ValueError, match="no-table: a generator with features .* has no 'features.values'"):
        load_image_model(tmp_path / "no-table")
    table = FeatureTable(torch.zeros(1, LABELS, 2))
    save_image_weights(tmp_path / "no-encoder", {"generator": made["generator"]}, about, table)
    with pytest.raises(ValueError, match="no-encoder: the weights do not fit the encoder"):
        load_image_model(tmp_path / "no-encoder")


def test_weights_of_the_other_kind_are_named(tmp_path: Path) -> None:
    about = info()
    save_image_weights(tmp_path / "image", networks(about), about, None)
    sizes = GeneratorConfig(ngf=4, n_blocks=1, n_downsample_G=1)
    video = WeightsInfo(StageConfig(name="s", generator=sizes), LABELS, (), LABELS, "drawn")
    save_weights(tmp_path / "video", {"generator": VideoGenerator(sizes, LABELS)}, video)
    with pytest.raises(ValueError, match="video: these are weights of a video generator.*of kind image are needed"):
        load_image_model(tmp_path / "video")
    for read_video in (load_generator, read_info):
        with pytest.raises(ValueError, match="image: these are weights of a single-image.*of kind video are needed"):
            read_video(tmp_path / "image")


def test_other_sizes_than_described_are_refused(tmp_path: Path) -> None:
    about = info()
    made = networks(about)
    wrong = replace(about, stage=replace(about.stage, generator=replace(about.stage.generator, ngf=8)))
    save_image_weights(tmp_path / "w", made, wrong, None)
    with pytest.raises(ValueError, match="w: the weights do not fit the generator the file describes"):
        load_image_model(tmp_path / "w")
