"""Parameters and floating-point operations of every recipe, counted on tensors without memory.

A multiplication and an addition count as two operations. A trained frame is one chunk of one frame, all scales trained,
with one group for each temporal discriminator, forward and backward, without perceptual network and face discriminator.
"""

import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from vid2vid_core.config import OptimizerConfig, RecipeConfig, ScheduleConfig, StageConfig, control_channels, load
from vid2vid_core.dataset.geometry import draw_geometry, whole_frame
from vid2vid_core.losses import total
from vid2vid_core.ops import foreground_mask, pyramid
from vid2vid_core.train.networks import Networks, build_networks
from vid2vid_core.train.step import chunk_losses
from vid2vid_core.train.temporal import Groups
from vid2vid_core.types import Chunk, FrameOutput

ROOT = Path(__file__).parents[1]
LABELS = 35
SOURCES = {"labels": (2048, 1024), "face": (512, 512), "pose": (1280, 720)}
"""Frames that the published models were trained on, width and height; a face is cut out of its frame before."""
META = torch.device("meta")

Published = dict[tuple[object, ...], tuple[int, int]]


class Costs(NamedTuple):
    """One stage."""

    generator: int
    discriminators: int
    train_size: tuple[int, int]
    train_flops: int
    render_size: tuple[int, int]
    render_flops: int


def print_recipes() -> None:
    """Print one line for every stage of every recipe."""
    published = read_published(Path(os.environ.get("VID2VID_SHARED", ROOT.parent / "shared")))
    print(f"{'recipe':22}{'stage':14}{'generator':>11}{'spec':>9}{'discr.':>9}{'spec':>9}"
          f"{'trained at':>12}{'GFLOP/frame':>13}{'rendered at':>13}{'GFLOP/frame':>13}")  # fmt: skip
    for recipe, stage in stages(ROOT / "config" / "recipes"):
        costs = count(replace(stage, name="any", schedule=ScheduleConfig(), optimizer=OptimizerConfig()))
        spec = [f"{figure / 1e6:.1f} M" for figure in published.get(signature(stage), ())] or ["none", "none"]
        sizes = [f"{width}x{height}" for width, height in (costs.train_size, costs.render_size)]
        print(f"{recipe:22}{stage.name:14}{costs.generator / 1e6:>9.1f} M{spec[0]:>9}"
              f"{costs.discriminators / 1e6:>7.1f} M{spec[1]:>9}{sizes[0]:>12}{costs.train_flops / 1e9:>13,.1f}"
              f"{sizes[1]:>13}{costs.render_flops / 1e9:>13,.1f}")  # fmt: skip


def stages(folder: Path) -> Iterator[tuple[str, StageConfig]]:
    """Recipe name and stage."""
    for path in sorted(folder.glob("*.yaml")):
        recipe = load(RecipeConfig, path)
        for stage in recipe.stages:
            yield recipe.name, stage


@cache
def count(stage: StageConfig) -> Costs:
    """Costs of one stage; no memory is used, whatever its size. Stages of several recipes are counted once."""
    source = SOURCES[stage.controls.kind]
    train = kept(stage, draw_geometry(stage.data, source, np.random.default_rng(0)).size)
    render = kept(stage, whole_frame(stage.data, source).size)
    channels = control_channels(stage, LABELS if stage.controls.kind == "labels" else 0)
    with META:
        networks = build_networks(stage, channels, 0, None, META)
    parameters = {name: sum(p.numel() for p in network.parameters()) for name, network in networks.trained().items()}
    blind = replace(stage, discriminator=replace(stage.discriminator, add_face_disc=False))
    networks.face = None
    return Costs(
        parameters["generator"],
        sum(parameters.values()) - parameters["generator"],
        train,
        flops(lambda: train_step(networks, blind, channels, train)),
        render,
        flops(lambda: render_frame(networks, stage, channels, render)),
    )


