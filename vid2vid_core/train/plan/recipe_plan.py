"""The plans of all stages of a recipe."""

import logging
from collections.abc import Iterator

from vid2vid_core.config import RecipeConfig
from vid2vid_core.dataset.check_schedule import check_schedule
from vid2vid_core.dataset.flow_source import StoredFlow
from vid2vid_core.dataset.manifest import read_manifest
from vid2vid_core.models.device import choose_device
from vid2vid_core.train.plan.device_memory import usable_memory
from vid2vid_core.train.plan.image_plan import plan_image_stage
from vid2vid_core.train.plan.prepared import Prepared
from vid2vid_core.train.plan.stage_plan import Question, StagePlan, plan_stage

logger = logging.getLogger("vid2vid_core.train")


def ask(device: str, gpus: int, steps: int, memory: float | None) -> Question:
    """What is asked of a plan.

    Args:
        device: "auto", "cpu", "cuda", ...
        gpus: ranks that train together.
        steps: of the probe.
        memory: GB that each has; None: as much as the device has now.

    Raises:
        ValueError: the device does not exist.
    """
    target = choose_device(device)
    return Question(target, gpus, steps, usable_memory(target) if memory is None else round(1e9 * memory))


def plan_recipe(recipe: RecipeConfig, data: Prepared, asked: Question, only: str | None = None) -> Iterator[StagePlan]:
    """Plan one stage after the other; nothing is written.

    Args:
        recipe: what is to be trained.
        data: on what.
        asked: for which device, how exactly.
        only: name of the only stage to plan.

    Raises:
        ValueError: there is no such stage, or the dataset does not fit one; says why.
    """
    image = recipe.image_stage
    names = [*([] if image is None else [image.name]), *(stage.name for stage in recipe.stages)]
    if only is not None and only not in names:
        raise ValueError(f"recipe '{recipe.name}' has no stage '{only}'; its stages: {', '.join(names)}")
    table = read_manifest(data.manifest)
    problems = check_schedule(table, recipe)
    for problem in problems:
        if problem.severity == "warning":
            logger.warning("%s", problem.message)
    errors = [problem.message for problem in problems if problem.severity == "error"]
    if errors:
        raise ValueError(f"{data.manifest}: {'; '.join(errors)}")
    if image is not None and only in (None, image.name):
        yield plan_image_stage(image, recipe, table, data.manifest, asked)
    for stage in recipe.stages:
        if only in (None, stage.name):
            flow = StoredFlow(data.flow_tables) if data.flow_tables and stage.data.flow == "stored" else None
            yield plan_stage(stage, recipe, table, data.manifest, flow, asked)
