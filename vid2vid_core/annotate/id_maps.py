"""From the ids of a label source to the ids of the dataset, by an explicit map."""

from collections.abc import Collection, Mapping

import numpy as np
from numpy.typing import NDArray

from vid2vid_core.annotate.segmenter import LabelMap

CITYSCAPES_TRAIN_TO_ID = {
    0: 7,  # road
    1: 8,  # sidewalk
    2: 11,  # building
    3: 12,  # wall
    4: 13,  # fence
    5: 17,  # pole
    6: 19,  # traffic light
    7: 20,  # traffic sign
    8: 21,  # vegetation
    9: 22,  # terrain
    10: 23,  # sky
    11: 24,  # person
    12: 25,  # rider
    13: 26,  # car
    14: 27,  # truck
    15: 28,  # bus
    16: 31,  # train
    17: 32,  # motorcycle
    18: 33,  # bicycle
    255: 0,  # not evaluated -> unlabelled
}
CAMVID_TO_ID = {
    0: 23,  # sky
    1: 11,  # building
    2: 17,  # pole
    3: 7,  # road
    4: 8,  # pavement -> sidewalk
    5: 21,  # tree -> vegetation
    6: 20,  # sign
    7: 13,  # fence
    8: 26,  # car
    9: 24,  # pedestrian
    10: 25,  # bicyclist -> rider
    11: 0,  # unlabelled
}
NAMED_MAPS: dict[str, dict[int, int]] = {
    "identity": {value: value for value in range(256)},
    "cityscapes-train-to-id": CITYSCAPES_TRAIN_TO_ID,
    "camvid-to-id": CAMVID_TO_ID,
}
_UNMAPPED = -1


class IdMap:
    """A table from source ids to ids 0..255. Ids in `ignore` stay as they are, whatever the table says.

    `identity` lets every 8-bit id pass, so that the dataset check can list all that are outside `label_nc` at once.
    """

    def __init__(self, id_map: str | Mapping[int, int], ignore: Collection[int] = ()) -> None:
        if isinstance(id_map, str) and id_map not in NAMED_MAPS:
            raise ValueError(
                f"annotate.id_map: unknown map '{id_map}'; use {', '.join(NAMED_MAPS)} or {{source id: our id}}"
            )
        named = NAMED_MAPS[id_map] if isinstance(id_map, str) else id_map
        self.name = id_map if isinstance(id_map, str) else "own"
        self.table = {**named, **{value: value for value in ignore}}
        wrong = {key: value for key, value in self.table.items() if key < 0 or not 0 <= value <= 255}
        if wrong:
            raise ValueError(f"annotate.id_map: ids must be 0..255 and source ids not negative, got {wrong}")
        self._lookup = np.full(max(self.table, default=0) + 1, _UNMAPPED, dtype=np.int16)
        for key, value in self.table.items():
            self._lookup[key] = value

    def apply(self, ids: NDArray[np.integer], origin: str) -> LabelMap:
        """Translate (H, W) source ids. Raises ValueError naming `origin`, the first unknown id and the known ones."""
        known = ids if ids.max(initial=0) < len(self._lookup) else np.minimum(ids, len(self._lookup))
        mapped = np.append(self._lookup, np.int16(_UNMAPPED))[known]
        if mapped.min(initial=0) == _UNMAPPED:
            unknown = np.unique(ids[mapped == _UNMAPPED])
            values = ", ".join(str(value) for value in unknown[:10])
            raise ValueError(
                f"{origin}: label id {values} ({np.isin(ids, unknown).sum()} pixels) is not in the id map "
                f"'{self.name}', which knows {_ranges(self.table)}; add it to annotate.id_map or to ignore"
            )
        return mapped.astype(np.uint8)


def _ranges(values: Collection[int]) -> str:
    """Such as '0..18, 255'."""
    ordered = sorted(values)
    starts = [v for v in ordered if v - 1 not in values]
    ends = [v for v in ordered if v + 1 not in values]
    return ", ".join(f"{a}..{b}" if b > a else f"{a}" for a, b in zip(starts, ends, strict=True))
