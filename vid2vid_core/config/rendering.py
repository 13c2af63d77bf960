"""Whether the rendering a run asks for is possible with its recipe and dataset: asked before anything is built."""

from vid2vid_core.config.dataset import DatasetConfig
from vid2vid_core.config.edits import resolve
from vid2vid_core.config.load import ConfigError
from vid2vid_core.config.recipe import RecipeConfig
from vid2vid_core.config.run import Run


def begins_with_single(run: Run, recipe: RecipeConfig) -> bool:
    """Whether the videos of a run begin with pictures of a single-image generator."""
    return run.render.first_frame == "single" and not recipe.stages[-1].generator.no_first_img


def require_renderable(run: Run, recipe: RecipeConfig) -> None:
    """Raise ConfigError, naming run and field, if its videos could not be rendered once the recipe is trained."""
    render, last = run.render, recipe.stages[-1]
    if begins_with_single(run, recipe) and not (render.single or recipe.image_stage):
        raise ConfigError(
            f"run '{run.name}': render.first_frame is single, which needs a single-image generator: add an "
            f"image_stage to {run.recipe}, or name its weights file in render.single"
        )
    if render.retarget and last.controls.kind != "pose":
        raise ConfigError(
            f"run '{run.name}': render.retarget moves poses, but stage '{last.name}' of {run.recipe} reads "
            f"{last.controls.kind} (controls.kind)"
        )
    styled = "render.styles" if render.styles is not None else "render.edits with looks"
    if render.styles is None and not any(edit.looks for edit in render.edits):
        return
    if last.generator.no_first_img:
        raise ConfigError(
            f"run '{run.name}': {styled} are looks of first pictures, but stage '{last.name}' of {run.recipe} "
            f"begins from nothing (generator.no_first_img)"
        )
    if not render.single and recipe.image_stage and not recipe.image_stage.generator.features:
        raise ConfigError(
            f"run '{run.name}': {styled} needs a single-image generator with features, but image_stage of "
            f"{run.recipe} has generator.netG {recipe.image_stage.generator.netG}; choose global_with_features or "
            f"local_with_features"
        )


def require_labels(run: Run, dataset: DatasetConfig) -> None:
    """Raise ConfigError, naming run and edit, if its edits speak of labels that the dataset has not."""
    for edit in run.render.edits:
        try:
            resolve(edit, dataset.labels)
        except ValueError as error:
            raise ConfigError(f"run '{run.name}', render.edits, dataset {run.dataset}: {error}") from None