def kept(stage: StageConfig, size: tuple[int, int]) -> tuple[int, int]:
    """What the networks see of a frame: of a pose only the central half of the columns."""
    width, height = size
    return (2 * (width // 4 // 32 * 32), height) if stage.controls.kind == "pose" else size


def flops(run: Callable[[], object]) -> int:
    with FlopCounterMode(display=False) as counter:
        run()
    return int(counter.get_total_flops())


def render_frame(networks: Networks, stage: StageConfig, channels: int, size: tuple[int, int]) -> None:
    with torch.no_grad():
        generate(networks, stage, channels, size)


def train_step(networks: Networks, stage: StageConfig, channels: int, size: tuple[int, int]) -> None:
    """The forward and backward passes of `train.step.update`, without the updates."""
    output, controls = generate(networks, stage, channels, size)
    losses = chunk_losses(networks, as_chunk(output, controls), groups(output.image, stage), stage)
    jobs: list[tuple[Tensor, nn.Module]] = [(total(losses.discriminator), networks.discriminator)]
    jobs += [(total(terms), networks.temporal[k]) for k, terms in losses.temporal.items()]
    for loss, network in (*jobs, (total(losses.generator), networks.generator)):
        torch.autograd.backward(loss, inputs=list(network.parameters()), retain_graph=True)


def generate(
    networks: Networks, stage: StageConfig, channels: int, size: tuple[int, int]
) -> tuple[FrameOutput, Tensor]:
    """One frame, and its controls."""
    config, (width, height) = stage.generator, size
    window = torch.empty(1, config.n_frames_G, channels, height, width, device=META)
    past = torch.empty(1, config.n_frames_G - 1, 3, height, width, device=META)
    levels, pictures = pyramid(window, config.n_scales_spatial), pyramid(past, config.n_scales_spatial)
    labels = config.fg_labels if stage.controls.kind == "labels" else (0,)
    masks = [foreground_mask(level[:, -1], labels) for level in levels] if config.fg else None
    output = networks.generator(
        [level.flatten(1, 2) for level in levels], [level.flatten(1, 2) for level in pictures], masks
    )
    return output, window[:, -1:]


def as_chunk(output: FrameOutput, controls: Tensor) -> Chunk:
    """A chunk of one frame, beside real frames and flow of the same size."""
    picture = torch.empty_like(output.image)[:, None]
    return Chunk(
        image=output.image[:, None],
        raw=output.raw[:, None],
        flow=None if output.flow is None else output.flow[:, None],
        weight=None if output.weight is None else output.weight[:, None],
        controls=controls,
        real=picture,
        real_previous=picture,
        previous=picture,
        flow_ref=picture[:, :, :2],
        confidence=picture[:, :, :1],
    )


def groups(image: Tensor, stage: StageConfig) -> list[Groups | None]:
    """One group for each temporal discriminator, its last frame the generated one."""
    frames = stage.discriminator.n_frames_D
    real = image.new_zeros(1, frames, *image.shape[1:])
    fake = torch.cat((real[:, 1:], image[:, None]), dim=1)
    found = Groups(real, fake, image.new_zeros(1, frames - 1, 2, *image.shape[2:]))
    return [found] * stage.discriminator.n_scales_temporal


def signature(stage: StageConfig) -> tuple[object, ...]:
    """What tells one published set of networks from another."""
    config, judge = stage.generator, stage.discriminator
    channels = control_channels(stage, LABELS if stage.controls.kind == "labels" else 0)
    scales = (config.n_scales_spatial, config.n_downsample_G, config.ngf, channels * config.n_frames_G, config.fg)
    return (*scales, judge.num_D, judge.n_frames_D)


def read_published(shared: Path) -> Published:
    """Parameters of generators and discriminators by signature, from the layouts beside the spec."""
    path = shared / "golden" / "vid2vid" / "12_checkpoint_layouts.json"
    if not path.is_file():
        return {}
    files: dict[str, dict[str, dict]] = {}
    for file in json.loads(path.read_text())["files"]:
        files.setdefault(file["group"], {})[file["file"][len("latest_net_") : -len(".pth")]] = file
    found: Published = {}
    for group in files.values():
        if "G0" not in group:
            continue
        coarse = group["G0"]["network"]
        scales = sum(label[0] == "G" for label in group)
        key = (scales, coarse["n_downsampling"], coarse["ngf"], coarse["input_nc"], coarse["fg"])
        judge = (group["D"]["network"]["num_D"], (group["D_T0"]["network"]["input_nc"] + 2) // 5)
        figures = [sum(parameters(file) for label, file in group.items() if label[0] == kind) for kind in "GD"]
        found[*key, *judge] = (figures[0], figures[1])
    return found


def parameters(file: dict[str, Sequence]) -> int:
    """Trained parameters of one file; statistics of norms are none."""
    return sum(int(np.prod(shape)) for _, shape, kind, *_ in file["entries"] if not kind.startswith(("running", "num")))


if __name__ == "__main__":
    print_recipes()
