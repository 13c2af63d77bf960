"""What a run wants rendered is compared with its recipe before anything is built."""

import pytest

from vid2vid_core.config import (
    ConfigError,
    GeneratorConfig,
    ImageGeneratorConfig,
    ImageStageConfig,
    RecipeConfig,
    RenderConfig,
    Run,
    StageConfig,
    begins_with_single,
    require_renderable,
)


def recipe(netG: str | None = None, **generator: bool) -> RecipeConfig:
    stage = StageConfig(name="last", generator=GeneratorConfig(**generator))
    image = None if netG is None else ImageStageConfig(name="first", generator=ImageGeneratorConfig(netG=netG))  # type: ignore[arg-type]
    return RecipeConfig(name="r", stages=(stage,), image_stage=image)


def run(**render: object) -> Run:
    return Run(name="mine", dataset="d.yaml", recipe="r.yaml", render=RenderConfig(**render))  # type: ignore[arg-type]


def test_runs_that_can_be_rendered() -> None:
    require_renderable(run(), recipe())
    require_renderable(run(first_frame="single"), recipe("global"))
    require_renderable(run(first_frame="single", single="w", styles=2), recipe())
    require_renderable(run(first_frame="single", styles=2), recipe("local_with_features"))
    require_renderable(run(first_frame="single"), recipe(no_first_img=True))
    assert begins_with_single(run(first_frame="single"), recipe("global"))
    assert not begins_with_single(run(first_frame="single"), recipe("global", no_first_img=True))


@pytest.mark.parametrize(
    ("render", "chosen", "message"),
    [
        ({}, recipe(), "run 'mine': render.first_frame is single, which needs .* add an image_stage to r.yaml"),
        ({"styles": 2}, recipe("global"), "render.styles needs .*netG global; choose global_with_features"),
        (
            {"styles": 2},
            recipe("global_with_features", no_first_img=True),
            "stage 'last' of r.yaml begins from nothing",
        ),
    ],
)
def test_what_could_not_be_rendered_is_refused(render: dict, chosen: RecipeConfig, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        require_renderable(run(first_frame="single", **render), chosen)
