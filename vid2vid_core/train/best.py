"""The best weights of a stage so far: one weights file beside its checkpoints, replaced only by better ones.

The file itself says of which step it is and how good it was, so that it is never at odds with a record elsewhere. A
training that goes on from an older checkpoint keeps it: it is of the same stage, data and seed.
"""

import logging
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from torch import nn

from vid2vid_core.models.weights import WeightsInfo, save_weights
from vid2vid_core.models.weights_file import read_about
from vid2vid_core.quality.metrics import Metric
from vid2vid_core.storage import atomic_file
from vid2vid_core.train.position import Position

logger = logging.getLogger("vid2vid_core.train")


@dataclass(frozen=True)
class Best:
    """When the weights were best, and how good."""

    step: int
    epoch: int
    value: float
    """Of the metric."""


class BestWeights:
    """Keeps the best weights of a stage."""

    def __init__(self, path: Path, metric: Metric, clip: Mapping[str, Any]) -> None:
        """Find out what was kept before.

        Args:
            path: the weights file.
            metric: what says which are better.
            clip: what it is measured on. Weights kept by another metric or clip cannot be compared and are dropped.
        """
        self.path, self._metric = path, metric
        self._identity = {"metric": metric.name, "clip": dict(clip)}
        for leftover in path.parent.glob(f".????????.{path.name}"):
            leftover.unlink()
        self.best = self._read()

    def offer(self, value: float, position: Position, networks: Mapping[str, nn.Module], info: WeightsInfo) -> bool:
        """Keep the networks if they are better than the best so far; says whether they are.

        Raises:
            OSError: they could not be written; the best so far are untouched.
        """
        if self.best is not None and self._metric.loss(value) >= self._metric.loss(self.best.value):
            return False
        best = Best(position.step, position.epoch, value)
        save_weights(self.path, networks, info, validated=self._identity | asdict(best))
        self.best = best
        return True

    def __str__(self) -> str:
        """When the weights were best."""
        best = self.best
        value = "never judged" if best is None else f"best at step {best.step}: {self._metric.title} {best.value:.4g}"
        return f"weights {value}"

    def export(self, path: Path) -> None:
        """Copy the best weights to `path`, atomically."""
        with atomic_file(path) as temporary:
            shutil.copyfile(self.path, temporary)

    def _read(self) -> Best | None:
        if not self.path.exists():
            return None
        try:
            found = read_about(self.path, "video").get("validated", {})
        except ValueError as error:
            logger.warning("%s; the best weights are looked for anew", error)
            return None
        if {key: found.get(key) for key in self._identity} != self._identity:
            logger.warning("%s was chosen by another metric or clip: the best weights are looked for anew", self.path)
            return None
        return Best(found["step"], found["epoch"], found["value"])
