"""Keys that may change without anything being done again."""

from dataclasses import replace

from vid2vid_core.config import (
    ImageStageConfig,
    ParallelConfig,
    RecipeConfig,
    SpeedConfig,
    StageConfig,
    ValidationConfig,
    parse,
    to_dict,
)
from vid2vid_core.config.free_keys import adopt_free_keys, adopt_stage_keys, without_free_keys

PLAIN = RecipeConfig(name="r", image_stage=ImageStageConfig(name="first"), stages=(StageConfig(name="only"),))


def with_free(recipe: RecipeConfig) -> RecipeConfig:
    stage = recipe.stages[0]
    assert recipe.image_stage is not None
    speed = SpeedConfig(compile=True, channels_last=False)
    stage = replace(
        stage, speed=speed, parallel=ParallelConfig(recompute="scale"), data=replace(stage.data, num_workers=3)
    )
    image_stage = replace(recipe.image_stage, speed=speed)
    return replace(recipe, checkpoint_minutes=1.0, stages=(stage,), image_stage=image_stage)


def test_recipes_that_differ_in_free_keys_alone_are_the_same_without_them() -> None:
    assert without_free_keys(to_dict(PLAIN)) == without_free_keys(to_dict(with_free(PLAIN)))
    half = replace(PLAIN.stages[0], speed=SpeedConfig(autocast="bf16"))
    assert without_free_keys(to_dict(replace(PLAIN, stages=(half,)))) != without_free_keys(to_dict(PLAIN))


def test_they_come_back_from_the_recipe_as_it_is_now() -> None:
    now = with_free(PLAIN)
    known = parse(RecipeConfig, without_free_keys(to_dict(now)), "a job")
    assert known == PLAIN
    assert adopt_free_keys(known, now) == now


def test_a_job_knows_one_stage_of_several() -> None:
    second = replace(PLAIN.stages[0], name="second", speed=SpeedConfig(compile=True))
    now = replace(PLAIN, stages=(*PLAIN.stages, second))
    known = replace(PLAIN, image_stage=None, stages=(replace(second, speed=SpeedConfig()),))
    assert adopt_free_keys(known, now) == replace(known, stages=(second,))
    assert adopt_free_keys(known, PLAIN) == known  # the file names its stages otherwise by now
    fast = ImageStageConfig(name="first", speed=SpeedConfig(compile=True))
    assert adopt_stage_keys(ImageStageConfig(name="first"), fast) == fast


def test_watching_a_training_is_free_until_it_chooses_the_weights() -> None:
    watched = replace(PLAIN, validation=ValidationConfig(every_steps=7, metric="tof"))
    assert without_free_keys(to_dict(watched)) == without_free_keys(to_dict(PLAIN))
    assert adopt_free_keys(PLAIN, watched) == watched
    chosen = replace(PLAIN, validation=ValidationConfig(every_steps=7, keep="best"))
    assert without_free_keys(to_dict(chosen)) != without_free_keys(to_dict(PLAIN))
    known = parse(RecipeConfig, without_free_keys(to_dict(chosen)), "a job")
    assert adopt_free_keys(known, chosen) == chosen == adopt_free_keys(known, watched)
