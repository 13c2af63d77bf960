"""Colours and names of label ids, to look at label maps; nothing is trained on them."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vid2vid_core.config.label_names import label_names

_FOLDER = Path(__file__).parents[2] / "resources" / "palettes"


@dataclass(frozen=True)
class Palette:
    """One colour and one name an id, from id 0 on."""

    names: tuple[str, ...]
    """Empty for a palette without names."""
    colours: NDArray[np.uint8]
    """(K, 3) RGB."""

    def name(self, label: int) -> str:
        """What an id is called; `label 7` where the palette does not know."""
        return self.names[label] if 0 <= label < len(self.names) else f"label {label}"


@cache
def load_palette(name: str) -> Palette:
    """A palette of resources/palettes by its file name: `cityscapes` (35 ids) or `camvid` (12 ids).

    Raises:
        ValueError: If there is no such file.
    """
    path = _FOLDER / f"{name}.json"
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in _FOLDER.glob("*.json")))
        raise ValueError(f"no palette '{name}' in {_FOLDER}; there are: {known}")
    rows = sorted(json.loads(path.read_text(encoding="utf-8"))["classes"], key=lambda row: row["id"])
    return Palette(tuple(row["name"] for row in rows), _frozen([row["colour"] for row in rows]))


@cache
def palette_for(label_nc: int) -> Palette:
    """The palette of a dataset: Cityscapes ids for 35 labels, its train ids for 19 or 20, else the general one.

    The general palette spreads the bits of the id over the three colours, so that neighbouring ids differ clearly.
    """
    if label_nc == 35:
        return load_palette("cityscapes")
    if label_nc in (19, 20):
        rows = json.loads((_FOLDER / "cityscapes.json").read_text(encoding="utf-8"))["classes"]
        trained = sorted((row for row in rows if row["train_id"] is not None), key=lambda row: row["train_id"])
        return Palette(label_names(label_nc), _frozen([*(row["colour"] for row in trained), (0, 0, 0)]))
    ids = np.arange(256)
    channels = [
        sum((ids >> bit & 1) << (7 - i) for i, bit in enumerate(bits)) for bits in ((0, 3, 6), (1, 4, 7), (2, 5))
    ]
    return Palette((), _frozen(np.stack(channels, 1)))


def colourise(labels: NDArray[Any], label_nc: int = 35) -> NDArray[np.uint8]:
    """A picture (H, W, 3) uint8 RGB of a label map (H, W); ids from label_nc on, and -1, are black."""
    colours = palette_for(label_nc).colours[:label_nc]
    known = (labels >= 0) & (labels < len(colours))
    return colours[np.where(known, labels, 0)] * known[..., None].astype(np.uint8)


def _frozen(colours: Any) -> NDArray[np.uint8]:
    """An array that nobody can change, since palettes are shared."""
    array = np.array(colours, np.uint8)
    array.setflags(write=False)
    return array
