"""Checks of what belongs together: photograph, label map and instance map of a frame, and the frames of a sequence."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from vid2vid_core.dataset.check_result import Finding, Problem, counted
from vid2vid_core.dataset.check_scan import ScannedFrame
from vid2vid_core.dataset.layout import CONTROLS, NAMES

_ASPECT_TOLERANCE = 0.01
"""Relative difference of width / height that rounding of small pictures may cause."""


def check_pairs(frames: Sequence[ScannedFrame], metadata: dict[str, Any], *, needs_instances: bool) -> list[Problem]:
    """All problems between files. `needs_instances`: a stage of the recipe reads instance maps."""
    controls = CONTROLS[str(metadata.get("mode", "street"))]
    paired = [*_partnerless(frames, controls), *_partnerless(frames, ("image",))]
    return [
        *_quarantined(metadata),
        *(paired if metadata.get("layout") else []),  # otherwise earlier stages have said why
        *_left_out(frames, metadata, controls),
        *_lacking_instances(frames, needs_instances),
        *_sizes_within_frame(frames),
        *_sizes_within_sequence(frames),
    ]


def _quarantined(metadata: dict[str, Any]) -> Iterator[Problem]:
    videos = metadata.get("quarantined") or {}
    if videos:
        files = tuple(Finding(metadata.get("sources", {}).get(video, video), why) for video, why in videos.items())
        yield Problem(
            "warning", "quarantined", f"{counted(len(files), 'video')} left out, since they could not be used", files
        )


def _partnerless(frames: Sequence[ScannedFrame], lacking: tuple[str, ...]) -> Iterator[Problem]:
    """Frames without controls or photograph, by sequence. A test split may do without any photographs."""
    without: dict[tuple[str, str], list[Finding]] = defaultdict(list)
    total: Counter[tuple[str, str]] = Counter()
    for frame in frames:
        row, key = frame.row, (frame.row.split, frame.row.sequence)
        total[key] += 1
        if not row.valid and not any(column in row.files for column in lacking):
            without[key].append(Finding(next(iter(row.files.values()), row.frame), row.reason))
    for (split, sequence), found in without.items():
        yield Problem(
            "error",
            f"missing-{'photograph' if lacking == ('image',) else lacking[0]}",
            f"sequence {sequence} ({split}): no {NAMES[lacking[0]]} of the same name for {len(found)} of "
            f"{total[split, sequence]} frames, and the sequence is cut there. Files are paired by folder and name "
            f"without ending, never by position: add the missing files or rename the misnamed ones",
            tuple(found),
        )


def _left_out(frames: Sequence[ScannedFrame], metadata: dict[str, Any], controls: tuple[str, ...]) -> Iterator[Problem]:
    """Frames an earlier stage could not use, by its reason."""
    groups: dict[tuple[str, str], list[Finding]] = defaultdict(list)
    for frame in frames:
        row = frame.row
        paired = row.image and any(column in row.files for column in controls)
        if not row.valid and (paired or not metadata.get("layout")):
            name = f"{row.sequence}/{row.frame}"
            groups[row.video, row.reason].append(Finding(row.image or name, name if row.image else ""))
    for (video, reason), found in groups.items():
        yield Problem(
            "warning", "left-out", f"video {video}: {counted(len(found), 'frame')} left out: {reason}", tuple(found)
        )


def _lacking_instances(frames: Sequence[ScannedFrame], needed: bool) -> Iterator[Problem]:
    """Missing in all frames is a matter of the recipe, missing in some a defect of the data."""
    for split in dict.fromkeys(frame.row.split for frame in frames):
        valid = [frame for frame in frames if frame.row.valid and frame.row.split == split]
        found = tuple(Finding(frame.row.label, "no instance map") for frame in valid if not frame.row.instance)
        if not found or (len(found) == len(valid) and not needed):
            continue
        need = "a stage of the recipe sets data.use_instance" if needed else "others of this split have one"
        yield Problem(
            "error" if needed else "warning",
            "missing-instance",
            f"no instance map for {len(found)} of {len(valid)} {split} frames, but {need}: add the files, choose an "
            f"annotate.instances that makes them, or set data.use_instance to false",
            found,
        )


def _sizes_within_frame(frames: Sequence[ScannedFrame]) -> Iterator[Problem]:
    for kind, name in (("label", "label map"), ("instance", "instance map"), ("densepose", NAMES["densepose"])):
        aspect: list[Finding] = []
        size: list[Finding] = []
        for frame in frames:
            facts = frame.drawn.get(kind) if kind == "densepose" else getattr(frame, kind)
            if frame.image is None or facts is None or frame.image.error or facts.error:
                continue
            if facts.size != frame.image.size:
                (width, height), (other_width, other_height) = frame.image.size, facts.size
                detail = f"{other_width}x{other_height}, photograph {width}x{height}"
                ratio = (width * other_height) / (height * other_width)
                near = abs(ratio - 1) <= _ASPECT_TOLERANCE
                (size if near else aspect).append(Finding(getattr(frame.row, kind), detail, frame.row.image))
        if aspect:
            message = (
                f"{counted(len(aspect), name)} of another shape (width : height) than the photograph, so that "
                f"they cannot fit; make both of the same frame, uncropped"
            )
            yield Problem("error", f"{kind}-aspect", message, tuple(aspect))
        if size:
            message = (
                f"{counted(len(size), name)} of another size than the photograph, but of the same shape; both "
                f"are scaled to the training size, so thin things may shift by a pixel"
            )
            yield Problem("warning", f"{kind}-size", message, tuple(size))


def _sizes_within_sequence(frames: Sequence[ScannedFrame]) -> Iterator[Problem]:
    sequences: dict[tuple[str, str], list[ScannedFrame]] = defaultdict(list)
    for frame in frames:
        if frame.row.valid and frame.image is not None and not frame.image.error:
            sequences[frame.row.split, frame.row.sequence].append(frame)
    for (split, sequence), members in sequences.items():
        sizes = Counter(frame.image.size for frame in members if frame.image is not None)
        if len(sizes) < 2:
            continue
        usual = sizes.most_common(1)[0][0]
        odd = tuple(
            Finding(frame.row.image, f"{frame.image.size[0]}x{frame.image.size[1]}")
            for frame in members
            if frame.image is not None and frame.image.size != usual
        )
        message = (
            f"sequence {sequence} ({split}): {len(odd)} of {len(members)} frames not {usual[0]}x{usual[1]} like "
            f"the others; all frames of a sequence need one size: scale them, or make them a sequence of their own"
        )
        yield Problem("error", "sequence-size", message, odd)
