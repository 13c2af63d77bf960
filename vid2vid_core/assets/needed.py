"""Which assets the configured runs use, so that `snakemake resources` fetches these and nothing else."""

from collections.abc import Iterable

from vid2vid_core.assets.registry import load_registry
from vid2vid_core.assets.store import DLIB68, FLOWNET2, VGG19
from vid2vid_core.config import DatasetConfig, RecipeConfig


def needed_assets(datasets: Iterable[DatasetConfig], recipes: Iterable[RecipeConfig]) -> list[str]:
    """Names of the assets these datasets and recipes use, in the order of the registry."""
    registry = load_registry()
    needed: set[str] = set()
    for dataset in datasets:
        if dataset.flow.backend == "flownet2" and dataset.flow.checkpoint is None:
            needed.add(FLOWNET2)
        if dataset.mode == "face" and dataset.layout is None and dataset.annotate.face.backend == "dlib":
            needed.add(DLIB68)
        annotate = dataset.annotate
        if dataset.mode == "street" and annotate.segmenter == "panoptic" and annotate.model is not None:
            needed.add(annotate.model)  # One that is no asset is a folder or hub id of the person's own.
    for recipe in recipes:
        losses = [stage.losses for stage in (recipe.image_stage, *recipe.stages) if stage is not None]
        if not all(loss.no_vgg for loss in losses):
            needed.add(VGG19)
    return [asset.name for asset in registry.assets if asset.name in needed]
