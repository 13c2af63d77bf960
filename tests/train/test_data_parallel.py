"""Several ranks train as one process with a larger batch does, whatever the number and length of clips."""

import json
import os
import signal
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from killing import image_stage
from ranks import run_on_ranks
from torch import nn
from toy import Toy, make_dataset, toy_recipe, toy_stage, with_batch

from vid2vid_core.config import ImageScheduleConfig, OptimizerConfig, ParallelConfig, StageConfig, control_channels
from vid2vid_core.config.schedule import schedule
from vid2vid_core.train import stage as stage_module
from vid2vid_core.train import stepping
from vid2vid_core.train.checkpoint import resume
from vid2vid_core.train.clip_groups import ClipGroup
from vid2vid_core.train.finite import NotFiniteError
from vid2vid_core.train.image_stage import train_image_stage
from vid2vid_core.train.networks import build_networks
from vid2vid_core.train.optimizers import Optimizers
from vid2vid_core.train.parallel.averaging import Averaging
from vid2vid_core.train.parallel.batch_norm import share_statistics
from vid2vid_core.train.parallel.ranks import Ranks
from vid2vid_core.train.stage import train_stage
from vid2vid_core.train.stepping import ClipStepper
from vid2vid_core.train.stop_signals import StopSignals
from vid2vid_core.train.toy_clip import toy_clip, toy_labels
from vid2vid_core.types import Clip

FRAMES = 5


def stage_of(norm: str, batch: int = 1, norm_mode: str = "train", **parallel: Any) -> StageConfig:
    """Five steps of a frame each, temporal groups at two rates."""
    stage = with_batch(toy_stage(n_frames_total=FRAMES, max_frames_per_gpu=1), batch)
    sizes = replace(stage.discriminator, norm=norm, n_frames_D=2, n_scales_temporal=2)
    generator = replace(stage.generator, norm=norm, norm_mode=norm_mode)
    return replace(stage, generator=generator, discriminator=sizes, parallel=ParallelConfig(**parallel))


def five_steps(stage: StageConfig) -> dict[str, Any]:
    """Weights after training on a group of two clips, and the losses of the last step.

    In float64: Adam divides gradients by their size, so that weights which make no difference, such as the bias before
    a normalisation, would follow the rounding of float32.
    """
    ranks, label_nc = Ranks.join("cpu"), toy_labels(stage)
    networks = build_networks(stage, control_channels(stage, label_nc), 0, None, ranks.device)
    for network in networks.trained().values():
        network.double()
    optimizers = Optimizers(networks, stage.optimizer, True)
    stepper = ClipStepper(stage, label_nc, networks, optimizers, ranks)
    both = toy_clip(with_batch(stage, 2), FRAMES + 2, 32, 64, seed=1)
    batches = stepper.share(ClipGroup((0, 1), FRAMES + 2, FRAMES, 1))
    stepper.begin([_part(both, batch) for batch in batches])
    state, terms = schedule(stage, FRAMES + 2)[0], {}
    for number in range(FRAMES):
        terms = stepper.step(state, number, 1, "here").terms
    weights = {
        f"{name}.{key}": tensor
        for name, network in networks.trained().items()
        for key, tensor in network.state_dict().items()
    }
    return {name: value.numpy() for name, value in (weights | terms).items()}


def _part(clip: Clip, numbers: list[int]) -> Clip:
    images, flow, confidence = (x[numbers].double() for x in (clip.images, clip.flow, clip.confidence))
    assert clip.instances is not None
    return Clip(images, clip.controls[numbers], clip.instances[numbers], flow, confidence)


def distance(left: dict[str, Any], right: dict[str, Any]) -> float:
    assert left.keys() == right.keys() and any(key.startswith("temporal.1") for key in left)
    return max(float(abs(left[key] - right[key]).max()) for key in left)


