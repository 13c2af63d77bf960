"""What the original made of a `resize_or_crop` mode.

It searched the text for words, so a mis-spelt mode meant something too. Capital letters counted:
`ScaleHeight_and_scaledCrop` holds `scaledCrop` but not `scaleHeight`, and so meant no scaling.
"""

import difflib
import typing

from vid2vid_core.config import DataConfig

MODES: tuple[str, ...] = typing.get_args(typing.get_type_hints(DataConfig)["resize_or_crop"])

_SCALING = ("resize", "scaleWidth", "scaleHeight", "randomScaleWidth", "randomScaleHeight")


def translate_mode(mode: str) -> tuple[str, str]:
    """Our mode for one of the original, and what is to be said about it ("" if nothing).

    Raises:
        ValueError: The original did something with it that no mode of ours does.
    """
    if mode in MODES:
        return mode, ""
    near = difflib.get_close_matches(mode.lower(), [known.lower() for known in MODES], n=1, cutoff=0.6)
    meant = next((known for known in MODES if near and known.lower() == near[0]), None)
    hint = f"; probably '{meant}' was meant" if meant else ""
    same = [known for known in MODES if _effect(known) == _effect(mode)]
    if not same:
        raise ValueError(
            f"--resize_or_crop {mode}: the original {_in_words(mode)}, which no mode here does{hint}; choose one of "
            + ", ".join(MODES)
        )
    change = "; write that in its place if so" if meant else ""
    return same[0], f"no mode of the original's by that name: it {_in_words(mode)} ('{same[0]}'){hint}{change}"


def _effect(mode: str) -> tuple[str, str, bool]:
    """Which scaling and which crop the original found in the text, and whether the crop goes by the width."""
    scaling = next((word for word in _SCALING if word in mode), "")
    crop = next((word for word in ("crop", "scaledCrop") if word in mode), "")
    return scaling, crop, crop == "scaledCrop" and "Width" in mode


def _in_words(mode: str) -> str:
    scaling, crop, by_width = _effect(mode)
    side = "width" if by_width else "height"
    cropping = {"crop": "cropped to fineSize x fineSize", "scaledCrop": f"cropped by {side}", "": "cropped nothing"}
    return f"{'scaled nothing' if not scaling else f'scaled by {scaling}'} and {cropping[crop]}"
