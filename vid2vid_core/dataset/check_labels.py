"""Checks of single files: can it be read, is it of one channel, are its ids allowed, does it say anything?"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from vid2vid_core.config import CheckConfig
from vid2vid_core.dataset.check_result import Finding, Problem, Severity, counted
from vid2vid_core.dataset.check_scan import Facts, ScannedFrame
from vid2vid_core.dataset.layout import NAMES
from vid2vid_core.dataset.pictures import ID_MODES

PHOTOGRAPH_MODES = ("RGB", "RGBA", "RGBX", "L", "LA", "P", "CMYK", "YCbCr", "1")
"""Formats of 8 bits per channel; deeper ones would be clipped."""


def check_files(
    frames: Sequence[ScannedFrame], label_nc: int, ignore: tuple[int, ...], config: CheckConfig
) -> list[Problem]:
    """All problems that one file alone can have."""
    problems = [
        *_unreadable(frames),
        *_deep_photographs(frames),
        *_colour_ids(frames),
        *_palette_ids(frames),
        *_lossy_ids(frames),
        *_without_people(frames),
    ]
    problems += _outside_range(frames, label_nc, ignore)
    return problems if config.constant_labels == "off" else [*problems, *_silent_labels(frames, ignore, config)]


def _unreadable(frames: Sequence[ScannedFrame]) -> Iterator[Problem]:
    kinds: tuple[tuple[str, Callable[[ScannedFrame], tuple[str, Facts | None]]], ...] = (
        ("photograph", lambda frame: (frame.row.image, frame.image)),
        ("label map", lambda frame: (frame.row.label, frame.label)),
        ("instance map", lambda frame: (frame.row.instance, frame.instance)),
    )
    for kind, pick in kinds:
        picked = (pick(frame) for frame in frames)
        found = tuple(Finding(file, facts.error) for file, facts in picked if facts is not None and facts.error)
        if found:
            message = f"{counted(len(found), kind)} not readable; replace the files, or remove them with their partners"
            yield Problem("error", "unreadable", message, found)
    for column in ("keypoints", "openpose", "densepose"):
        drawn = [(frame.row.files[column], frame.drawn[column]) for frame in frames if column in frame.drawn]
        bad = tuple(Finding(file, facts.error) for file, facts in drawn if facts.error)
        if bad:
            message = f"{counted(len(bad), NAMES[column])} not usable; replace the files, or remove them"
            yield Problem("error", "unreadable", message, bad)


def _without_people(frames: Sequence[ScannedFrame]) -> Iterator[Problem]:
    found = tuple(
        Finding(frame.row.openpose, "nobody in it")
        for frame in frames
        if frame.row.valid and (facts := frame.drawn.get("openpose")) is not None and facts.people == 0
    )
    if found:
        message = (
            f"{counted(len(found), 'OpenPose file')} without anybody. `snakemake annotate` leaves such frames out and "
            f"cuts their sequence there; elsewhere they are shown empty"
        )
        yield Problem("warning", "nobody", message, found)


def _deep_photographs(frames: Sequence[ScannedFrame]) -> Iterator[Problem]:
    found = tuple(
        Finding(frame.row.image, f"format {frame.image.mode}")
        for frame in frames
        if frame.image is not None and not frame.image.error and frame.image.mode not in PHOTOGRAPH_MODES
    )
    if found:
        message = (
            f"{counted(len(found), 'photograph')} of more than 8 bits per channel would be clipped; save with 8 bits"
        )
        yield Problem("error", "photograph-depth", message, found)


def _colour_ids(frames: Sequence[ScannedFrame]) -> Iterator[Problem]:
    for kind, code, hint in (
        ("label", "label-rgb", "if the colours stand for classes, map each colour to its id"),
        ("instance", "instance-rgb", "Cityscapes' *_instanceIds.png files are of the right kind"),
    ):
        found = _chosen(frames, kind, lambda facts: facts.mode not in ID_MODES)
        if found:
            message = (
                f"{counted(len(found), f'{kind} map')} in colour; allowed is one channel whose value is the id: save "
                f"them so ({hint})"
            )
            yield Problem("error", code, message, found)


def _palette_ids(frames: Sequence[ScannedFrame]) -> Iterator[Problem]:
    for kind in ("label", "instance"):
        found = _chosen(frames, kind, lambda facts: facts.mode == "P")
        if found:
            message = (
                f"{counted(len(found), f'{kind} map')} in palette colours; the palette index of a pixel is read as its "
                f"id and the colours are not looked at. Nothing to do if the indices are your ids"
            )
            yield Problem("warning", f"{kind}-palette", message, found)


def _lossy_ids(frames: Sequence[ScannedFrame]) -> Iterator[Problem]:
    for kind in ("label", "instance"):
        found = _chosen(frames, kind, lambda facts: facts.format == "JPEG" and facts.mode in ID_MODES)
        if found:
            message = f"{counted(len(found), f'{kind} map')} stored as JPEG, which changes ids at every border; use PNG"
            yield Problem("error", f"{kind}-lossy", message, found)


def _chosen(frames: Sequence[ScannedFrame], kind: str, wanted: Callable[[Facts], bool]) -> tuple[Finding, ...]:
    found = []
    for frame in frames:
        facts: Facts | None = getattr(frame, kind)
        if facts is not None and not facts.error and wanted(facts):
            found.append(Finding(getattr(frame.row, kind), f"{facts.format} of format {facts.mode}"))
    return tuple(found)


def _outside_range(frames: Sequence[ScannedFrame], label_nc: int, ignore: tuple[int, ...]) -> Iterator[Problem]:
    """One problem per id, since each id has a reason and a remedy of its own."""
    files: dict[int, list[Finding]] = defaultdict(list)
    pixels: dict[int, int] = defaultdict(int)
    for frame in frames:
        facts = frame.label
        if facts is None or facts.values is None or facts.counts is None:
            continue
        total = int(facts.counts.sum())
        for value, count in zip(facts.values.tolist(), facts.counts.tolist(), strict=True):
            if not 0 <= value < label_nc and value not in ignore:
                files[value].append(Finding(frame.row.label, f"{count} of {total} pixels are {value}"))
                pixels[value] += count
    also = f" and the ignored {', '.join(map(str, ignore))}" if ignore else ""
    for value in sorted(files):
        yield Problem(
            "error",
            "label-range",
            f"label id {value} in {counted(len(files[value]), 'label map')} ({counted(pixels[value], 'pixel')}); "
            f"allowed are 0 .. {label_nc - 1} (label_nc: {label_nc}){also}. List {value} under 'ignore' if it means "
            f"'no label', raise label_nc, or map the ids (annotate.id_map)",
            tuple(files[value]),
        )


def _silent_labels(frames: Sequence[ScannedFrame], ignore: tuple[int, ...], config: CheckConfig) -> Iterator[Problem]:
    """Label maps with no content: every pixel ignored, or every pixel the same."""
    empty, constant = [], []
    for frame in frames:
        facts = frame.label
        if facts is None or facts.values is None:
            continue
        if np.isin(facts.values, ignore).all():
            empty.append(Finding(frame.row.label, f"only ignored ids: {', '.join(map(str, facts.values))}"))
        elif len(facts.values) == 1:
            constant.append(Finding(frame.row.label, f"every pixel is {facts.values[0]}"))
    severity: Severity = "error" if config.constant_labels == "error" else "warning"
    if empty:
        message = (
            f"{counted(len(empty), 'empty label map')}: every pixel is ignored. Label these frames or leave them out"
        )
        yield Problem(severity, "label-empty", message, tuple(empty))
    if constant:
        message = (
            f"{counted(len(constant), 'label map')} of one single id: a model learns nothing from them but a mean "
            f"picture. Label these frames or leave them out; check.constant_labels: off silences this"
        )
        yield Problem(severity, "label-constant", message, tuple(constant))
