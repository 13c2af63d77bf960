"""Resumable training state: the newest checkpoints of a stage in a folder that is nobody's declared output.

A checkpoint holds weights and their averages, optimisers, position in the schedule down to the chunk of a clip, and of
every rank what that chunk needs of those before it and the random state. It is written under a temporary name, flushed
and renamed. At least the two newest are kept, so that a damaged one has a whole one before it.
"""

import json
import logging
import shutil
import zipfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import nn

from vid2vid_core.storage import atomic_file, write_json
from vid2vid_core.train.average import WeightAverage
from vid2vid_core.train.optimizers import resume_adam
from vid2vid_core.train.parallel.ranks import Ranks
from vid2vid_core.train.position import Position
from vid2vid_core.train.updates import Updates

logger = logging.getLogger("vid2vid_core.train")

Checkpoint = dict[str, Any]


class TrainedNetworks(Protocol):
    """The networks of a stage, of video or of single pictures."""

    average: WeightAverage | None
    """Of those that make pictures; None: none is kept."""

    def trained(self) -> dict[str, nn.Module]:
        """By the name their weights are stored under; `generator` is among them."""


class NamedOptimizers(Protocol):
    """Their optimisers."""

    train_all_scales: bool
    """False while only the finest scale of the generator is trained."""

    updates: Updates
    """Steps them together."""

    def named(self) -> dict[str, torch.optim.Adam]:
        """By the name of their network."""


class CheckpointFolder:
    """The checkpoints of one stage, all of the same fingerprint."""

    def __init__(self, folder: Path, fingerprint: str, kept: int = 2) -> None:
        """Open the folder; what belongs to another fingerprint is moved aside, leftovers of a killed save removed.

        Args:
            folder: made if missing.
            fingerprint: of what the checkpoints belong to.
            kept: how many of the newest are kept.
        """
        self._folder, self._kept = folder, kept
        identity = folder / "fingerprint.json"
        if folder.exists() and _read_fingerprint(identity) != fingerprint:
            self._move_aside()
        folder.mkdir(parents=True, exist_ok=True)
        write_json(identity, {"fingerprint": fingerprint})
        for leftover in folder.glob(".*.checkpoint-*.pt"):
            leftover.unlink()

    def newest(self) -> Checkpoint | None:
        """The newest checkpoint that can be read, on the CPU; None if there is none."""
        for path in reversed(self._paths()):
            try:
                checkpoint = read_checkpoint(path)
            except MemoryError:
                raise  # says nothing about the file
            except Exception as error:  # a damaged file makes torch.load raise nearly anything
                logger.warning("%s is damaged (%s); going back to the checkpoint before it", path, error)
                path.unlink()
                continue
            logger.info("resuming from %s", path)
            return checkpoint
        return None

    def save(
        self,
        networks: TrainedNetworks,
        optimizers: NamedOptimizers,
        position: Position,
        ranks: Sequence[dict[str, Any]],
    ) -> None:
        """Write a checkpoint and drop the oldest ones.

        Args:
            networks: with their average, if there is one.
            optimizers: theirs.
            position: after an optimisation step.
            ranks: of every rank in turn `clip`, what the clips under way need (None between two groups of clips), and
                `random`, its `random_state`.

        Raises:
            OSError: it could not be written; the ones before it are untouched.
        """
        path = checkpoint_path(self._folder, position.step)
        try:
            with atomic_file(path) as temporary:
                torch.save({**_collect(networks, optimizers, position), "ranks": list(ranks)}, temporary)
        except (OSError, RuntimeError) as error:  # torch reports a full disk as RuntimeError
            free = shutil.disk_usage(self._folder).free / 1e6
            raise OSError(
                f"{path}: the checkpoint could not be written ({error}); {free:.0f} MB are free there. Make room or "
                "allow writing, and start again: training goes on from the checkpoint before it"
            ) from error
        self.keep(self._kept)

    def keep(self, count: int) -> None:
        """Drop all but the newest `count` checkpoints."""
        for path in self._paths()[:-count]:
            path.unlink()

    def _paths(self) -> list[Path]:
        return sorted(self._folder.glob("checkpoint-*.pt"))

    def _move_aside(self) -> None:
        if not self._paths():  # it was stopped before its first one, which must not push another's aside
            for left in self._folder.iterdir():  # best weights, and what did not fit into memory
                if left.is_file():
                    left.unlink()
            return
        aside = self._folder.with_name(f"{self._folder.name}.replaced")
        shutil.rmtree(aside, ignore_errors=True)
        self._folder.replace(aside)
        logger.warning(
            "%s holds checkpoints of another config, dataset or first weights: moved to %s, training begins anew",
            self._folder,
            aside,
        )


