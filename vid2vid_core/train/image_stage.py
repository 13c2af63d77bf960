"""Training the image stage of a recipe from start, checkpoint or finished checkpoint to its weights file."""

import contextlib
import logging
from pathlib import Path
from typing import Any

import torch

from vid2vid_core.config import GuardAction, ImageStageConfig, picture_channels, to_dict
from vid2vid_core.config.schedule import describe_image_stage
from vid2vid_core.dataset.frame_pairs import FramePairs
from vid2vid_core.models.image_weights import ImageWeightsInfo, save_image_weights
from vid2vid_core.provenance import provenance
from vid2vid_core.storage import write_json
from vid2vid_core.train.checkpoint import restore, resume
from vid2vid_core.train.fingerprint import fingerprint, hash_training_data
from vid2vid_core.train.guard import LossGuard
from vid2vid_core.train.image_features import training_looks
from vid2vid_core.train.image_loop import ImageTrainer
from vid2vid_core.train.image_networks import ImageOptimizers, build_image_networks
from vid2vid_core.train.keeper import Keeper
from vid2vid_core.train.parallel.ranks import Ranks
from vid2vid_core.train.perceptual import perceptual_file
from vid2vid_core.train.position import Position
from vid2vid_core.train.record import Record, SilentRecord
from vid2vid_core.train.stop_signals import StopSignals

logger = logging.getLogger("vid2vid_core.train")


def train_image_stage(
    stage: ImageStageConfig,
    *,
    recipe: str,
    seed: int,
    checkpoint_minutes: float,
    checkpoints_kept: int,
    guard: GuardAction,
    manifest: Path,
    state_dir: Path,
    out_dir: Path,
    device: str = "auto",
) -> None:
    """Train a generator of single pictures; called again after being stopped, it goes on from its newest checkpoint.

    Writes into `out_dir`: log.jsonl, tensorboard/, samples/, provenance.json and, last, weights.safetensors. A
    generator with features is trained together with its encoder, each picture with its own features pooled by label
    or by object; the weights file then also holds the features of all training frames and, by object, the typical
    looks of each label. SIGTERM and SIGUSR1 end it after the step under way and a checkpoint.

    Args:
        stage: the image stage of a recipe.
        recipe: name of that recipe, for the provenance.
        seed: of the recipe.
        checkpoint_minutes: of the recipe: how often to checkpoint.
        checkpoints_kept: of the recipe: how many to keep.
        guard: of the recipe: what is done about training that learns nothing any more.
        manifest: of the dataset stage.
        state_dir: where checkpoints of this stage lie.
        out_dir: where its results go.
        device: "auto" (a GPU if there is one), "cpu", "cuda", "cuda:1", ...

    Raises:
        ValueError: the data do not fit the stage, or the device does not exist.
        NotFiniteError: a loss or gradient is NaN or infinite.
        TrainingStuckError: the training learns nothing any more, and `guard` is `stop`.
        StoppedBySignal: a checkpoint has been written after a signal.
        OSError: something could not be written.
    """
    ranks = Ranks.join(device)
    pairs = FramePairs(manifest, stage.data, stage.controls, seed, by_object=stage.generator.features_of == "objects")
    table = pairs.manifest
    channels = picture_channels(stage, table.label_nc)
    vgg = perceptual_file(stage.losses.no_vgg)
    data_hash = ranks.main_only(lambda: hash_training_data(manifest, None))
    identity = fingerprint(stage, seed, data_hash, None, vgg is not None)
    signals = StopSignals()
    keeper = Keeper(state_dir, identity, checkpoints_kept, checkpoint_minutes, signals, ranks)
    networks = build_image_networks(stage, channels, seed, vgg, ranks.device)
    optimizers, position = ImageOptimizers(networks, stage), Position()
    checkpoint = keeper.newest()
    if checkpoint is not None:
        restore(checkpoint, networks, optimizers)
        position, _ = resume(checkpoint, ranks, ranks.size)

    trainer = ImageTrainer(stage, pairs, networks, optimizers, position, ranks)
    frames, steps = trainer.totals()
    logger.info("%s", describe_image_stage(stage))
    logger.info("%d training frames, %d pictures to make in all, on %s", len(pairs), frames, ranks.describe())
    name = f"image stage {stage.name}"
    record = Record(out_dir, name, trainer.epochs, frames, steps, position) if ranks.main else SilentRecord()
    with contextlib.closing(record), signals:
        trainer.run(record, keeper, LossGuard(guard, ranks))
    if not ranks.main:
        return

    info = ImageWeightsInfo(stage, table.label_nc, table.ignore, channels, str(table.metadata.get("dataset", "")))
    facts = _facts(info, ranks, position) | {
        "recipe": recipe,
        "seed": seed,
        "training_data_sha256": data_hash,
        "perceptual_loss": None if vgg is None else str(vgg),
    }
    encoder = networks.rendering().encoder
    looks = (None, None) if encoder is None else training_looks(encoder, pairs)
    write_json(out_dir / "provenance.json", provenance(**facts))
    save_image_weights(out_dir / "weights.safetensors", networks.stored(), info, *looks)
    keeper.keep_newest()
    logger.info("wrote %s", out_dir / "weights.safetensors")


def _facts(info: ImageWeightsInfo, ranks: Ranks, position: Position) -> dict[str, Any]:
    return {
        "stage": to_dict(info.stage),
        "dataset": info.dataset,
        "label_nc": info.label_nc,
        "control_channels": info.control_channels,
        "device": {"name": ranks.describe(), "threads": torch.get_num_threads()},
        "steps": position.step,
        "frames": position.frames,
    }
