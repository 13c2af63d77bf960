"""Trying a recipe in seconds: every stage at toy size for two steps on drawn noise, from weights file to weights file.

The networks are also made at full size, without memory, to see that each stage can start from the one before.
"""

import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import cast

import torch
from torch import Tensor, nn

from vid2vid_core.config import RecipeConfig, StageConfig, control_channels
from vid2vid_core.config.schedule import schedule
from vid2vid_core.config.toy import toy_chunk, toy_recipe, toy_size
from vid2vid_core.models.weights import WeightsInfo, save_weights
from vid2vid_core.models.weights_file import network_tensors
from vid2vid_core.train.handover import misfits, take_over
from vid2vid_core.train.networks import Networks, build_networks
from vid2vid_core.train.optimizers import Optimizers
from vid2vid_core.train.rollout import generate_chunk, start_clip
from vid2vid_core.train.step import Terms, chunk_losses, update
from vid2vid_core.train.temporal import make_history
from vid2vid_core.train.toy_clip import toy_clip, toy_labels
from vid2vid_core.train.toy_image import run_toy_image
from vid2vid_core.train.toy_report import ToyStage, copy_parameters, count_parameters, require_learning


def run_toy(recipe: RecipeConfig, out_dir: Path) -> Iterator[ToyStage]:
    """Try the stages of a recipe, the image stage first and then one from the other.

    Args:
        recipe: at its full size.
        out_dir: gets <stage>/weights.safetensors.

    Yields:
        A report after each stage.

    Raises:
        ValueError: a stage cannot start from the one before, or a network does not learn.
        NotFiniteError: a loss or gradient is NaN or infinite.
    """
    _require_chain(recipe)
    toy, (height, width) = toy_recipe(recipe), toy_size(recipe)
    if recipe.image_stage is not None and toy.image_stage is not None:
        yield run_toy_image(recipe.image_stage, toy, height, width, out_dir)
    weights: Path | None = None
    for full, stage in zip(recipe.stages, toy.stages, strict=True):
        start = time.perf_counter()
        label_nc = toy_labels(stage)
        channels = control_channels(stage, label_nc)
        networks = build_networks(stage, channels, recipe.seed, None, torch.device("cpu"))
        if weights is not None:
            take_over(weights, networks)
        losses, frames = _two_steps(networks, stage, height, width, recipe.seed)
        weights = out_dir / stage.name / "weights.safetensors"
        weights.parent.mkdir(parents=True, exist_ok=True)
        save_weights(weights, networks.stored(), WeightsInfo(stage, label_nc, (), channels, "toy"))
        seconds = time.perf_counter() - start
        yield ToyStage(stage.name, seconds, frames, count_parameters(_full_size(full).trained()), losses, weights)


def _two_steps(
    networks: Networks, stage: StageConfig, height: int, width: int, seed: int
) -> tuple[dict[str, float], int]:
    """Two chunks of one clip: as in the first epoch, then as in the last."""
    chunk, past = toy_chunk(stage), stage.generator.n_frames_G - 1
    clip = toy_clip(stage, 2 * chunk + past, height, width, seed)
    first, *_, last = schedule(stage, 2 * chunk + past)
    optimizers = Optimizers(networks, stage.optimizer, first.train_all_scales)
    before = copy_parameters(_scales(networks))
    carry, history = start_clip(clip.images, stage.generator), make_history(stage.discriminator)
    terms: Terms = {}
    for step, state in enumerate((first, last)):
        optimizers.enter(state)
        made, carry = generate_chunk(networks.generator, clip, step * chunk, chunk, carry, state, toy_labels(stage))
        losses = chunk_losses(networks, made, history.add(made), stage)
        terms = update(networks, optimizers, losses, f"stage '{stage.name}' at toy size, step {step + 1}")
    require_learning(_scales(networks), before, stage.name)
    return {name: float(value) for name, value in terms.items()}, 2 * chunk * stage.data.batchSize


def _scales(networks: Networks) -> dict[str, nn.Module]:
    """Every scale of every trained network, by its full name."""
    return {
        f"{name}.scales.{number}": scale
        for name, network in networks.trained().items()
        for number, scale in enumerate(cast(nn.ModuleList, network.scales))
    }


def _require_chain(recipe: RecipeConfig) -> None:
    """Raise ValueError unless each stage, at its full size, can start from the weights of the one before."""
    for before, after in pairwise(recipe.stages):
        problems = misfits(_tensors(_full_size(before)), _tensors(_full_size(after)))
        if problems:
            raise ValueError(
                f"stage '{after.name}' cannot start from stage '{before.name}': {problems[0]} (and {len(problems) - 1} "
                "more); give both the same sizes"
            )


def _full_size(stage: StageConfig) -> Networks:
    """The networks at full size, with shapes but without memory."""
    meta = torch.device("meta")
    with meta:
        return build_networks(stage, control_channels(stage, toy_labels(stage)), 0, None, meta)


def _tensors(networks: Networks) -> dict[str, Tensor]:
    return network_tensors(networks.trained())
