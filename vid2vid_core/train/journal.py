"""The record of a stage: log.jsonl, TensorBoard scalars and pictures, sample PNGs.

One line of log.jsonl holds what happened since the line before it:

    {"step": 40, "epoch": 2, "clip": 5, "frames": 320, "seconds": 3.1, "frames_per_second": 25.8, "lr": 0.0002,
     "losses": {"G_GAN": 1.9, ...}}

`step` counts optimisation steps and `frames` generated frames from the start of the stage; `clip` counts the finished
clips of the epoch; `seconds` is time spent training, interruptions left out; losses are means over these steps.
"""

import json
import logging
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import torch
from torch import Tensor

from vid2vid_core.storage import atomic_file
from vid2vid_core.train.position import Position

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter

logger = logging.getLogger("vid2vid_core.train")


class Means:
    """Means of named scalars that stay on their device until they are read."""

    def __init__(self) -> None:
        self._sums: dict[str, Tensor] = {}
        self._counts: dict[str, int] = {}

    def add(self, terms: dict[str, Tensor]) -> None:
        """Count one value of each term."""
        for name, value in terms.items():
            self._sums[name] = self._sums[name] + value if name in self._sums else value
            self._counts[name] = self._counts.get(name, 0) + 1

    def read(self) -> dict[str, float]:
        """The means, empty if nothing was added; begins anew."""
        if not self._sums:
            return {}
        values = torch.stack(list(self._sums.values())).tolist()
        means = {name: value / self._counts[name] for name, value in zip(self._sums, values, strict=True)}
        self._sums, self._counts = {}, {}
        return means


class Journal:
    """Writes the record of one stage into its output folder; a resumed stage goes on where its checkpoint left off."""

    def __init__(self, folder: Path, resumed_step: int) -> None:
        """Open the record; lines of steps after `resumed_step`, which will be done again, are dropped."""
        self._log, self._samples = folder / "log.jsonl", folder / "samples"
        if resumed_step == 0:
            self._log.unlink(missing_ok=True)
            for stale in (self._samples, folder / "tensorboard"):
                shutil.rmtree(stale, ignore_errors=True)
        else:
            _drop_lines_after(self._log, resumed_step)
        self._samples.mkdir(parents=True, exist_ok=True)
        self._board = _open_tensorboard(folder / "tensorboard", resumed_step)
        self._means = Means()
        self._since = time.monotonic()
        self._frames = 0

    def add(self, terms: dict[str, Tensor], frames: int) -> None:
        """Count one optimisation step."""
        self._means.add(terms)
        self._frames += frames

    def write(self, position: Position, rate: float) -> dict[str, float]:
        """Write what has come together since the last line; returns the mean losses, empty if there were no steps."""
        losses = self._means.read()
        if not losses:
            return {}
        now = time.monotonic()
        seconds, self._since = now - self._since, now
        line: dict[str, Any] = {
            "step": position.step,
            "epoch": position.epoch,
            "clip": position.clip,
            "frames": position.frames,
            "seconds": round(seconds, 3),
            "frames_per_second": round(self._frames / seconds, 3),
            "lr": rate,
            "losses": losses,
        }
        self._frames = 0
        with self._log.open("a", encoding="utf-8") as handle:
            handle.write(json.dumps(line) + "\n")
        if self._board is not None:
            for name, value in losses.items():
                self._board.add_scalar(f"losses/{name}", value, position.step)
            for name in ("lr", "frames_per_second", "epoch"):
                self._board.add_scalar(f"training/{name}", line[name], position.step)
        return losses

    def picture(self, image: np.ndarray, position: Position) -> None:
        """Keep a sample, (H, W, 3) uint8 RGB, as samples/epoch-<epoch>.png and in TensorBoard."""
        with atomic_file(self._samples / f"epoch-{position.epoch:04d}.png") as temporary:
            if not cv2.imwrite(str(temporary), cv2.cvtColor(image, cv2.COLOR_RGB2BGR)):
                raise OSError(f"{self._samples}: the sample picture could not be written")
        if self._board is not None:
            self._board.add_image("samples", image, position.step, dataformats="HWC")

    def validated(self, metrics: dict[str, float], image: np.ndarray, position: Position, seconds: float) -> None:
        """Show a validation and its picture, (H, W, 3) uint8 RGB, in TensorBoard; its time is none of training."""
        self._since += seconds
        if self._board is not None:
            for name, value in metrics.items():
                self._board.add_scalar(f"validation/{name}", value, position.step)
            self._board.add_image("validation", image, position.step, dataformats="HWC")

    def close(self) -> None:
        """Flush TensorBoard."""
        if self._board is not None:
            self._board.close()


def _open_tensorboard(folder: Path, resumed_step: int) -> "SummaryWriter | None":
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        logger.info("tensorboard is not installed: scalars and pictures are only in log.jsonl and samples/")
        return None
    return SummaryWriter(str(folder), purge_step=resumed_step + 1 if resumed_step else None)


def _drop_lines_after(path: Path, step: int) -> None:
    """Keep the lines up to `step`; a torn last line goes as well."""
    if not path.exists():
        logger.warning("%s is gone: the log of this stage begins at step %d", path, step + 1)
        return
    kept = []
    for line in path.read_text(encoding="utf-8").splitlines(keepends=True):
        try:
            whole = line.endswith("\n") and json.loads(line)["step"] <= step
        except json.JSONDecodeError:
            whole = False
        if not whole:
            break
        kept.append(line)
    with atomic_file(path) as temporary:
        temporary.write_text("".join(kept), encoding="utf-8")
