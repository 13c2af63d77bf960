"""Validation: now and then a fixed clip is rendered with the weights that would render, scored, and the best are kept.

When that happens follows from the steps and epochs done alone, so a training that was stopped and goes on is judged at
the same moments, and ends with the same best weights, as one that was not.
"""

import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from vid2vid_core.config import StageConfig, ValidationConfig
from vid2vid_core.models.weights import WeightsInfo, save_weights
from vid2vid_core.quality.metrics import METRICS
from vid2vid_core.train.best import BestWeights
from vid2vid_core.train.networks import Networks
from vid2vid_core.train.out_of_memory import is_out_of_memory
from vid2vid_core.train.parallel.ranks import Ranks
from vid2vid_core.train.position import Position
from vid2vid_core.train.prepare import uncompiled
from vid2vid_core.train.record import Record
from vid2vid_core.train.validation_clip import Rendering, ValidationClip, choose_clip
from vid2vid_core.train.validation_record import ValidationRecord

logger = logging.getLogger("vid2vid_core.train")


class Validator:
    """Renders and scores the clip, on the main rank."""

    def __init__(
        self,
        config: ValidationConfig,
        clip: ValidationClip,
        record: ValidationRecord,
        best: BestWeights,
        info: WeightsInfo,
        stop: Callable[[], bool],
    ) -> None:
        """Nothing is rendered yet.

        Args:
            config: the metric.
            clip: what is rendered.
            record: gets a line and a picture each time.
            best: keeps the best weights.
            info: what these say of themselves.
            stop: asked before every frame; if it says so, a validation is given up.
        """
        self._config, self._clip, self.record, self.best = config, clip, record, best
        self._info, self._stop = info, stop

    def validate(self, position: Position, networks: Networks, record: Record) -> bool:
        """Do it now, after the step of `position`; False if it was given up."""
        start = time.monotonic()
        try:
            rendering = self._render(networks)
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            logger.warning(
                "a validation of whole frames does not fit beside the training (%s): it goes on without; set "
                "validation.every_steps of the recipe to 0",
                str(error).partition("\n")[0],
            )
            return True
        if rendering is None:
            logger.info("the validation of step %d is put off until training goes on", position.step)
            return False
        name, mark = self._config.metric, ""
        value = rendering.metrics.get(name)
        if value is not None and self.best.offer(value, position, networks.stored(), self._info):
            mark = ", the best so far"
        logger.info("validation of step %d: %s %s%s", position.step, name, value and f"{value:.4g}", mark)
        seconds = time.monotonic() - start
        picture = self.record.add(position, rendering, seconds)
        record.validated(rendering.metrics, picture, position, seconds)
        return True

    @uncompiled()
    def _render(self, networks: Networks) -> Rendering | None:
        """Render the clip, if need be in the memory that the training has used and holds."""
        try:
            return self._clip.render(networks.rendering(), self._stop)
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            torch.cuda.empty_cache()
        return self._clip.render(networks.rendering(), self._stop)

    def describe(self) -> dict[str, Any]:
        """The clip, the metric and what was best, as plain data."""
        best = self.best.best
        found = None if best is None else {"step": best.step, "epoch": best.epoch, "value": best.value}
        return self._clip.describe() | {"metric": self._config.metric, "best": found, "kept": self._config.keep}


