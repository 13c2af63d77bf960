"""How well faces or people were found, sequence by sequence, and who made what the networks are shown."""

from dataclasses import dataclass
from typing import Any

from vid2vid_core.report.inputs import RunInputs
from vid2vid_core.report.wording import count_of, listed, number, percent

_NOUN = {"face": "face", "pose": "person"}
_FOUND_BY = {
    "dlib": "dlib",
    "mediapipe": "mediapipe",
    "given": "files that came with the videos",
    "layout": "the dataset's own files, used in place",
}
_COUNTS = {
    "frames": "Frames", "detected": "Found", "filled": "Filled in", "invalid": "Left out", "longest_gap": "Longest gap",
    "jumps": "Jumps",
}  # fmt: skip
_SIZES = {"interocular": "Eyes apart", "shoulders": "Shoulders"}
"""Sizes in pixels."""
_SHARES = {"left_hand": "Left hand", "right_hand": "Right hand", "face": "Face"}
"""Shares of the frames that have it."""
_BUILT_IN = "built-in"


@dataclass(frozen=True)
class AnnotationsView:
    """The section of a face or pose dataset."""

    title: str
    summary: str
    surfaces: str
    """Who made the body parts, as a sentence; empty for faces."""
    head: list[str]
    rows: list[list[str]]
    """Sequence, split, then a number for each further column of the head."""
    note: str
    """What the columns mean."""


def describe_annotations(inputs: RunInputs) -> AnnotationsView | None:
    """What the annotation tables say; None for street datasets, whose labels are shown elsewhere."""
    mode = inputs.dataset.mode
    if mode == "street":
        return None
    splits = dict(zip(inputs.manifest.rows.video, inputs.manifest.rows.split, strict=True))
    found = [
        (video, splits[video], numbers)
        for video, table in inputs.annotations.items()
        for numbers in table.metadata.get("quality", [])
    ]
    columns = _COUNTS | {
        key: title for key, title in (_SIZES | _SHARES).items() if any(key in numbers for _, _, numbers in found)
    }
    return AnnotationsView(
        title={"face": "How well the face was found", "pose": "How well the person was found"}[mode],
        summary=_summary(inputs, [numbers for _, _, numbers in found]),
        surfaces=_surfaces(inputs) if mode == "pose" else "",
        head=["Sequence", "Split", *columns.values()],
        rows=[[numbers["sequence"], split, *(_cell(key, numbers) for key in columns)] for _, split, numbers in found],
        note=_note(mode, list(columns)),
    )


def found_by(inputs: RunInputs) -> str:
    """Who found landmarks or key points."""
    backends = {str(table.metadata.get("backend", "")) for table in inputs.annotations.values()}
    return listed(sorted(_FOUND_BY.get(backend, backend) for backend in backends if backend)).replace("none", "")


def surface_origin(inputs: RunInputs, video: str) -> str:
    """Who made the body parts of a video, in few words."""
    table = inputs.annotations.get(video)
    origin = str(table.metadata.get("densepose", "none")) if table else "none"
    if origin == _BUILT_IN:
        return "drawn from silhouette and skeleton, not by DensePose"
    if origin.startswith("model "):
        return f"by the {origin}"
    return {"given": "pictures that came with the data", "none": "none"}.get(origin, origin)


def _summary(inputs: RunInputs, found: list[dict[str, Any]]) -> str:
    total, seen, filled, lost = (
        sum(numbers[key] for numbers in found) for key in ("frames", "detected", "filled", "invalid")
    )
    if not total:
        return "Nothing is known about how they were found."
    kind, what = _NOUN[inputs.dataset.mode], {"face": "landmarks", "pose": "key points"}[inputs.dataset.mode]
    text = f"The {kind} of a sequence was found in {percent(seen / total)} of {count_of(total, 'frame')}"
    text += f"; {what} come from {found_by(inputs)}." if found_by(inputs) else "."
    if filled:
        text += f" In {count_of(filled, 'frame')} they were filled in between neighbours."
    if lost:
        text += f" {count_of(lost, 'frame')} without were left out, and sequences cut there."
    jumps = sum(numbers["jumps"] for numbers in found)
    if jumps:
        text += f" {count_of(jumps, 'jump')} may be changes to another {kind}: look at those sequences."
    return text


def _surfaces(inputs: RunInputs) -> str:
    origins = [surface_origin(inputs, video) for video in inputs.annotations]
    kinds = list(dict.fromkeys(origin for origin in origins if origin != "none"))
    if not kinds:
        return "There are no body parts: the model sees key points alone."
    told = [f"{kind} ({count_of(origins.count(kind), 'video')})" if len(kinds) > 1 else kind for kind in kinds]
    text = f"Body parts: {listed(told)}."
    if any("not by DensePose" in kind for kind in kinds):
        text += " They stand in for DensePose's: 24 parts with coordinates along and across each, but less exact."
    return text


def _cell(key: str, numbers: dict[str, Any]) -> str:
    value = numbers.get(key)
    if value is None:
        return "–"
    if key == "detected" and numbers["frames"]:
        return f"{value:,} ({percent(value / numbers['frames'])})"
    if key in _SHARES:
        return percent(value)
    return f"{number(value)} px" if key in _SIZES else f"{value:,}"


def _note(mode: str, columns: list[str]) -> str:
    kind, moved = _NOUN[mode], {"face": "the distance of the eyes", "pose": "the width of the shoulders"}[mode]
    text = (
        f"Filled in: interpolated between frames in which the {kind} was found. Left out: frames nothing is known of. "
        f"Longest gap: frames in a row without a detection. Jumps: moves by more than {moved} from frame to frame."
    )
    if any(key in columns for key in _SHARES):
        text += " Hands and face: share of the usable frames that have them."
    return text
