"""Training one stage of a recipe from start, checkpoint or finished checkpoint to its weights file."""

import contextlib
import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from vid2vid_core.config import RecipeConfig, StageConfig, control_channels, to_dict
from vid2vid_core.config.schedule import describe_schedule, schedule
from vid2vid_core.dataset.flow_source import FlowSource, flow_source
from vid2vid_core.dataset.manifest import Manifest, read_manifest
from vid2vid_core.dataset.subject_stature import training_stature
from vid2vid_core.models.weights import WeightsInfo
from vid2vid_core.provenance import hash_file, provenance
from vid2vid_core.storage import write_json
from vid2vid_core.train.checkpoint import Checkpoint, restore, resume
from vid2vid_core.train.fingerprint import fingerprint, hash_training_data
from vid2vid_core.train.guard import LossGuard
from vid2vid_core.train.handover import take_over
from vid2vid_core.train.keeper import Keeper
from vid2vid_core.train.loop import Trainer, TrainingData
from vid2vid_core.train.networks import Networks, build_networks
from vid2vid_core.train.optimizers import Optimizers
from vid2vid_core.train.out_of_memory import FrameLimit
from vid2vid_core.train.parallel.ranks import Ranks
from vid2vid_core.train.parallel.role_networks import take_roles
from vid2vid_core.train.parallel.role_stepper import RoleStepper
from vid2vid_core.train.parallel.roles import Roles
from vid2vid_core.train.parallel.side import Task
from vid2vid_core.train.parallel.wire import Wire
from vid2vid_core.train.perceptual import perceptual_file
from vid2vid_core.train.plan.short import tell_plan
from vid2vid_core.train.position import Position
from vid2vid_core.train.record import Record, SilentRecord
from vid2vid_core.train.stepping import ClipStepper, Stepper
from vid2vid_core.train.stop_signals import StopSignals
from vid2vid_core.train.validation import Validation, open_validator
from vid2vid_core.video.reference_flow import FlowEstimator

logger = logging.getLogger("vid2vid_core.train")


def train_stage(
    stage: StageConfig,
    *,
    recipe: RecipeConfig,
    manifest: Path,
    flow_tables: list[Path],
    init: Path | None,
    state_dir: Path,
    out_dir: Path,
    device: str = "auto",
    estimator: FlowEstimator | None = None,
) -> None:
    """Train a stage; called again after being stopped, it goes on from its newest checkpoint.

    SIGTERM and SIGUSR1 end it after the step under way and a checkpoint.
    Writes into `out_dir`: log.jsonl, validation.jsonl, tensorboard/, samples/, validation/, provenance.json and, last,
    weights.safetensors; the best weights so far are best.safetensors in `state_dir`.

    Args:
        stage: one of the recipe's.
        recipe: seed, how often to checkpoint and how many to keep, what the guard does, validation.
        manifest: of the dataset stage.
        flow_tables: of the flow stage, at least those of the training videos; not read where data.flow is online.
        init: weights file of the stage before; None starts from random weights.
        state_dir: where checkpoints of this stage lie.
        out_dir: where its results go.
        device: "auto" (a GPU if there is one), "cpu", "cuda", "cuda:1", ...
        estimator: the backend of the dataset's flow settings; needed where data.flow is online.

    Raises:
        ValueError: data or weights do not fit the stage, or the device does not exist.
        NotFiniteError: a loss or gradient is NaN or infinite.
        TrainingStuckError: the training learns nothing any more, and the recipe's `guard` is `stop`.
        StoppedBySignal: a checkpoint has been written after a signal.
        OSError: something could not be written.
    """
    ranks = Ranks.join(device)
    table = read_manifest(manifest)
    data = _training_data(table, manifest, _flow(stage, flow_tables, estimator, table), stage, recipe.seed)
    plan = schedule(stage, max(data.lengths))
    vgg = perceptual_file(stage.losses.no_vgg)
    data_hash = ranks.main_only(lambda: hash_training_data(manifest, data.flow))
    identity = ranks.main_only(lambda: fingerprint(stage, recipe.seed, data_hash, init, vgg is not None))
    signals = StopSignals()
    keeper = Keeper(state_dir, identity, recipe.checkpoints_kept, recipe.checkpoint_minutes, signals, ranks)
    checkpoint = keeper.newest()
    channels = control_channels(stage, data.label_nc)
    networks, roles = _networks(stage, channels, recipe.seed, vgg, ranks)
    optimizers = _begin(networks, stage, plan[0].train_all_scales, checkpoint, init, ranks.device)
    stepper = _stepper(stage, data.label_nc, networks, optimizers, roles, ranks)
    position, clip = (Position(), None) if checkpoint is None else resume(checkpoint, ranks, stepper.replicas)

    trainer = Trainer(stage, plan, data, networks, optimizers, stepper, position, FrameLimit(state_dir, ranks), ranks)
    frames, steps = trainer.totals()
    logger.info("%s", describe_schedule(stage, max(data.lengths)))
    logger.info("%d frames to generate in all, on %s", frames, ranks.describe())
    name = f"stage {stage.name}"
    record = Record(out_dir, name, len(plan), frames, steps, position) if ranks.main else SilentRecord()
    info = WeightsInfo(stage, data.label_nc, table.ignore, channels, str(table.metadata.get("dataset", "")))
    validator = None
    if ranks.main:
        perceptual = vgg is not None
        tell_plan(stage, recipe, table, steps=steps, perceptual=perceptual, folder=state_dir, ranks=ranks)
        info = replace(info, stature=training_stature(table, stage.controls))
        folders, stop = (state_dir, out_dir), lambda: signals.received is not None
        validator = open_validator(recipe.validation, stage, manifest, info, folders, position.step, stop)
    validation = Validation(recipe.validation, len(plan), validator, ranks, stepper.collect)
    with contextlib.closing(record), signals:
        if not validation.resume(position, networks, record):
            signals.obey(ranks)  # before a step is trained, after which nobody would know of it
        trainer.run(record, keeper, LossGuard(recipe.guard, ranks), validation, clip)
        validation.settle(position, networks, record)
        signals.obey(ranks)
    if not ranks.main:
        return

    facts = _facts(info, recipe, init, data_hash, vgg, ranks, position)
    write_json(out_dir / "provenance.json", provenance(**facts, validation=validation.describe()))
    validation.export(out_dir / "weights.safetensors", networks, info)
    keeper.keep_newest()
    logger.info("wrote %s", out_dir / "weights.safetensors")


