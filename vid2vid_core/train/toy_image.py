"""Trying the image stage of a recipe at toy size: two steps on drawn pictures, then its weights file."""

import time
from pathlib import Path

import torch

from vid2vid_core.config import ImageStageConfig, RecipeConfig, part_count, picture_channels
from vid2vid_core.config.schedule import learning_rate
from vid2vid_core.dataset.frame_pairs import FramePair
from vid2vid_core.models.feature_table import FeatureTable, label_means
from vid2vid_core.models.image_weights import ImageWeightsInfo, save_image_weights
from vid2vid_core.ops import encode_controls
from vid2vid_core.train.image_loop import picture_step
from vid2vid_core.train.image_networks import ImageNetworks, ImageOptimizers, build_image_networks
from vid2vid_core.train.step import Terms
from vid2vid_core.train.toy_clip import toy_clip, toy_labels, toy_parts
from vid2vid_core.train.toy_report import ToyStage, copy_parameters, count_parameters, require_learning


def run_toy_image(full: ImageStageConfig, toy: RecipeConfig, height: int, width: int, out_dir: Path) -> ToyStage:
    """Try an image stage.

    Args:
        full: the stage at full size, for the number of parameters.
        toy: the recipe at toy size, with its image stage.
        height: of the pictures, pixels.
        width: likewise.
        out_dir: gets <stage>/weights.safetensors.

    Raises:
        ValueError: a network does not learn.
        NotFiniteError: a loss or gradient is NaN or infinite.
    """
    stage, video = toy.image_stage, toy.stages[-1]
    assert stage is not None
    start = time.perf_counter()
    label_nc, cpu = toy_labels(video), torch.device("cpu")
    channels = picture_channels(stage, label_nc)
    networks = build_image_networks(stage, channels, toy.seed, None, cpu)
    optimizers, before = ImageOptimizers(networks, stage), copy_parameters(networks.trained())
    clip = toy_clip(video, 2, height, width, toy.seed)
    parts = toy_parts(video, clip)
    terms: Terms = {}
    for step in range(2):
        optimizers.enter(learning_rate(stage, step + 1))
        controls = encode_controls(clip.controls[:, step], None, label_nc)
        pair = FramePair(clip.images[:, step], clip.controls[:, step], parts[:, step], parts[:, step])
        place = f"image stage '{stage.name}' at toy size, step {step + 1}"
        terms, _ = picture_step(networks, optimizers, stage, controls, pair, place)
    require_learning(networks.trained(), before, stage.name)
    weights = out_dir / stage.name / "weights.safetensors"
    weights.parent.mkdir(parents=True, exist_ok=True)
    info = ImageWeightsInfo(stage, label_nc, (), channels, "toy")
    save_image_weights(weights, networks.stored(), info, _table(networks, pair, part_count(stage.controls, label_nc)))
    meta = torch.device("meta")
    with meta:
        parameters = count_parameters(build_image_networks(full, channels, 0, None, meta).trained())
    losses = {name: float(value) for name, value in terms.items()}
    return ToyStage(stage.name, time.perf_counter() - start, 2 * len(pair.images), parameters, losses, weights)


@torch.no_grad()
def _table(networks: ImageNetworks, pair: FramePair, parts: int) -> FeatureTable | None:
    """Features of the drawn pictures, where the generator reads features."""
    encoder = networks.rendering().encoder
    if encoder is None:
        return None
    means, _ = label_means(encoder.per_pixel(pair.images), pair.parts, parts)
    return FeatureTable(means)
