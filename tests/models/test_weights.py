import pytest
import torch
from safetensors.torch import save_file

from vid2vid_core.config import GeneratorConfig, StageConfig
from vid2vid_core.models import VideoGenerator
from vid2vid_core.models.weights import WeightsInfo, load_generator, load_weights, save_weights

SMALL = GeneratorConfig(ngf=4, n_blocks=2, n_downsample_G=1)


@pytest.fixture
def written(tmp_path):
    torch.manual_seed(0)
    generator = VideoGenerator(SMALL, 4)
    info = WeightsInfo(StageConfig(name="coarse", generator=SMALL), 3, (255,), 4, "toy")
    path = tmp_path / "weights.safetensors"
    save_weights(path, {"generator": generator, "temporal.0": torch.nn.Conv2d(1, 1, 1)}, info)
    return path, generator, info


def test_generator_comes_back_from_the_file_alone(written):
    path, generator, info = written
    loaded, found = load_generator(path)
    assert found == info
    assert loaded.config == SMALL
    for a, b in zip(loaded.state_dict().values(), generator.state_dict().values(), strict=True):
        assert torch.equal(a, b)
    assert not any(parameter.requires_grad for parameter in loaded.parameters())


def test_equal_weights_are_equal_files_that_others_may_read(written, tmp_path):
    path, generator, info = written
    again = tmp_path / "again.safetensors"
    save_weights(path, {"generator": generator}, info)
    save_weights(again, {"generator": generator}, info)
    assert path.read_bytes() == again.read_bytes()
    plain = tmp_path / "plain"
    plain.touch()
    assert path.stat().st_mode == plain.stat().st_mode


def test_other_networks_lie_beside_it(written):
    tensors, _ = load_weights(written[0])
    assert "temporal.0.weight" in tensors


def test_missing_damaged_and_foreign_files_are_named(written, tmp_path):
    with pytest.raises(ValueError, match="nothing.safetensors: no such file"):
        load_weights(tmp_path / "nothing.safetensors")
    torn = tmp_path / "torn.safetensors"
    torn.write_bytes(written[0].read_bytes()[:5000])
    with pytest.raises(ValueError, match="torn.safetensors: damaged, or no weights file"):
        load_weights(torn)
    foreign = tmp_path / "foreign.safetensors"
    save_file({"a": torch.zeros(1)}, foreign)
    with pytest.raises(ValueError, match="foreign.safetensors: not a weights file of this program"):
        load_weights(foreign)


def test_missing_tensors_are_an_error(written, tmp_path):
    _, _, info = written
    path = tmp_path / "part.safetensors"
    save_weights(path, {"generator": VideoGenerator(SMALL, 4).scales[0]}, info)
    with pytest.raises(ValueError, match="do not fit the generator the file describes"):
        load_generator(path)
