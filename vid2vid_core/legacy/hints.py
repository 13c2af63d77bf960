"""What the shapes in released files cannot tell: taken from the user, else from what was published, else asked for."""

from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple

from vid2vid_core.config import ControlConfig, DataConfig
from vid2vid_core.config.data import ResizeMode

Kind = Literal["labels", "face", "pose"]


@dataclass(frozen=True)
class Hints:
    """What the user says about a checkpoint; None leaves it to what was published."""

    kind: Kind | None = None
    """What the networks are shown of each frame."""
    label_nc: int | None = None
    """Number of label ids; with one control channel more there are instance edges."""
    densepose_only: bool = False
    openpose_only: bool = False
    fg_labels: tuple[int, ...] | None = None
    """Labels of the foreground branch."""
    no_first_img: bool | None = None
    """Sequences began from nothing in training."""
    load_size: int | None = None
    """Size frames were scaled to; None renders controls at their own size."""
    resize_or_crop: ResizeMode | None = None
    """How they were scaled; with `load_size`, scaleWidth if not given."""


class Controls(NamedTuple):
    """What the control channels of one frame are."""

    config: ControlConfig
    label_nc: int
    """0 for face and pose."""
    use_instance: bool
    assumption: str
    """What was taken for granted, in plain English; "" if the user said it."""


_PUBLISHED = {
    36: (Hints(label_nc=35), "35 labels and instance edges, as the published street models"),
    35: (Hints(label_nc=35), "35 labels, as the published street models"),
    15: (Hints(kind="face"), "face edges and distance maps, as the published face model"),
    6: (Hints(kind="pose"), "DensePose and OpenPose pictures, as the published pose models"),
}
"""By the number of control channels of one frame."""


def resolve_controls(channels: int, hints: Hints, place: str, *, fg: bool = False) -> Controls:
    """What so many control channels are.

    Args:
        channels: Of one frame, as the generator has them.
        hints: What the user says.
        place: The file that has them, for the error messages.
        fg: Whether there is a foreground branch, which only label maps have.

    Raises:
        ValueError: If that contradicts the number, or nothing is said and the number is none of the published ones;
            names the flag to give.
    """
    if hints.label_nc is not None:
        return _labels(channels, hints, place)
    if hints.kind in ("face", "pose") or hints.densepose_only or hints.openpose_only:
        return _drawn(channels, hints, place)
    published, assumption = _PUBLISHED.get(channels, (Hints(), ""))
    if (hints.kind == "labels" and published.label_nc is None) or (fg and published.kind is not None):
        raise ValueError(
            f"{place}: {channels} control channels a frame{', and a foreground branch' * fg}: label maps; give "
            f"--label-nc: {channels} without instance edges, {channels - 1} with them"
        )
    if not assumption:
        raise ValueError(
            f"{place}: {channels} control channels a frame are none of the published models (36 or 35 street, 15 face, "
            f"6 pose); say what they are: --label-nc {channels} for label maps, --label-nc {channels - 1} for label "
            f"maps and instance edges, --controls face (15, or 1 without distance maps), --controls pose (6), "
            f"--densepose-only or --openpose-only (3)"
        )
    make = _drawn if published.label_nc is None else _labels
    return make(channels, published, place)._replace(assumption=assumption)


def resolve_fg_labels(controls: Controls, hints: Hints, place: str) -> tuple[tuple[int, ...], str]:
    """Labels of the foreground branch, and what was taken for granted.

    Raises:
        ValueError: If the user must say it, or said labels that there are not.
    """
    if hints.fg_labels is None:
        if controls.label_nc == 35:
            return (26,), "foreground label 26 (car), as the published street models"
        raise ValueError(
            f"{place}: there is a foreground branch; give --fg-labels, the ids it was trained for"
            + (f" (0 .. {controls.label_nc - 1})" if controls.label_nc else " (channels of the controls)")
        )
    wrong = [label for label in hints.fg_labels if controls.label_nc and label >= controls.label_nc]
    if wrong:
        raise ValueError(f"--fg-labels {wrong[0]}: allowed are 0 .. {controls.label_nc - 1} (label_nc)")
    return hints.fg_labels, ""


def resolve_no_first_img(controls: Controls, hints: Hints) -> tuple[bool, str]:
    """Whether sequences began from nothing in training, and what was taken for granted."""
    if hints.no_first_img is not None:
        return hints.no_first_img, ""
    if controls.config.kind == "pose":
        return True, "trained to begin from nothing (no_first_img), as the published pose models"
    return False, "trained to begin from real pictures, as the published street and face models"


def resolve_data(controls: Controls, hints: Hints) -> tuple[DataConfig, str]:
    """How controls are scaled when rendering, and what was taken for granted."""
    mode = hints.resize_or_crop or ("none" if hints.load_size is None else "scaleWidth")
    data = DataConfig(resize_or_crop=mode, use_instance=controls.use_instance)
    if hints.load_size is not None:
        data = replace(data, loadSize=hints.load_size)
    said = hints.load_size is not None or hints.resize_or_crop is not None
    return data, "" if said else "controls are rendered at their own size (--load-size scales them first)"


def _labels(channels: int, hints: Hints, place: str) -> Controls:
    label_nc = hints.label_nc or 0
    if label_nc < 1 or channels - label_nc not in (0, 1) or hints.kind in ("face", "pose"):
        raise ValueError(
            f"--label-nc {label_nc}: {place} has {channels} control channels a frame, so label_nc is {channels}, or "
            f"{channels - 1} with instance edges"
        )
    return Controls(ControlConfig(), label_nc, channels > label_nc, "")


def _drawn(channels: int, hints: Hints, place: str) -> Controls:
    """Face or pose."""
    only: dict[str, Any] = {"densepose_only": hints.densepose_only, "openpose_only": hints.openpose_only}
    if hints.kind == "face":
        expected = {15: ControlConfig(kind="face", **only), 1: ControlConfig(kind="face", no_dist_map=True, **only)}
    elif any(only.values()):
        expected = {3: ControlConfig(kind="pose", **only)}
    else:
        expected = {6: ControlConfig(kind="pose")}
    if channels not in expected:
        kind = hints.kind or "pose"
        wanted = " or ".join(map(str, expected))
        hint = "; 3 are one picture: --densepose-only or --openpose-only" if kind == "pose" and channels == 3 else ""
        raise ValueError(f"{place} has {channels} control channels a frame, {kind} controls have {wanted}{hint}")
    return Controls(expected[channels], 0, False, "")
