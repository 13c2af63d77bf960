"""norm_mode eval through training, checkpoints, weights files and rendering."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from toy import LABELS, Toy, make_dataset, toy_recipe, toy_stage

from vid2vid_core.config import StageConfig
from vid2vid_core.models import VideoGenerator
from vid2vid_core.models.weights import WeightsInfo, load_generator, load_weights, save_weights
from vid2vid_core.render.rollout import Rollout
from vid2vid_core.train.checkpoint import CheckpointFolder, restore
from vid2vid_core.train.handover import take_over
from vid2vid_core.train.networks import Networks, build_networks
from vid2vid_core.train.optimizers import Optimizers
from vid2vid_core.train.position import Position
from vid2vid_core.train.stage import train_stage

CHANNELS = LABELS + 1


def running_stage(name: str = "coarse", scales: int = 1) -> StageConfig:
    stage = toy_stage(name, scales)
    return replace(stage, generator=replace(stage.generator, norm_mode="eval"))


def networks_of(stage: StageConfig, seed: int = 0) -> Networks:
    return build_networks(stage, CHANNELS, seed, None, torch.device("cpu"))


def run_some_frames(generator: VideoGenerator) -> None:
    draw = torch.Generator().manual_seed(1)
    for _ in range(3):
        controls, previous = (torch.rand(1, c, 16, 32, generator=draw) for c in (3 * CHANNELS, 6))
        generator([controls], [previous])


def render(generator: VideoGenerator, *, marked: bool = False) -> torch.Tensor:
    window = torch.rand(1, 3, CHANNELS, 16, 160, generator=torch.Generator().manual_seed(2))
    if marked:
        window[..., :8] = 9.0
    rollout = Rollout(generator)
    rollout.reset(None)
    with torch.no_grad():
        return rollout.step(window).image


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Toy:
    return make_dataset(tmp_path_factory.mktemp("toy"))


def test_a_trained_stage_renders_by_the_statistics_of_its_training(toy: Toy, tmp_path: Path) -> None:
    stage = running_stage()
    files = {"manifest": toy.manifest, "flow_tables": toy.flow_tables, "init": None}
    places = {"state_dir": tmp_path / "state", "out_dir": tmp_path / "out"}
    train_stage(stage, recipe=toy_recipe(stage), **files, **places, device="cpu")  # type: ignore[arg-type]
    tensors, info = load_weights(tmp_path / "out" / "weights.safetensors")
    assert info.stage.generator.norm_mode == "eval"
    counts = {int(tensor) for name, tensor in tensors.items() if name.endswith("num_batches_tracked")}
    checkpoint = CheckpointFolder(tmp_path / "state", _fingerprint(tmp_path)).newest()
    assert checkpoint is not None
    assert counts == {checkpoint["position"]["frames"]}  # every trained frame, and no picture of the samples

    generator, _ = load_generator(tmp_path / "out" / "weights.safetensors")
    plain, marked = render(generator), render(generator, marked=True)
    assert not torch.allclose(plain[..., :8], marked[..., :8])
    assert torch.equal(plain[..., -16:], marked[..., -16:])
    assert int(next(b for n, b in generator.named_buffers() if n.endswith("tracked"))) in counts  # rendering adds none


def _fingerprint(folder: Path) -> str:
    import json

    return str(json.loads((folder / "state" / "fingerprint.json").read_text())["fingerprint"])


def test_weights_file_holds_the_statistics(tmp_path: Path) -> None:
    stage = running_stage()
    networks = networks_of(stage)
    run_some_frames(networks.generator)
    path = tmp_path / "weights.safetensors"
    save_weights(path, networks.trained(), WeightsInfo(stage, LABELS, (), CHANNELS, "toy"))
    loaded, _ = load_generator(path)
    for (name, expected), (_, found) in zip(networks.generator.named_buffers(), loaded.named_buffers(), strict=True):
        assert torch.equal(expected, found), name
    assert torch.equal(render(loaded), render(networks.generator.eval()))
    assert not torch.equal(render(loaded), render(networks_of(stage).generator.eval()))


def test_checkpoint_holds_the_statistics(tmp_path: Path) -> None:
    stage = running_stage()
    networks = networks_of(stage)
    run_some_frames(networks.generator)
    folder = CheckpointFolder(tmp_path / "state", "f")
    folder.save(networks, Optimizers(networks, stage.optimizer, True), Position(step=1), [])
    again, checkpoint = networks_of(stage, seed=1), folder.newest()
    assert checkpoint is not None
    restore(checkpoint, again, Optimizers(again, stage.optimizer, True))
    assert torch.equal(render(again.generator.eval()), render(networks.generator.eval()))


def test_the_next_stage_takes_them_over_and_another_mode_is_named(tmp_path: Path) -> None:
    networks = networks_of(running_stage())
    run_some_frames(networks.generator)
    path = tmp_path / "weights.safetensors"
    save_weights(path, networks.trained(), WeightsInfo(running_stage(), LABELS, (), CHANNELS, "toy"))
    finer = networks_of(running_stage("fine", scales=2), seed=1)
    take_over(path, finer)
    old, new = networks.generator.scales[0].state_dict(), finer.generator.scales[0].state_dict()
    assert all(torch.equal(old[name], new[name]) for name in old)
    with pytest.raises(ValueError, match=r"(?s)running_\w+: only in the old stage.*norm_mode"):
        take_over(path, networks_of(toy_stage("fine", scales=2)))
