"""Validation: now and then a fixed clip is rendered with the weights that would render, scored, and the best are kept.

When that happens follows from the steps and epochs done alone, so a training that was stopped and goes on is judged at
the same moments and keeps the same weights as one that was not.
"""

import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from vid2vid_core.config import StageConfig, ValidationConfig
from vid2vid_core.models.weights import WeightsInfo
from vid2vid_core.quality.metrics import METRICS
from vid2vid_core.train.best import BestWeights
from vid2vid_core.train.journal import Journal
from vid2vid_core.train.networks import Networks
from vid2vid_core.train.position import Position
from vid2vid_core.train.validation_clip import ValidationClip, choose_clip
from vid2vid_core.train.validation_record import ValidationRecord

logger = logging.getLogger("vid2vid_core.train")


class Validator:
    """Judges a stage while it trains."""

    def __init__(
        self,
        config: ValidationConfig,
        epochs: int,
        clip: ValidationClip,
        record: ValidationRecord,
        best: BestWeights,
        info: WeightsInfo,
    ) -> None:
        """Nothing is rendered yet; `epochs` is the number of epochs of the stage, `info` of its weights."""
        self._config, self._epochs, self._clip = config, epochs, clip
        self._record, self.best, self._info = record, best, info

    def resume(self, position: Position, networks: Networks, journal: Journal, stop: Callable[[], bool]) -> None:
        """Make up for what a signal has interrupted. Arguments as for `after_step`."""
        if not self._record.has(position.step):
            self.after_step(position, networks, journal, stop)

    def after_step(self, position: Position, networks: Networks, journal: Journal, stop: Callable[[], bool]) -> None:
        """Validate if it is time.

        Args:
            position: after an optimisation step.
            networks: as they are then.
            journal: gets scalars and pictures.
            stop: asked now and then; if it says so, the validation is given up, and made when training goes on.
        """
        if position.step and self._config.after_step(position.step):
            self._validate(position, networks, journal, stop)

    def after_epoch(self, position: Position, networks: Networks, journal: Journal, stop: Callable[[], bool]) -> bool:
        """Likewise after the epoch that `position` is in; False if it was given up."""
        if not self._config.after_epoch(position.epoch, self._epochs):
            return True
        return self._validate(position, networks, journal, stop)

    def describe(self) -> dict[str, Any]:
        """The clip, the metric and what was best, as plain data."""
        best = self.best.best
        found = None if best is None else {"step": best.step, "epoch": best.epoch, "value": best.value}
        return self._clip.describe() | {"metric": self._config.metric, "best": found, "kept": self._config.keep}

    def _validate(self, position: Position, networks: Networks, journal: Journal, stop: Callable[[], bool]) -> bool:
        start = time.monotonic()
        rendering = self._clip.render(networks.rendering(), stop)
        if rendering is None:
            logger.info("validation of step %d is put off until training goes on", position.step)
            return False
        name = self._config.metric
        if name in rendering.metrics:
            better = self.best.offer(rendering.metrics[name], position, networks.stored(), self._info)
            mark = ", the best so far" if better else ""
            logger.info("validation of step %d: %s %.4g%s", position.step, name, rendering.metrics[name], mark)
        seconds = time.monotonic() - start
        picture = self._record.add(position, rendering, seconds)
        journal.validated(rendering.metrics, picture, position, seconds)
        return True


def open_validation(
    config: ValidationConfig,
    *,
    stage: StageConfig,
    epochs: int,
    manifest: Path,
    info: WeightsInfo,
    state_dir: Path,
    out_dir: Path,
    resumed_step: int,
) -> Validator | None:
    """The validation of a stage; None where there is none.

    Args:
        config: of the recipe.
        stage: how frames are read.
        epochs: of the stage.
        manifest: of the dataset.
        info: what the weights file of the stage will say of itself.
        state_dir: where best.safetensors is kept.
        out_dir: where the record goes.
        resumed_step: optimisation steps done before.

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
    logger.info(
        "validation: %d frames of %s, %s split, by %s", found["frames"], clip.run.name, found["split"], metric.name
    )
    record = ValidationRecord(out_dir, clip, resumed_step)
    best = BestWeights(state_dir / "best.safetensors", metric, found)
    return Validator(config, epochs, clip, record, best, info)