@pytest.mark.parametrize(("norm", "mode"), [("instance", "train"), ("batch", "train"), ("batch", "eval")])
def test_two_ranks_are_one_process_with_two_clips(norm: str, mode: str) -> None:
    alone = five_steps(stage_of(norm, 2, mode))
    first, second = run_on_ranks(2, five_steps, stage_of(norm, 1, mode, sync_batch_norm=norm == "batch"))
    assert distance(alone, first) < 1e-8
    assert distance(first, second) == 0


def normalised() -> list[Any]:
    """Results and gradients of a normalisation whose ranks see pictures of different height."""
    ranks, draw = Ranks.join("cpu"), torch.Generator().manual_seed(0)
    every = [torch.randn(2, 3, height, 5, generator=draw) for height in (4, 7)]
    network = nn.Sequential(nn.BatchNorm2d(3))
    shared = ranks.size > 1
    share_statistics([network], ranks)
    pixels = torch.cat([x.transpose(0, 1).flatten(1) for x in every], dim=1)[None, :, None]
    x = (every[ranks.rank] if shared else pixels).requires_grad_()
    y = network(x)
    (y.sin() * y.detach().cos()).sum().backward()
    weight = network[0].weight.grad
    ranks.average([weight])
    rows = [tensor.transpose(0, 1).flatten(1) for tensor in (y, x.grad)]
    return [tensor.tolist() for tensor in (*rows, weight * ranks.size, network[0].running_var)]


def test_batch_statistics_of_pictures_of_different_size() -> None:
    whole = [torch.tensor(part) for part in normalised()]
    first, second = ([torch.tensor(part) for part in rank] for rank in run_on_ranks(2, normalised))
    for number in range(2):
        torch.testing.assert_close(torch.cat([first[number], second[number]], dim=1), whole[number])
    for number in range(2, 4):
        torch.testing.assert_close(first[number], whole[number])


def test_two_batches_one_after_the_other_are_one_of_both() -> None:
    assert distance(five_steps(stage_of("instance", batch=2)), five_steps(stage_of("instance", accumulate=2))) < 1e-8


def test_pictures_of_two_ranks_are_a_batch_of_two(tmp_path: Path) -> None:
    toy = make_dataset(tmp_path / "toy", sequences=1, frames=3)
    weights = [tmp_path / name / "out" / "weights.safetensors" for name in ("alone", "together")]
    train_pictures(toy, tmp_path / "alone", 2)
    run_on_ranks(2, train_pictures, toy, tmp_path / "together", 1)
    first, second = (losses(path.parent) for path in weights)
    assert [line["frames"] for line in first] == [2, 3] and [line["frames"] for line in second] == [2, 4]
    assert first[0]["losses"] == pytest.approx(second[0]["losses"], rel=1e-4)


def train_pictures(toy: Toy, folder: Path, batch: int) -> None:
    settings = {"recipe": "toy", "seed": 3, "checkpoint_minutes": 10, "checkpoints_kept": 2, "guard": "stop"}
    stage = image_stage()
    stage = replace(
        stage, data=replace(stage.data, batchSize=batch), schedule=ImageScheduleConfig(niter=1, niter_decay=0)
    )
    places = {"state_dir": folder / "state", "out_dir": folder / "out", "device": "cpu"}
    train_image_stage(stage, manifest=toy.manifest, **settings, **places)  # type: ignore[arg-type]


def train(toy: Toy, folder: Path, stage: StageConfig) -> None:
    places = {"state_dir": folder / "state", "out_dir": folder / "out", "device": "cpu"}
    tables = {"manifest": toy.manifest, "flow_tables": toy.flow_tables, "init": None}
    train_stage(stage, recipe=toy_recipe(stage, checkpoint_minutes=1e-9), **tables, **places)  # type: ignore[arg-type]


def losses(out: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]


