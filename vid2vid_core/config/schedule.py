"""How a stage runs epoch by epoch: learning rate, clip and chunk length, what is trained. Torch-free.

Source: Wang et al., Video-to-Video Synthesis (2018), training details: clips and chunks
double every `niter_step` epochs.
"""

import math
from dataclasses import dataclass
from itertools import groupby

from vid2vid_core.config.image_stage import ImageStageConfig
from vid2vid_core.config.recipe import StageConfig

_HEAD = (
    "epochs",
    "learning rate",
    "new frames",
    "chunks",
    "frames read",
    "steps in time",
    "backprop",
    "scales trained",
)


@dataclass(frozen=True)
class EpochState:
    """What holds during one epoch."""

    epoch: int
    """1-based."""
    lr: float
    """Learning rate of every optimiser, before the TTUR factors."""
    n_frames_total: int
    """New frames wanted of a clip; a shorter sequence gives fewer."""
    chunk_frames: int
    """New frames generated before one optimisation step, at most."""
    n_frames_bp: int
    """Frames gradients flow back through."""
    train_all_scales: bool
    """False: only the finest generator is trained."""


@dataclass(frozen=True)
class Window:
    """How a clip is cut from a sequence and into chunks."""

    frames_read: int
    """Frames of the clip, those that only start the recursion included."""
    new_frames: int
    """Frames generated: `chunks` times the length of a chunk."""
    largest_step: int
    """The clip may take every 1st .. every `largest_step`-th frame."""
    chunks: int
    """Number of chunks, all of the same length."""

    def starts(self, length: int, step: int) -> int:
        """Number of frames at which the clip can begin in a sequence of `length` frames, taking every `step`-th."""
        return max(1, length - (self.frames_read - 1) * step)


def schedule(stage: StageConfig, longest_sequence: int) -> list[EpochState]:
    """The state of every epoch of a stage; `longest_sequence` is in frames and limits the growth of clips.

    Raises:
        ValueError: if the longest sequence is too short for a single new frame.
    """
    plan, frames_G = stage.schedule, stage.generator.n_frames_G
    _require_length(longest_sequence, frames_G)
    cap = min(plan.max_frames_total, longest_sequence) - (frames_G - 1)
    total = plan.n_frames_total
    per_gpu, backpropagate = min(plan.max_frames_per_gpu, max(1, total // plan.n_gpus_gen)), 1
    states = []
    for epoch in range(1, plan.niter + plan.niter_decay + 1):
        chunk = plan.n_gpus_gen * per_gpu
        states.append(
            EpochState(
                epoch=epoch,
                lr=learning_rate(stage, epoch),
                n_frames_total=total,
                chunk_frames=chunk,
                n_frames_bp=backpropagate,
                train_all_scales=epoch > plan.niter_fix_global,
            )
        )
        if epoch % plan.niter_step == 0:
            doubled = 2 ** (epoch // plan.niter_step)
            if total < cap:
                total = min(cap, plan.n_frames_total * doubled)
            if backpropagate < chunk:
                blocks = math.ceil(chunk / min(plan.max_frames_backpropagate, doubled))
                backpropagate = chunk // blocks
            per_gpu = min(2 * per_gpu, plan.max_frames_per_gpu)
    return states


def training_window(length: int, n_frames_total: int, chunk_frames: int, n_frames_G: int, max_t_step: int) -> Window:
    """Cut the longest possible clip from a sequence of `length` frames.

    Raises:
        ValueError: if the sequence is shorter than `n_frames_G`, so that no frame could be generated.
    """
    _require_length(length, n_frames_G)
    usable = min(n_frames_total, length - n_frames_G + 1)
    chunk = min(usable, chunk_frames)
    chunks = usable // chunk
    frames_read = chunks * chunk + n_frames_G - 1
    largest_step = min(max_t_step, (length - 1) // (frames_read - 1))
    return Window(frames_read, chunks * chunk, largest_step, chunks)


def describe_schedule(stage: StageConfig, longest_sequence: int) -> str:
    """A table of the stage's schedule for people, equal epochs on one line; lengths: the longest sequence's."""
    rows = [_HEAD]
    for _, group in groupby(schedule(stage, longest_sequence), key=_shape):
        states = list(group)
        first, last = states[0], states[-1]
        window = training_window(
            longest_sequence,
            first.n_frames_total,
            first.chunk_frames,
            stage.generator.n_frames_G,
            stage.data.max_t_step,
        )
        rates = f"{first.lr:.3g}" if first.lr == last.lr else f"{first.lr:.3g} to {last.lr:.3g}"
        rows.append(
            (
                str(first.epoch) if len(states) == 1 else f"{first.epoch}-{last.epoch}",
                rates,
                str(window.new_frames),
                f"{window.chunks} x {window.new_frames // window.chunks}",
                str(window.frames_read),
                "1" if window.largest_step == 1 else f"1-{window.largest_step}",
                str(first.n_frames_bp),
                _trained(stage, first),
            )
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([f"stage {stage.name}, longest sequence {longest_sequence} frames", *lines])


def learning_rate(stage: StageConfig | ImageStageConfig, epoch: int) -> float:
    """Full rate up to epoch niter + 1, then linear: the last epoch still has lr / niter_decay."""
    late = max(0, epoch - 1 - stage.schedule.niter)
    return stage.optimizer.lr * (1 - late / stage.schedule.niter_decay) if late else stage.optimizer.lr


def describe_image_stage(stage: ImageStageConfig) -> str:
    """The schedule of an image stage for people, in one line."""
    plan, drawn = stage.schedule, stage.schedule.frames_per_epoch
    epochs, rates = plan.niter + plan.niter_decay, f"{stage.optimizer.lr:.3g}"
    if plan.niter_decay > 1:
        rates += f" (from epoch {plan.niter + 2} on less and less, at last {learning_rate(stage, epochs):.3g})"
    pictures = "all training frames" if drawn is None else f"{drawn} training frames"
    return f"image stage {stage.name}, {epochs} epochs of {pictures}, learning rate {rates}"


def _require_length(length: int, n_frames_G: int) -> None:
    if length < n_frames_G:
        raise ValueError(
            f"a sequence of {length} frames is too short: generator.n_frames_G is {n_frames_G}, so at least "
            f"{n_frames_G} frames are needed; use longer sequences or lower n_frames_G"
        )


def _shape(state: EpochState) -> tuple[int, int, int, bool]:
    """What the table shows on one line: epochs that differ in no more than a decaying learning rate."""
    return state.n_frames_total, state.chunk_frames, state.n_frames_bp, state.train_all_scales


def _trained(stage: StageConfig, state: EpochState) -> str:
    scales = stage.generator.n_scales_spatial
    if scales == 1 or state.train_all_scales:
        return "all" if scales > 1 else "1"
    return f"only number {scales} of {scales}"
