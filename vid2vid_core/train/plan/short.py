"""The short form of a plan, in the log of a training that begins."""

import logging
import shutil
from collections.abc import Iterator
from pathlib import Path

import torch

from vid2vid_core.config import RecipeConfig, StageConfig
from vid2vid_core.dataset.check_schedule import check_lengths
from vid2vid_core.dataset.manifest import Manifest
from vid2vid_core.train.parallel.ranks import Ranks
from vid2vid_core.train.plan.device_memory import usable_memory
from vid2vid_core.train.plan.disk import disk_of
from vid2vid_core.train.plan.facts import StageOnData
from vid2vid_core.train.plan.text import disk_sentence, gigabytes

logger = logging.getLogger("vid2vid_core.train")

_WORTH = 2000
"""Steps from which on a training on a CPU is worth the seconds that an estimate of its memory takes."""


def tell_plan(
    stage: StageConfig,
    recipe: RecipeConfig,
    table: Manifest,
    *,
    steps: int,
    perceptual: bool,
    folder: Path,
    ranks: Ranks,
) -> None:
    """Log what a training will take in disk and memory; warn if that or the length of sequences is too little.

    The live line tells the time.

    Args:
        stage: to be trained.
        recipe: how many checkpoints are kept.
        table: manifest of the dataset.
        steps: of the stage.
        perceptual: whether the perceptual loss is on.
        folder: of the checkpoints, which exists.
        ranks: that train.
    """
    for problem in check_lengths(stage, table.runs("train")):
        logger.warning("%s", problem.message)
    known = StageOnData(stage, table, recipe.seed, perceptual, ranks.size)
    networks = known.networks()
    averages = [] if networks.average is None else networks.average.networks.values()
    disk = disk_of(stage, recipe, networks.trained().values(), averages, known.size, steps)
    logger.info("%d steps. %s", steps, disk_sentence(disk))
    free = shutil.disk_usage(folder).free
    if disk.total > free:
        logger.warning("%s: only %s are free; make room, or lower checkpoints_kept", folder, gigabytes(free))
    if ranks.device.type != "cpu" or steps >= _WORTH:
        for level, text in _memory(known, ranks.device):
            logger.log(level, "%s", text)


def _memory(known: StageOnData, device: torch.device) -> Iterator[tuple[int, str]]:
    """What is to be said of memory."""
    try:
        with torch.random.fork_rng(devices=[]):
            peak = known.peak()
    except Exception as error:  # whatever it is, an estimate that fails is no reason not to train
        yield logging.INFO, f"memory could not be estimated: {error}"
        return
    usable = usable_memory(device)
    text = f"memory: about {gigabytes(peak)} at the worst moment of the stage, by an estimate without running"
    if usable is None or peak <= usable:
        yield logging.INFO, text + ("" if usable is None else f"; {gigabytes(usable)} can be used")
        return
    yield (
        logging.WARNING,
        f"{text}, but only {gigabytes(usable)} can be used. Where memory runs out, frames of a step are halved; "
        "`vid2vid plan` says which keys to change",
    )
