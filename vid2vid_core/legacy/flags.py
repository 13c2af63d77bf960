"""The flags of the original's command lines: type, default, and what becomes of each here. Data, no logic.

Names and defaults are the public ones that users type; those that only steered its screens, logs and folders are common
to the whole pix2pix family of programs.
"""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["int", "float", "text", "switch", "ids"]
Fate = Literal["stage", "special", "moot", "dead", "refused"]


@dataclass(frozen=True)
class Flag:
    """One flag of the original."""

    kind: Kind
    """Type of its value; a switch has none, ids are whole numbers with commas between them."""
    default: int | float | str | bool | tuple[int, ...] | None
    """Its value where it is not given; None: unknown or without meaning."""
    fate: Fate
    """stage: becomes the key `to` of the stage; special: translated together with others; moot: not needed here;
    dead: the original itself did nothing with it; refused: cannot be translated."""
    to: str = ""
    """Key of the stage, as section.key."""
    note: str = ""
    """Why it is moot, dead or refused, or what differs."""
    phase: Literal["both", "train", "test"] = "both"
    """Which of train.py and test.py knows it."""


def _stage(kind: Kind, default: int | float | str | bool | tuple[int, ...], to: str, note: str = "") -> Flag:
    return Flag(kind, default, "stage", to, note, "train" if to.split(".")[0] in _TRAINING else "both")


def _special(kind: Kind, default: int | float | str | bool, phase: Literal["both", "train", "test"] = "both") -> Flag:
    return Flag(kind, default, "special", phase=phase)


_TRAINING = ("losses", "optimizer", "schedule")

_RESUME = "training resumes by itself: give the same command again; a checkpoint every checkpoint_minutes"
_SHOWN = "progress, losses and pictures are always written (log.jsonl, TensorBoard, samples/)"
_FOLDERS = "results lie in results/runs/<run>, or in the folder given with --out"