class Validation:
    """When a stage is judged; one on every rank, all called alike. The others wait for the main one."""

    def __init__(
        self,
        config: ValidationConfig,
        epochs: int,
        validator: Validator | None,
        ranks: Ranks,
        collect: Callable[[], None],
    ) -> None:
        """Nothing is judged yet.

        Args:
            config: when.
            epochs: of the stage.
            validator: None on the main rank: it is never judged.
            ranks: those that train.
            collect: `Stepper.collect`.
        """
        self._config, self._epochs, self._validator, self._ranks = config, epochs, validator, ranks
        self._collect = collect
        self._on = ranks.main_only(lambda: validator is not None)
        self._judged = 0  # step of the last validation of this process

    def resume(self, position: Position, networks: Networks, record: Record) -> bool:
        """Before the first step: make up for what a signal has interrupted; returns as `after_step`."""
        validator = self._validator
        if self._ranks.main_only(lambda: validator is None or validator.record.has(position.step)):
            return True
        return self.after_step(position, networks, record)

    def after_step(self, position: Position, networks: Networks, record: Record) -> bool:
        """Validate if it is time.

        Args:
            position: after an optimisation step.
            networks: as they are then.
            record: is told of it.

        Returns:
            False if a signal came and it was given up.
        """
        due = position.step and self._config.after_step(position.step)
        return not due or self._validate(position, networks, record)

    def after_epoch(self, position: Position, networks: Networks, record: Record) -> bool:
        """Likewise after the epoch that `position` is in."""
        return not self._config.after_epoch(position.epoch, self._epochs) or self._validate(position, networks, record)

    def settle(self, position: Position, networks: Networks, record: Record) -> None:
        """Once the stage is done: there are best weights if they are asked for, even if it was trained without."""
        validator = self._validator
        if self._on and self._config.keep == "best":
            self._collect()
            self._ranks.main_only(
                lambda: (
                    validator is None
                    or validator.best.best is not None
                    or validator.validate(position, networks, record)
                )
            )

    def export(self, path: Path, networks: Networks, info: WeightsInfo) -> None:
        """Write the weights that the stage ends with, on the main rank: the last ones, or the best."""
        validator = self._validator
        if validator is not None and self._config.keep == "best" and validator.best.best is not None:
            validator.best.export(path)
            logger.info("%s; the stage ends with these", validator.best)
            return
        save_weights(path, networks.stored(), info)
        if self._config.keep == "best":
            logger.warning("none of the weights could be judged: the stage ends with its last ones")
        if validator is not None and validator.best.best is not None:
            logger.info("%s; they are in %s", validator.best, validator.best.path)

    def describe(self) -> dict[str, Any] | None:
        """What was judged and found, as plain data, on the main rank; None if nothing was."""
        return None if self._validator is None else self._validator.describe()

    def _validate(self, position: Position, networks: Networks, record: Record) -> bool:
        validator = self._validator
        if not self._on or position.step == self._judged:
            return True
        self._collect()
        done = self._ranks.main_only(lambda: validator is None or validator.validate(position, networks, record))
        self._judged = position.step if done else self._judged
        return done


def open_validator(
    config: ValidationConfig,
    stage: StageConfig,
    manifest: Path,
    info: WeightsInfo,
    folders: tuple[Path, Path],
    resumed_step: int,
    stop: Callable[[], bool],
) -> Validator | None:
    """Who judges a stage; None where there is nothing to judge it by.

    Args:
        config: of the recipe.
        stage: how frames are read.
        manifest: of the dataset.
        info: what the weights file of the stage will say of itself.
        folders: where best.safetensors is kept, and where the record goes.
        resumed_step: optimisation steps done before.
        stop: as for `Validator`.

    Raises:
        ValueError: the clip cannot be read, or cannot tell the metric asked for; or there is none and best weights are
            to be kept.
    """
    if config.every_steps == 0:
        return None
    clip = choose_clip(manifest, stage, config.frames)
    if clip is None:
        message = (
            f"{manifest}: no sequence has the {stage.generator.n_frames_G + 1} frames with photographs that a "
            f"validation of stage '{stage.name}' needs"
        )
        if config.keep == "best":
            raise ValueError(f"{message}; set validation.keep of the recipe to last, or give longer sequences")
        logger.warning("%s: it trains without", message)
        return None
    metric = next(metric for metric in METRICS if metric.name == config.metric)
    if metric.name not in clip.perfect:
        raise ValueError(
            f"{manifest}: {metric.name} (validation.metric of the recipe) says nothing of {clip.run.name}, whose "
            f"pictures do not change; choose one of {', '.join(sorted(clip.perfect))}"
        )
    found = clip.describe()
    where = f"{found['frames']} frames of {clip.run.name} ({found['split']} split)"
    logger.info("validation: %s, best by %s", where, metric.name)
    kept, out = folders
    best = BestWeights(kept / "best.safetensors", metric, found)
    return Validator(config, clip, ValidationRecord(out, clip, resumed_step), best, info, stop)