def checkpoint_path(folder: Path, step: int) -> Path:
    """Where the checkpoint after that step lies."""
    return folder / f"checkpoint-{step:09d}.pt"


def read_checkpoint(path: Path) -> Checkpoint:
    """Read a checkpoint, onto the CPU, after its checksums; torch reads a file with changed bytes without a word.

    Raises:
        Exception: of nearly any kind, if the file is damaged.
    """
    with zipfile.ZipFile(path) as archive:
        wrong = archive.testzip()
    if wrong is not None:
        raise zipfile.BadZipFile(f"the checksum of its part {wrong} is wrong")
    checkpoint: Checkpoint = torch.load(path, map_location="cpu", weights_only=True)
    return checkpoint


def restore(checkpoint: Checkpoint, networks: TrainedNetworks, optimizers: NamedOptimizers) -> None:
    """Load weights, averages and optimisers; `optimizers` must train the scales the checkpoint did."""
    for name, network in networks.trained().items():
        network.load_state_dict(checkpoint["networks"][name])
    if networks.average is not None:
        networks.average.resume(checkpoint["average"])
    for name, optimizer in optimizers.named().items():
        resume_adam(optimizer, checkpoint["optimizers"][name])
    optimizers.updates.resume(checkpoint.get("updates"))


def resume(checkpoint: Checkpoint, ranks: Ranks, replicas: int) -> tuple[Position, Any]:
    """Where training was, and what was kept of the clips under way on this rank; its random state is set.

    Args:
        checkpoint: of however many ranks.
        ranks: those that train now.
        replicas: how many of them train on clips of their own; ranks with roles are one together. If it is another
            number than the checkpoint's, the clips under way begin again: they are divided anew.
    """
    position, own = Position(**checkpoint["position"]), checkpoint["ranks"]
    if len(own) == ranks.size:
        _set_random_state(own[ranks.rank]["random"], ranks.device)
    else:
        logger.info("the checkpoint was written by %d ranks, now there are %d", len(own), ranks.size)
    clips = [each["clip"] for each in own if each["clip"] is not None]
    if not clips or len(clips) == replicas:
        return position, clips[ranks.rank * replicas // ranks.size] if clips else None
    logger.info("clips under way begin again: going on after %d clips of epoch %d", position.clip, position.epoch)
    position.chunk = position.within = 0
    return position, None


def random_state(device: torch.device) -> dict[str, Any]:
    """The state of the random generators of this process."""
    return {
        "cpu": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state(device) if device.type == "cuda" else None,
    }


def _set_random_state(state: dict[str, Any], device: torch.device) -> None:
    torch.set_rng_state(state["cpu"])
    if device.type == "cuda" and state["cuda"] is not None:
        torch.cuda.set_rng_state(state["cuda"], device)


def _collect(networks: TrainedNetworks, optimizers: NamedOptimizers, position: Position) -> Checkpoint:
    return {
        "networks": {name: network.state_dict() for name, network in networks.trained().items()},
        "average": None if networks.average is None else networks.average.state(),
        "optimizers": {name: optimizer.state_dict() for name, optimizer in optimizers.named().items()},
        "updates": optimizers.updates.state(),
        "train_all_scales": optimizers.train_all_scales,
        "position": asdict(position),
    }


def _read_fingerprint(path: Path) -> str | None:
    try:
        return str(json.loads(path.read_text(encoding="utf-8"))["fingerprint"])
    except (OSError, ValueError, KeyError):
        return None
