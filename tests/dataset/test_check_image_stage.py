"""The check before an image stage."""

import pytest
from drawn_layouts import Layout

from vid2vid_core.config import (
    ControlConfig,
    DatasetConfig,
    GeneratorConfig,
    ImageDataConfig,
    ImageGeneratorConfig,
    ImageStageConfig,
    RecipeConfig,
    StageConfig,
)
from vid2vid_core.dataset.check import check_dataset
from vid2vid_core.dataset.check_result import CheckResult
from vid2vid_core.dataset.layout import read_layout


def check(layout: Layout, recipe: ImageStageConfig | RecipeConfig) -> CheckResult:
    contents = read_layout(layout.root)
    metadata = {"layout": str(layout.root), "sources": contents.sources, "notes": []}
    return check_dataset(contents.table, metadata, layout.root, DatasetConfig(name="d", label_nc=2), recipe)


@pytest.fixture
def good(layout: Layout) -> Layout:
    layout.sequence("train", "a", 2)  # too short for a video stage
    layout.sequence("test", "b", 3)
    return layout


def stage(loadSize: int = 64, **generator: object) -> ImageStageConfig:
    config = ImageGeneratorConfig(**generator)
    return ImageStageConfig(name="first", generator=config, data=ImageDataConfig(loadSize=loadSize))


def test_a_dataset_that_fits_has_no_problems(good: Layout) -> None:
    result = check(good, stage())
    assert result.problems == () and result.recipe == "first"


@pytest.mark.parametrize(
    ("generator", "multiple"),
    [
        ({"n_downsample_global": 5}, 32),
        ({"netG": "local", "n_local_enhancers": 2}, 32),
        ({"netG": "global_with_features", "n_downsample_E": 5}, 32),
    ],
)
def test_sizes_the_networks_cannot_halve_are_errors(good: Layout, generator: dict, multiple: int) -> None:
    (problem,) = check(good, stage(**generator)).problems
    assert problem.severity == "error" and problem.code == "frame-size"
    assert (
        f"image stage 'first' reads frames at 64x32, but its networks need multiples of {multiple}" in problem.message
    )


def test_controls_of_another_kind_are_an_error(good: Layout) -> None:
    face = ImageStageConfig(name="first", controls=ControlConfig(kind="face"))
    (problem,) = check(good, face).problems
    assert problem.code == "controls" and "'first' reads face controls" in problem.message


def test_a_recipe_is_checked_with_its_image_stage(good: Layout) -> None:
    video = StageConfig(name="video", generator=GeneratorConfig(n_frames_G=2))
    recipe = RecipeConfig(name="r", image_stage=stage(n_downsample_global=5), stages=(video,))
    assert "image stage 'first'" in " ".join(problem.message for problem in check(good, recipe).problems)


def test_recipes_name_every_stage_differently_and_agree_on_controls() -> None:
    with pytest.raises(ValueError, match="stages need different names, got first, first"):
        RecipeConfig(name="r", image_stage=stage(), stages=(StageConfig(name="first"),))
    face = StageConfig(name="video", controls=ControlConfig(kind="face"))
    with pytest.raises(ValueError, match="image_stage 'first' and stage 'video' read different controls"):
        RecipeConfig(name="r", image_stage=stage(), stages=(face,))