def test_more_ranks_than_clips_of_unequal_length(tmp_path: Path) -> None:
    """One group for all, as short as the shortest clip; the front of the order makes up for the missing one."""
    toy = make_dataset(tmp_path / "toy", sequences=2, frames=(5, 9))
    stage = replace(toy_stage(niter=1, n_frames_total=6, max_frames_per_gpu=1), optimizer=OptimizerConfig(ema=0.9))
    run_on_ranks(3, train, toy, tmp_path, stage)
    assert [line["frames"] for line in losses(tmp_path / "out")] == [3, 6, 9]
    (checkpoint,) = (torch.load(path, weights_only=True) for path in (tmp_path / "state").glob("*.pt"))
    assert len(checkpoint["ranks"]) == 3
    alone = Ranks.alone(torch.device("cpu"))
    assert resume({**checkpoint, "ranks": checkpoint["ranks"][:2]}, alone, 1)[1] is None


def averaged() -> list[Any]:
    """Gradients where the second rank has none of the first weight, and neither has any of the third."""
    ranks = Ranks.join("cpu")
    weights = [nn.Parameter(torch.zeros(2)) for _ in range(4)]
    first = weights[0].sum() if ranks.main else weights[3].sum() * 0
    with Averaging(weights, ranks) as averaging:
        torch.autograd.backward(first + (ranks.rank + 1) * weights[1].sum() + weights[3].sum(), inputs=weights)
    averaging.finish()
    return [None if weight.grad is None else weight.grad.tolist() for weight in weights]


def test_a_gradient_that_some_lack_is_halved_and_one_that_all_lack_stays_away() -> None:
    assert run_on_ranks(2, averaged) == [[[0.5, 0.5], [1.5, 1.5], None, [1.0, 1.0]]] * 2


def agreed() -> list[Any]:
    ranks = Ranks.join("cpu")
    signals, terms = StopSignals(), {"G": torch.tensor(1.0 + 2 * ranks.rank)}
    signals.received = signal.SIGUSR1 if ranks.rank else None
    means = ranks.means(terms | ({"face": torch.tensor(5.0)} if ranks.rank else {}))
    return [
        str(signals.agree(ranks)),
        {name: float(mean) for name, mean in means.items()},
        ranks.main_only(lambda: time.sleep(0.3) or os.getpid()),
    ]


def test_ranks_agree() -> None:
    first, second = run_on_ranks(2, agreed)
    assert first == second
    assert first[:2] == [str(signal.SIGUSR1), {"G": 2.0, "face": 5.0}]


def not_finite(toy: Toy, folder: Path) -> str:
    """A flow of the second rank alone is not finite."""
    generate = stepping.generate_chunk

    def poisoned(*args: Any) -> Any:
        chunk, carry = generate(*args)
        if Ranks.join("cpu").rank:
            chunk.flow_ref = chunk.flow_ref * float("nan")
        return chunk, carry

    stepping.generate_chunk = poisoned
    with pytest.raises(NotFiniteError) as error:
        train(toy, folder, toy_stage())
    return str(error.value)


def test_what_is_not_finite_on_one_rank_stops_all(tmp_path: Path) -> None:
    told = run_on_ranks(2, not_finite, make_dataset(tmp_path / "toy"), tmp_path)
    assert told[0] == told[1] and "epoch 1, clip 1, frame 1: F_Flow is nan" in told[0]


def running(toy: Toy, folder: Path) -> dict[str, Any]:
    """Running statistics of this rank after a training whose ranks see different clips."""
    seen = []
    build = stage_module.build_networks

    def kept(*args: Any) -> Any:
        seen.append(build(*args))
        return seen[-1]

    stage_module.build_networks = kept
    stage = toy_stage(niter=1)
    train(toy, folder, replace(stage, generator=replace(stage.generator, norm_mode="eval")))
    return {name: buffer.tolist() for name, buffer in seen[0].generator.named_buffers()}


def test_running_statistics_are_the_same_on_all_ranks(tmp_path: Path) -> None:
    first, second = run_on_ranks(2, running, make_dataset(tmp_path / "toy"), tmp_path)
    assert first == second and any(name.endswith("running_var") for name in first)
