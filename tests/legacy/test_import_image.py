"""Released single-image generators become weights files of an image stage."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from released import save

from vid2vid_core.config import ImageGeneratorConfig
from vid2vid_core.config.image_stage import ImageStageConfig
from vid2vid_core.config.load import parse
from vid2vid_core.legacy.checkpoint import import_checkpoint
from vid2vid_core.legacy.hints import Hints
from vid2vid_core.legacy.image_keys import feature_encoder_layers, image_generator_layers
from vid2vid_core.legacy.keys import to_released
from vid2vid_core.models import FeatureEncoder, build_image_generator
from vid2vid_core.models.image_weights import load_image_model

SMALL = ImageGeneratorConfig(
    ngf=4, n_downsample_global=2, n_blocks_global=2, n_local_enhancers=2, n_blocks_local=1, feat_num=3, nef=4
)
KINDS = {
    "global": replace(SMALL, n_local_enhancers=1, n_blocks_local=3, feat_num=16, nef=16),
    "local": replace(SMALL, netG="local", feat_num=16, nef=16),
    "global_with_features": replace(SMALL, netG="global_with_features", n_local_enhancers=1, n_blocks_local=3),
    "local_with_features": replace(SMALL, netG="local_with_features", n_downsample_E=3),
}


def write_model(folder: Path, config: ImageGeneratorConfig, channels: int, label: str = "G", parts: int = 3):
    """G, and where it reads features E and features.npy. Returns the generator."""
    torch.manual_seed(3)
    network = build_image_generator(config, channels)
    save(folder, label, to_released(network, image_generator_layers(config)))
    if config.features:
        save(folder, "E", to_released(FeatureEncoder(config), feature_encoder_layers(config)))
        write_table(folder, parts, config.feat_num)
    return network


def write_table(folder: Path, parts: int, features: int) -> None:
    rows = np.random.default_rng(0).random((5, features + 1)).astype(np.float32)
    np.save(folder / "features.npy", {part: rows + part for part in range(parts)}, allow_pickle=True)


@pytest.mark.parametrize("kind", KINDS)
def test_a_generator_comes_back_with_its_config_and_weights(tmp_path: Path, kind: str) -> None:
    config, out = KINDS[kind], tmp_path / "w.safetensors"
    network = write_model(tmp_path / "single", config, 5)
    import_checkpoint(tmp_path / "single", out, Hints(label_nc=5))
    model, info = load_image_model(out)
    assert info.stage.generator == config and (info.label_nc, info.control_channels) == (5, 5)
    assert all(torch.equal(a, b) for a, b in zip(network.parameters(), model.generator.parameters(), strict=True))
    assert (model.table is not None) == kind.endswith("features")
    if model.table is not None:
        assert model.table.values.shape == (5, 3, 3)
    written = yaml.safe_load((tmp_path / "w.yaml").read_text())
    assert parse(ImageStageConfig, written, "w.yaml").generator == config


@pytest.mark.parametrize(("cap", "seen"), [(8, 8), (16, 1024), (1024, 1024)])
def test_the_width_no_layer_exceeds_is_seen(tmp_path: Path, cap: int, seen: int) -> None:
    write_model(tmp_path / "single", replace(KINDS["global"], max_width=cap), 5)  # 4 * 2^2 = 16 without a cap
    import_checkpoint(tmp_path / "single", tmp_path / "w.safetensors", Hints(label_nc=5))
    assert load_image_model(tmp_path / "w.safetensors")[1].stage.generator.max_width == seen


def test_of_several_generators_one_is_chosen_by_its_label(tmp_path: Path) -> None:
    write_model(tmp_path / "in", KINDS["global"], 35, "G_512")
    network = write_model(tmp_path / "in", KINDS["local"], 35, "G_2048")
    out = tmp_path / "w.safetensors"
    with pytest.raises(ValueError, match="choose one by --net: G_2048, G_512"):
        import_checkpoint(tmp_path / "in", out, Hints())
    with pytest.raises(ValueError, match="no single-image generator G_1024; there are G_2048, G_512"):
        import_checkpoint(tmp_path / "in", out, Hints(), net="G_1024")
    import_checkpoint(tmp_path / "in", out, Hints(), net="G_2048")
    model, info = load_image_model(out)
    assert info.stage.generator.netG == "local" and info.label_nc == 35
    assert torch.equal(model.generator.head.weight, network.head.weight)


def test_encoder_and_table_must_be_there_and_fit(tmp_path: Path) -> None:
    folder, out = tmp_path / "in", tmp_path / "w.safetensors"
    config = KINDS["global_with_features"]
    write_model(folder, config, 15)
    encoder = (folder / "latest_net_E.pth").read_bytes()
    (folder / "latest_net_E.pth").unlink()
    with pytest.raises(ValueError, match="latest_net_E.pth is missing: latest_net_G.pth reads features"):
        import_checkpoint(folder, out, Hints())
    (folder / "latest_net_E.pth").write_bytes(encoder)
    write_table(folder, 7, 4)
    with pytest.raises(ValueError, match="features.npy: 4 features a part, .* reads 3"):
        import_checkpoint(folder, out, Hints())
    (folder / "features.npy").unlink()
    with pytest.raises(ValueError, match="features.npy is missing"):
        import_checkpoint(folder, out, Hints())
    other = replace(config, feat_num=5)
    save(folder, "E", to_released(FeatureEncoder(other), feature_encoder_layers(other)))
    write_table(folder, 7, 3)
    with pytest.raises(ValueError, match="latest_net_E.pth: gives 5 features, .*latest_net_G.pth reads 3"):
        import_checkpoint(folder, out, Hints())
    assert not out.exists() and not out.with_suffix(".yaml").exists()


def test_instance_edges_and_foreign_files_are_refused(tmp_path: Path) -> None:
    out = tmp_path / "w.safetensors"
    write_model(tmp_path / "in", KINDS["global"], 36)
    with pytest.raises(ValueError, match="36 control channels; .* so give --label-nc 36"):
        import_checkpoint(tmp_path / "in", out, Hints())
    save(tmp_path / "in", "G", {"features.0.weight": torch.zeros(2, 2, 3, 3)})
    with pytest.raises(ValueError, match="latest_net_G.pth: model.1.weight is missing"):
        import_checkpoint(tmp_path / "in", out, Hints())
    tensors = to_released(build_image_generator(KINDS["local"], 35), image_generator_layers(KINDS["local"]))
    del tensors["model1_2.1.weight"]
    save(tmp_path / "in", "G", tensors)
    with pytest.raises(ValueError, match=r"(?s)latest_net_G.pth: .*missing: model1_2.1.weight"):
        import_checkpoint(tmp_path / "in", out, Hints())
    assert not out.exists() and not out.with_suffix(".yaml").exists()
