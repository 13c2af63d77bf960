"""Does the test split show what the model was trained on? Same video, or frames that look alike."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vid2vid_core.config import CheckConfig
from vid2vid_core.dataset.check_result import Finding, Problem, Severity, counted
from vid2vid_core.dataset.check_scan import Facts, ScannedFrame
from vid2vid_core.dataset.near_hashes import near_hashes, pack_hashes

_SAME_LEVELS = 4.0
"""Mean difference of the small pictures, of 255 levels, up to which equal hashes mean equal frames."""
_FLAT_LEVELS = 4.0
"""Small pictures that vary less than this (standard deviation, levels) say nothing: black frames, fades, fog."""


def check_leakage(frames: Sequence[ScannedFrame], metadata: dict[str, Any], config: CheckConfig) -> list[Problem]:
    """All overlaps between the splits; none are looked for with `leakage: off`."""
    if config.leakage == "off":
        return []
    severity: Severity = "error" if config.leakage == "error" else "warning"
    return [*_same_source(frames, metadata, severity), *_near_duplicates(frames, config.near_duplicate_bits, severity)]


def _same_source(frames: Sequence[ScannedFrame], metadata: dict[str, Any], severity: Severity) -> Iterator[Problem]:
    """Videos of both splits that were cut from one source file."""
    numbers: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    sources = {video: str(Path(path).resolve()) for video, path in (metadata.get("sources") or {}).items()}
    for frame in frames:
        row = frame.row
        if row.video in sources:
            numbers[sources[row.video], row.split, row.video].append(row.number)
    for (source, split, video), taken in numbers.items():
        if split != "test":
            continue
        for (other_source, other_split, other), others in numbers.items():
            if other_source != source or other_split != "train":
                continue
            first, last = max(min(taken), min(others)), min(max(taken), max(others))
            finding = Finding(source, f"test '{video}' {_span(taken)}, train '{other}' {_span(others)}")
            if first <= last:
                message = (
                    f"videos '{other}' (train) and '{video}' (test) share frames {first} .. {last} of one source: the "
                    f"test would show what was trained on. Give them ranges that do not overlap (start, end, "
                    f"start_frame, max_frames)"
                )
                yield Problem(severity, "leak-overlap", message, (finding,))
            else:
                message = (
                    f"videos '{other}' (train) and '{video}' (test) are different parts of one source: fair for a "
                    f"demo, but scores will be better than on footage of another place and day"
                )
                yield Problem("warning", "leak-same-video", message, (finding,))


def _span(numbers: list[int]) -> str:
    return f"frames {min(numbers)} .. {max(numbers)}"


def _near_duplicates(frames: Sequence[ScannedFrame], bits: int, severity: Severity) -> Iterator[Problem]:
    """One problem per pair of videos; every test frame with the training frame most like it."""
    train, test = (_Pictures.of(frames, split) for split in ("train", "test"))
    groups: dict[tuple[str, str], list[Finding]] = defaultdict(list)
    for index, other, distance, difference in nearest_duplicates(test, train, bits):
        row, twin = test.frames[index].row, train.frames[other].row
        detail = f"{distance} of 64 hash bits and {difference:.1f} of 255 levels differ"
        groups[row.video, twin.video].append(Finding(row.image, detail, twin.image))
    for (video, other_video), found in groups.items():
        yield Problem(
            severity,
            "leak-near-duplicate",
            f"{counted(len(found), 'test frame')} of video '{video}' as good as equal to training frames of "
            f"'{other_video}': leave one of each pair out, or leave a gap between the parts of one video. "
            f"check.near_duplicate_bits ({bits}) and check.leakage decide what counts",
            tuple(found),
        )


@dataclass(frozen=True)
class _Pictures:
    frames: list[ScannedFrame]
    hashes: NDArray[np.uint64]
    """(N,)."""
    thumbs: NDArray[np.uint8]
    """(N, values)."""

    @classmethod
    def of(cls, frames: Sequence[ScannedFrame], split: str) -> "_Pictures":
        """The valid frames of a split that show something."""
        chosen: list[ScannedFrame] = []
        facts: list[Facts] = []
        for frame in frames:
            image = frame.image
            if frame.row.split == split and frame.row.valid and image is not None and image.thumb is not None:
                if image.thumb.std() > _FLAT_LEVELS:
                    chosen.append(frame)
                    facts.append(image)
        if not chosen:
            return cls([], np.zeros(0, np.uint64), np.zeros((0, 1), np.uint8))
        hashes = pack_hashes(np.stack([fact.hash for fact in facts if fact.hash is not None]))
        return cls(chosen, hashes, np.stack([fact.thumb.ravel() for fact in facts if fact.thumb is not None]))


def nearest_duplicates(test: _Pictures, train: _Pictures, bits: int) -> Iterator[tuple[int, int, int, float]]:
    """Test index, training index, differing hash bits, mean difference in levels: one line per duplicated test frame.

    Equal hashes are common among pictures of little structure; the small pictures decide.
    """
    for index, candidates, distances in near_hashes(test.hashes, train.hashes, bits):
        differences = np.abs(train.thumbs[candidates].astype(np.int16) - test.thumbs[index]).mean(axis=1)
        best = int(differences.argmin())
        if differences[best] <= _SAME_LEVELS:
            yield index, int(candidates[best]), int(distances[best]), float(differences[best])
