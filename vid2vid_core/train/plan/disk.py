"""Disk space of a stage, counted from its tensors."""

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from vid2vid_core.config import ImageStageConfig, RecipeConfig, StageConfig
from vid2vid_core.dataset.geometry import Size

_SAMPLES = 5
_SAMPLE_ROWS = 4
_SAMPLE_COLUMNS = 3
_VALIDATIONS = 10
_WIDEST = 512
"""Pixels; pictures of validations are no larger."""
_SAMPLE_PIXEL = 2
"""Bytes of a pixel in a PNG."""
_LOG_LINES = 2000
_LOG_LINE = 3000
"""Bytes of a line in log.jsonl and its values in TensorBoard."""


@dataclass(frozen=True, slots=True)
class Disk:
    """Bytes."""

    checkpoint: int
    """One of them."""
    kept: int
    """How many lie there at most: those that are kept, and one that is being written."""
    weights: int
    """The file with the result."""
    best: int
    """The best weights so far, and the better ones that are being written."""
    records: int
    """Log, TensorBoard, sample pictures and those of validations, at most."""

    @property
    def total(self) -> int:
        """The most that is used at a time."""
        return self.checkpoint * self.kept + self.weights + self.best + self.records


def disk_of(
    stage: StageConfig | ImageStageConfig,
    recipe: RecipeConfig,
    trained: Iterable[nn.Module],
    averages: Iterable[nn.Module],
    size: Size,
    steps: int,
) -> Disk:
    """What a stage writes.

    Args:
        stage: its config.
        recipe: how many checkpoints are kept.
        trained: its trained networks.
        averages: the running means of their weights.
        size: width and height of training frames, pixels.
        steps: optimisation steps.
    """
    own = [tensor for network in trained for tensor in network.state_dict().values()]
    extra = [tensor for network in averages for tensor in network.state_dict().values()]
    weights = _bytes(own) + _bytes(extra)
    clip = _clip_bytes(stage, size) if isinstance(stage, StageConfig) else 0
    width, height = size
    samples = _SAMPLES * _SAMPLE_ROWS * _SAMPLE_COLUMNS * width * height * _SAMPLE_PIXEL
    validations = _validations(stage, recipe, steps)
    judged = validations * _SAMPLE_ROWS * _SAMPLE_COLUMNS * min(width, _WIDEST) * min(height, _WIDEST) * _SAMPLE_PIXEL
    return Disk(
        checkpoint=weights + 2 * _bytes(own) + clip,
        kept=recipe.checkpoints_kept + 1,
        weights=weights,
        best=2 * weights if validations else 0,
        records=2 * samples + judged + min(steps, 2 * _LOG_LINES) * _LOG_LINE,
    )


def _validations(stage: StageConfig | ImageStageConfig, recipe: RecipeConfig, steps: int) -> int:
    """How often a stage is judged, at most."""
    every = recipe.validation.every_steps
    if every == 0 or isinstance(stage, ImageStageConfig):
        return 0
    return _VALIDATIONS if every is None else steps // every + 1


def _clip_bytes(stage: StageConfig, size: Size) -> int:
    """Pictures and frames that a clip under way hands from chunk to chunk."""
    sizes = stage.discriminator
    frames = sizes.n_frames_D ** max(0, sizes.n_scales_temporal - 1) * (sizes.n_frames_D - 1)
    channels = 3 * (stage.generator.n_frames_G - 1) * 4 // 3 + 8 * (frames if sizes.n_scales_temporal else 0)
    return stage.data.batchSize * channels * size[0] * size[1] * torch.float32.itemsize


def _bytes(tensors: Iterable[Tensor]) -> int:
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors)
