"""Keys of a recipe that leave results as they are, or as another machine would make them.

They are no part of what a training is known by: it goes on with other values, and nothing that is done is done again.
"""

from dataclasses import asdict, replace
from typing import Any, TypeVar

from vid2vid_core.config.image_stage import ImageStageConfig
from vid2vid_core.config.recipe import RecipeConfig, StageConfig

AnyStage = TypeVar("AnyStage", StageConfig, ImageStageConfig)

_RECIPE = ("checkpoint_minutes", "checkpoints_kept", "guard")
_STAGE = {
    "parallel": ("split", "recompute"),
    "speed": ("channels_last", "compile", "fused_adam"),
    "data": ("num_workers",),
}
"""By section."""


def without_free_keys(config: dict[str, Any]) -> dict[str, Any]:
    """Plain data of a recipe or of one stage without them."""
    kept: dict[str, Any] = {}
    for name, value in config.items():
        if name in _RECIPE or (name == "validation" and value["keep"] == "last"):  # looking on changes nothing
            continue
        if name == "stages":
            kept[name] = [without_free_keys(stage) for stage in value]
        elif name == "image_stage" and value is not None:
            kept[name] = without_free_keys(value)
        elif name in _STAGE:
            kept[name] = {key: item for key, item in value.items() if key not in _STAGE[name]}
        else:
            kept[name] = value
    return kept


def adopt_free_keys(recipe: RecipeConfig, now: RecipeConfig) -> RecipeConfig:
    """The recipe with the free keys of another: of its own, and of its stages by their names.

    Args:
        recipe: as it was when the job was planned.
        now: as its file says at the moment; a stage that it has no more keeps its own keys.
    """
    stages = {stage.name: stage for stage in now.stages}
    first = recipe.image_stage
    looking_on = recipe.validation.keep == now.validation.keep == "last"
    return replace(
        recipe,
        validation=now.validation if looking_on else recipe.validation,
        **{key: getattr(now, key) for key in _RECIPE},
        stages=tuple(adopt_stage_keys(stage, stages.get(stage.name, stage)) for stage in recipe.stages),
        image_stage=None if first is None or now.image_stage is None else adopt_stage_keys(first, now.image_stage),
    )


def adopt_stage_keys(stage: AnyStage, now: AnyStage) -> AnyStage:
    """A stage with the free keys of another."""
    sections = {}
    for name, keys in _STAGE.items():
        if hasattr(stage, name):
            current = asdict(getattr(now, name))
            sections[name] = replace(getattr(stage, name), **{key: current[key] for key in keys if key in current})
    return replace(stage, **sections)