def _flow(
    stage: StageConfig, flow_tables: Sequence[Path], estimator: FlowEstimator | None, table: Manifest
) -> FlowSource:
    """Where reference flow comes from. Raises ValueError if that cannot work."""
    source = flow_source(stage.data.flow, flow_tables, estimator, table.root)
    if stage.data.flow == "online" and estimator is not None:
        if stage.data.num_workers and not estimator.forkable:
            raise ValueError(
                f"stage '{stage.name}': data.num_workers is {stage.data.num_workers}, but only the training process "
                f"itself can estimate flow on its GPU; set data.num_workers to 0, or data.flow to stored"
            )
        logger.info("flow: estimated online, %s", source.describe())
    return source


def _training_data(table: Manifest, path: Path, flow: FlowSource, stage: StageConfig, seed: int) -> TrainingData:
    needed = stage.generator.n_frames_G
    lengths = tuple(length for length in table.lengths("train") if length >= needed)
    if not lengths:
        raise ValueError(
            f"{path}: no training sequence has the {needed} frames generator.n_frames_G of stage '{stage.name}' needs; "
            f"found lengths {sorted(table.lengths('train'), reverse=True)[:5]}"
        )
    return TrainingData(path, flow, table.label_nc, lengths, seed)


def _networks(
    stage: StageConfig, channels: int, seed: int, vgg: Path | None, ranks: Ranks
) -> tuple[Networks, Roles | None]:
    """The networks of a stage; where ranks have roles, only those that this rank's need are on its device."""
    if stage.parallel.split == "clips":
        return build_networks(stage, channels, seed, vgg, ranks.device), None
    networks = build_networks(stage, channels, seed, vgg, torch.device("cpu"))
    return networks, take_roles(stage, networks, ranks)


def _stepper(
    stage: StageConfig, label_nc: int, networks: Networks, optimizers: Optimizers, roles: Roles | None, ranks: Ranks
) -> Stepper:
    if roles is None:
        return ClipStepper(stage, label_nc, networks, optimizers, ranks)
    return RoleStepper(Task(ranks.rank, roles, stage, label_nc, networks, optimizers, Wire(ranks.device)), ranks)


def _begin(
    networks: Networks,
    stage: StageConfig,
    train_all_scales: bool,
    checkpoint: Checkpoint | None,
    init: Path | None,
    device: torch.device,
) -> Optimizers:
    """Optimisers of a new stage, or those of a checkpoint; the weights are loaded into `networks`."""
    if checkpoint is not None:
        optimizers = Optimizers(networks, stage.optimizer, checkpoint["train_all_scales"], stage.speed, device)
        restore(checkpoint, networks, optimizers)
        return optimizers
    if init is None:
        logger.info("all weights start fresh")
    else:
        take_over(init, networks)
    return Optimizers(networks, stage.optimizer, train_all_scales, stage.speed, device)


def _facts(
    info: WeightsInfo,
    recipe: RecipeConfig,
    init: Path | None,
    data_hash: str,
    vgg: Path | None,
    ranks: Ranks,
    position: Position,
) -> dict[str, Any]:
    return {
        "recipe": recipe.name,
        "seed": recipe.seed,
        "stage": to_dict(info.stage),
        "dataset": info.dataset,
        "label_nc": info.label_nc,
        "control_channels": info.control_channels,
        "training_data_sha256": data_hash,
        "init": None if init is None else {"path": str(init), "sha256": hash_file(init)},
        "perceptual_loss": None if vgg is None else str(vgg),
        "device": {"name": ranks.describe(), "threads": torch.get_num_threads()},
        "steps": position.step,
        "frames": position.frames,
    }