FLAGS: dict[str, Flag] = {
    # what it is called and where things lie
    "name": _special("text", "experiment_name"),
    "dataroot": _special("text", "datasets/Cityscapes/"),
    "checkpoints_dir": Flag("text", "./checkpoints", "moot", note=_FOLDERS),
    "results_dir": Flag("text", "./results/", "moot", note=_FOLDERS, phase="test"),
    "phase": _special("text", ""),
    "model": Flag("text", "vid2vid", "moot", note="there is one model here"),
    # controls
    "dataset_mode": _special("text", "temporal"),
    "label_nc": _special("int", 0),
    "input_nc": _special("int", 3),
    "output_nc": Flag("int", 3, "special", note="warping and foreground assume three picture channels"),
    "use_instance": _stage("switch", False, "data.use_instance"),
    "label_feat": Flag("switch", False, "refused", note="features of labels are not part of the published recipes"),
    "densepose_only": _stage("switch", False, "controls.densepose_only"),
    "openpose_only": _stage("switch", False, "controls.openpose_only"),
    "no_dist_map": _stage("switch", False, "controls.no_dist_map"),
    "no_canny_edge": _stage("switch", False, "controls.no_canny_edge"),
    "random_scale_points": _stage("switch", False, "controls.random_scale_points", "it was not random, nor is it here"),
    "basic_point_only": _stage("switch", False, "controls.basic_point_only"),
    "remove_face_labels": _stage("switch", False, "controls.remove_face_labels", "here also when rendering"),
    "random_drop_prob": _stage("float", 0.05, "controls.random_drop_prob", "drawn once a clip, unless drop_per_frame"),
    "add_face_disc": _stage("switch", False, "discriminator.add_face_disc"),
    # sizes of frames
    "loadSize": _stage("int", 512, "data.loadSize"),
    "fineSize": _stage("int", 512, "data.fineSize"),
    "resize_or_crop": _special("text", "scaleWidth"),
    "aspect_ratio": Flag("float", 1.0, "dead", note="no step of the original's preparation uses it"),
    "no_flip": _stage("switch", False, "data.no_flip"),
    # generator
    "ngf": _stage("int", 128, "generator.ngf"),
    "n_blocks": _stage("int", 9, "generator.n_blocks"),
    "n_downsample_G": _stage("int", 3, "generator.n_downsample_G"),
    "n_blocks_local": _stage("int", 3, "generator.n_blocks_local"),
    "n_local_enhancers": Flag("int", 1, "dead", note="only the single-image generators have enhancers"),
    "n_scales_spatial": _stage("int", 1, "generator.n_scales_spatial"),
    "n_frames_G": _stage("int", 3, "generator.n_frames_G"),
    "norm": _special("text", "batch"),
    "fg": _stage("switch", False, "generator.fg"),
    "fg_labels": _stage("ids", (26,), "generator.fg_labels"),
    "no_flow": _stage("switch", False, "generator.no_flow"),
    "no_first_img": _stage("switch", False, "generator.no_first_img"),
    "use_single_G": _special("switch", False),
    "load_features": Flag("switch", False, "moot", note="features come with the single-image generator's file"),
    "feat_num": Flag("int", 3, "moot", note="belongs to the single-image generator, whose file says it"),
    "n_downsample_E": Flag("int", 3, "moot", note="belongs to the feature encoder, whose file says it"),
    "nef": Flag("int", 32, "moot", note="belongs to the feature encoder, whose file says it"),
    # discriminators
    "ndf": _stage("int", 64, "discriminator.ndf"),
    "n_layers_D": _stage("int", 3, "discriminator.n_layers_D"),
    "num_D": _stage("int", 2, "discriminator.num_D"),
    "n_frames_D": _stage("int", 3, "discriminator.n_frames_D"),
    "n_scales_temporal": _stage("int", 2, "discriminator.n_scales_temporal"),
    "sparse_D": _stage("switch", False, "discriminator.sparse_D"),
    # losses
    "gan_mode": _special("text", "ls", "train"),
    "no_lsgan": Flag("switch", False, "refused", note="say which loss you want as losses.gan_mode", phase="train"),
    "lambda_feat": _stage("float", 10.0, "losses.lambda_feat"),
    "lambda_F": _stage("float", 10.0, "losses.lambda_F"),
    "lambda_T": _stage("float", 10.0, "losses.lambda_T"),
    "no_vgg": _stage("switch", False, "losses.no_vgg"),
    "no_ganFeat": _stage("switch", False, "losses.no_ganFeat"),
    "pool_size": Flag("int", 1, "dead", note="no pool of former pictures takes part in training", phase="train"),
    # optimiser and schedule
    "lr": _stage("float", 2e-4, "optimizer.lr"),
    "beta1": _stage("float", 0.5, "optimizer.beta1"),
    "TTUR": _stage("switch", False, "optimizer.TTUR", "the original forgot it at the first decay; here it holds"),
    "niter": _stage("int", 10, "schedule.niter"),
    "niter_decay": _stage("int", 10, "schedule.niter_decay"),
    "niter_step": _stage("int", 5, "schedule.niter_step"),
    "niter_fix_global": _special("int", 0, "train"),
    "n_frames_total": _stage("int", 30, "schedule.n_frames_total"),
    "max_frames_per_gpu": _stage("int", 1, "schedule.max_frames_per_gpu"),
    "max_frames_backpropagate": _stage("int", 1, "schedule.max_frames_backpropagate"),
    "max_t_step": _stage("int", 1, "data.max_t_step"),
    "batchSize": _special("int", 1),
    "n_gpus_gen": _special("int", -1),
    "gpu_ids": _special("text", "0"),
    "continue_train": Flag("switch", False, "moot", note=_RESUME, phase="train"),
    "epoch_count": Flag("int", 1, "moot", note=_RESUME, phase="train"),
    "load_pretrain": _special("text", "", "train"),
    "which_epoch": _special("text", "latest"),
    "save_latest_freq": Flag("int", 1000, "moot", note=_RESUME, phase="train"),
    "save_epoch_freq": Flag("int", 1, "moot", note=_RESUME, phase="train"),
    "fp16": Flag("switch", False, "dead", note="the original's mixed precision was incomplete", phase="train"),
    "local_rank": Flag("int", 0, "dead", note="the original's mixed precision was incomplete", phase="train"),
    # loading
    "nThreads": _special("int", 2),
    "serial_batches": Flag("switch", False, "refused", note="clips are always drawn in random order, by the seed"),
    "max_dataset_size": _special("float", float("inf")),
    # testing
    "use_real_img": _special("switch", False, "test"),
    "how_many": _special("int", 300, "test"),
    "start_frame": _special("int", 0, "test"),
    "ntest": Flag("float", float("inf"), "dead", note="how_many limits the frames", phase="test"),
    # screens and logs
    "tf_log": Flag("switch", False, "dead", note=f"needed TensorFlow 1; {_SHOWN}"),
    "display_freq": Flag("int", 100, "moot", note=_SHOWN, phase="train"),
    "print_freq": Flag("int", 100, "moot", note=_SHOWN, phase="train"),
    "display_winsize": Flag("int", 512, "moot", note=_SHOWN),
    "display_id": Flag("int", 0, "moot", note=_SHOWN),
    "display_port": Flag("int", 8097, "moot", note=_SHOWN),
    "no_html": Flag("switch", False, "moot", note=_SHOWN, phase="train"),
    "debug": Flag("switch", False, "moot", note="for a quick trial: vid2vid train RECIPE --toy", phase="train"),
    "verbose": Flag("switch", False, "moot", note=_SHOWN),
}
