"""Does the dataset give every stage of a recipe what it asks for? The whole schedule is simulated."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np

from vid2vid_core.config import ControlConfig, RecipeConfig, StageConfig, control_channels
from vid2vid_core.config.schedule import schedule, training_window
from vid2vid_core.dataset.check_result import Finding, Problem, counted
from vid2vid_core.dataset.geometry import Size, draw_geometry, whole_frame
from vid2vid_core.dataset.manifest import FrameRun, Manifest
from vid2vid_core.dataset.open_view import open_view


def check_schedule(manifest: Manifest, recipe: RecipeConfig) -> list[Problem]:
    """All problems of lengths and sizes, stage by stage."""
    train, test, label_nc = manifest.runs("train"), manifest.runs("test"), manifest.label_nc
    problems: list[Problem] = []
    for stage in recipe.stages:
        wrong = list(_controls(stage, label_nc))
        if wrong:
            problems += wrong
            continue
        problems += check_lengths(stage, train)
        problems += _too_short(stage, test, "test")
        problems += _frame_sizes(stage, manifest)
        problems += _foreground(stage, label_nc)
    return problems


def check_lengths(stage: StageConfig, train: Sequence[FrameRun]) -> list[Problem]:
    """Are the training sequences long enough for every epoch of a stage? Reads no file."""
    return [*_too_short(stage, train, "train"), *_shorter_than_wanted(stage, train)]


def check_splits(train: Sequence[FrameRun], test: Sequence[FrameRun]) -> list[Problem]:
    """Is there anything to train on and to test with?"""
    problems = []
    if not train:
        message = "there is no usable training frame: a frame needs a photograph and its controls in the train split"
        problems.append(Problem("error", "no-training-frames", message))
    if not test:
        message = "there is no usable test frame: training works, but nothing will be rendered or scored"
        problems.append(Problem("warning", "no-test-frames", message))
    elif all(not row.image for run in test for row in run.rows):
        message = "the test split has no photographs: it can be rendered without a first frame, but not scored"
        problems.append(Problem("warning", "no-test-photographs", message))
    return problems


def _too_short(stage: StageConfig, runs: Sequence[FrameRun], split: str) -> Iterator[Problem]:
    """Sequences none of whose parts is long enough; a short piece beside a usable one is only a loss of frames."""
    needed = stage.generator.n_frames_G
    parts: dict[str, list[FrameRun]] = defaultdict(list)
    for run in runs:
        parts[run.sequence].append(run)
    dead: list[Finding] = []
    scraps: list[Finding] = []
    lost = 0
    for members in parts.values():
        short = [_finding(run, f"{run.name}: {len(run.rows)} frames") for run in members if len(run.rows) < needed]
        hopeless = len(short) == len(members)
        lost += hopeless
        (dead if hopeless else scraps).extend(short)
    if dead:
        use = "trained on" if split == "train" else "rendered"
        yield Problem(
            "error" if split == "train" or lost == len(parts) else "warning",
            "too-short",
            f"stage '{stage.name}': {lost} of {len(parts)} {split} sequences shorter than generator.n_frames_G "
            f"({needed} frames), so that they cannot be {use}; use longer sequences, raise frames.min_shot_frames to "
            f"{needed} so that they are left out, or lower n_frames_G",
            tuple(dead),
        )
    if scraps:
        message = (
            f"stage '{stage.name}': {counted(len(scraps), 'piece')} of {split} sequences, cut by unusable frames, "
            f"passed over as shorter than generator.n_frames_G ({needed} frames)"
        )
        yield Problem("warning", "short-piece", message, tuple(scraps))


def _shorter_than_wanted(stage: StageConfig, runs: Sequence[FrameRun]) -> Iterator[Problem]:
    context = stage.generator.n_frames_G - 1
    usable = [run for run in runs if len(run.rows) > context]
    if not usable:
        return
    states = schedule(stage, max(len(run.rows) for run in usable))
    most = max(state.n_frames_total for state in states)
    found = []
    for run in usable:
        length = len(run.rows)
        lost = [state.epoch for state in states if state.n_frames_total + context > length]
        if lost:
            reached = max(_new_frames(stage, length, state.n_frames_total, state.chunk_frames) for state in states)
            detail = (
                f"{run.name}: {length} frames give at most {reached} new ones, less than wanted from epoch {lost[0]} on"
            )
            found.append(_finding(run, detail))
    if found:
        first = states[0].n_frames_total
        growth = f"{first}" if most == first else f"{first}, growing to {most},"
        message = (
            f"stage '{stage.name}' wants clips of {growth} new frames (and {context} to start from); {len(found)} of "
            f"{len(usable)} training sequences give less, and their clips are cut to what is there. Nothing to do "
            f"unless you meant longer clips"
        )
        yield Problem("warning", "shorter-than-schedule", message, tuple(found))


def _new_frames(stage: StageConfig, length: int, n_frames_total: int, chunk_frames: int) -> int:
    window = training_window(length, n_frames_total, chunk_frames, stage.generator.n_frames_G, stage.data.max_t_step)
    return window.new_frames


def _frame_sizes(stage: StageConfig, manifest: Manifest) -> Iterator[Problem]:
    """Frames the geometry cannot use, and sizes the generator cannot be trained at; at test time any size will do."""
    multiple = 2 ** (stage.generator.n_downsample_G + stage.generator.n_scales_spatial - 1)
    try:
        train, test = (shown_sizes(manifest, stage.controls, split) for split in ("train", "test"))
    except ValueError as error:
        yield Problem("error", "controls", f"stage '{stage.name}': {error}")
        return
    for size, run in train.items():
        try:
            width, height = draw_geometry(stage.data, size, np.random.default_rng(0)).size
        except ValueError as error:
            yield Problem("error", "frame-size", f"stage '{stage.name}': {error}", (_finding(run, run.name),))
            continue
        if width % multiple or height % multiple or min(width, height) < 2 * multiple:
            message = (
                f"stage '{stage.name}' reads frames at {width}x{height}, but its generator needs multiples of "
                f"{multiple} and at least {2 * multiple} (n_downsample_G {stage.generator.n_downsample_G}, "
                f"n_scales_spatial {stage.generator.n_scales_spatial}); change data.loadSize, data.fineSize or "
                f"data.resize_or_crop"
            )
            yield Problem("error", "frame-size", message, (_finding(run, f"{size[0]}x{size[1]}"),))
    for size, run in test.items():
        try:
            whole_frame(stage.data, size)
        except ValueError as error:
            yield Problem("error", "frame-size", f"stage '{stage.name}': {error}", (_finding(run, run.name),))


def shown_sizes(manifest: Manifest, controls: ControlConfig, split: str) -> dict[Size, FrameRun]:
    """Sizes of what is shown of the frames of a split, and the first run that has each.

    Raises:
        ValueError: a file that decides on it cannot be used.
    """
    first: dict[Size, FrameRun] = {}
    for run in manifest.runs(split):
        view = open_view(manifest, controls, run.rows)
        for row in run.rows:
            first.setdefault(view.size(row), run)
    return first


def _controls(stage: StageConfig, label_nc: int) -> Iterator[Problem]:
    """A stage that reads another kind of controls than the dataset holds."""
    try:
        control_channels(stage, label_nc)
    except ValueError as error:
        yield Problem("error", "controls", str(error))


def _foreground(stage: StageConfig, label_nc: int) -> Iterator[Problem]:
    wrong = [label for label in stage.generator.fg_labels if label >= label_nc]
    if stage.generator.fg and wrong:
        message = (
            f"stage '{stage.name}': generator.fg_labels lists {', '.join(map(str, wrong))}; allowed are "
            f"0 .. {label_nc - 1} (label_nc: {label_nc})"
        )
        yield Problem("error", "foreground-labels", message)


def _finding(run: FrameRun, detail: str) -> Finding:
    return Finding(next(iter(run.rows[0].files.values()), run.name), detail)
