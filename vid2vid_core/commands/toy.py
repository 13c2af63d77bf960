"""What `vid2vid train RECIPE --toy` does: tries a recipe from its first stage to a rendered frame, in seconds."""

import tempfile
from pathlib import Path

from vid2vid_core.config import RecipeConfig


def try_recipe(recipe: RecipeConfig, out_dir: Path | None) -> None:
    """Run every stage at toy size, print what became of it, and render a frame from the last weights.

    Args:
        recipe: at its full size.
        out_dir: keeps the weights files; must be new. None: they are thrown away.

    Raises:
        ValueError: a stage does not run, or `out_dir` is in use.
    """
    if out_dir is None:
        with tempfile.TemporaryDirectory() as scratch:
            _try(recipe, Path(scratch))
        return
    if out_dir.exists() and (not out_dir.is_dir() or any(out_dir.iterdir())):
        raise ValueError(f"{out_dir}: already in use; the weights of a trial need a folder of their own, give another")
    _try(recipe, out_dir)
    print(f"Weights: {out_dir}")


def _try(recipe: RecipeConfig, folder: Path) -> None:
    from vid2vid_core.config.toy import toy_recipe, toy_size
    from vid2vid_core.render.toy import render_toy
    from vid2vid_core.train.toy import run_toy
    from vid2vid_core.train.toy_clip import toy_clip, toy_parts

    height, width = toy_size(recipe)
    print(f"recipe {recipe.name}: every stage for 2 steps on noise at {width}x{height}, without the perceptual network")
    weights: dict[str, Path] = {}
    for stage in run_toy(recipe, folder):
        weights[stage.name] = stage.weights
        sizes = ", ".join(f"{name} {count / 1e6:.1f}" for name, count in stage.parameters.items())
        losses = ", ".join(f"{name} {value:.2f}" for name, value in stage.losses.items() if name.startswith("loss"))
        print(
            f"stage {stage.name}: {stage.frames} frames in {stage.seconds:.1f} s; losses finite ({losses}); "
            f"million parameters at full size: {sizes}",
            flush=True,
        )
    last = toy_recipe(recipe).stages[-1]
    clip = toy_clip(last, last.generator.n_frames_G, height, width, recipe.seed)
    single = None if recipe.image_stage is None else weights[recipe.image_stage.name]
    picture = render_toy(weights[last.name], single, clip, toy_parts(last, clip))
    start = "from nothing" if last.generator.no_first_img else "from real frames" if single is None else "from pictures"
    print(f"rendered a frame of {picture.shape[-1]}x{picture.shape[-2]} {start}")
