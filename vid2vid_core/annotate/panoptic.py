"""Segmenter 'panoptic': a transformers model tells labels and objects apart."""

import logging
from collections.abc import Collection, Iterable, Iterator
from itertools import groupby, islice

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from vid2vid_core.annotate.id_maps import IdMap
from vid2vid_core.annotate.panoptic_model import PanopticModel
from vid2vid_core.annotate.segmenter import Frame, LabelMap, Segmentation, SegmentMap
from vid2vid_core.assets import load_registry, require_asset
from vid2vid_core.config import AnnotateConfig

logger = logging.getLogger("vid2vid_core.annotate")

_LOWEST_SCORE = 0.5
"""Queries below this class probability make no segment."""
_LOWEST_SHARE = 0.8
"""A segment of which less than this share remains beside the others is dropped."""


class PanopticSegmenter:
    """Frames go through the model in batches; its classes become labels by the id map."""

    def __init__(self, config: AnnotateConfig, label_nc: int, ignore: Collection[int]) -> None:
        """Load the model.

        Raises:
            ValueError: it cannot be loaded, or is an asset that is not here; or one of its classes has no label below
                `label_nc` (or in `ignore`).
        """
        if config.model is None:
            raise ValueError("annotate.segmenter 'panoptic' needs annotate.model: an asset, a local folder or a hub id")
        is_asset = config.model in load_registry()
        self._model = PanopticModel(str(require_asset(config.model)) if is_asset else config.model)
        self._batch_size = config.batch_size
        self._labels = _class_labels(self._model.classes, IdMap(config.id_map, ignore), label_nc, ignore)
        self._object_labels = set(config.instance_labels)
        logger.info("%s: %d classes, on %s", config.model, len(self._labels), self._model.device)

    def segment(self, frames: Iterable[Frame]) -> Iterator[Segmentation]:
        """See `Segmenter`."""
        for (width, height), group in groupby(frames, key=lambda frame: (frame.width, frame.height)):
            while batch := list(islice(group, self._batch_size)):
                classes, masks = self._model.predict([frame.read() for frame in batch])
                for probabilities, logits in zip(classes, masks, strict=True):
                    labels, segments = merge(
                        probabilities, logits, self._labels.to(logits.device), self._object_labels, (height, width)
                    )
                    yield Segmentation(labels=labels, segments=segments)


def _class_labels(classes: dict[int, str], id_map: IdMap, label_nc: int, ignore: Collection[int]) -> Tensor:
    """(K,) label of each class of the model."""
    table = {index: id_map.table.get(index) for index in sorted(classes)}
    wrong = {
        index: label for index, label in table.items() if label is None or not (label < label_nc or label in ignore)
    }
    if wrong:
        named = [
            f"{index} ({classes[index]}) -> {'nothing' if label is None else label}" for index, label in wrong.items()
        ]
        raise ValueError(
            f"annotate.id_map '{id_map.name}' must give every class of the model an id "
            f"in 0..{label_nc - 1} or in ignore; it maps "
            f"{', '.join(named[:10])}{f' and {len(named) - 10} more' if len(named) > 10 else ''}. "
            f"Raise label_nc or write {{class: id}} under annotate.id_map"
        )
    return torch.tensor([table[index] for index in sorted(table)])


@torch.inference_mode()
def merge(
    probabilities: Tensor, logits: Tensor, labels: Tensor, object_labels: Collection[int], size: tuple[int, int]
) -> tuple[LabelMap, SegmentMap]:
    """From queries to one label per pixel, and objects.

    A pixel belongs to the confident query with the largest product of class probability and mask; where there is none,
    it has the label with the largest sum of that product over all queries, so that no pixel is without label.

    Args:
        probabilities: (Q, K) class probabilities.
        logits: (Q, h, w) masks.
        labels: (K,) label id of each class.
        object_labels: Labels that consist of objects.
        size: Height and width of the result.

    Returns:
        (H, W) labels, and (H, W) objects 1, 2, ... or 0.

    Source: Cheng et al., Per-Pixel Classification is Not All You Need for Semantic Segmentation, NeurIPS 2021,
    section 3.4.
    """
    result = _by_sum(probabilities, logits, labels, size)
    segments = torch.zeros(size, dtype=torch.int32, device=logits.device)
    scores, classes = probabilities.max(dim=1)
    kept = torch.nonzero(scores > _LOWEST_SCORE).flatten().tolist()
    inside, owner = _owners(scores, logits, kept, size)
    num = 0
    for query, mask in zip(kept, inside, strict=True):
        part = (owner == query) & mask
        area = part.sum()
        if area == 0 or area < _LOWEST_SHARE * mask.sum():
            continue
        label = int(labels[classes[query]])
        result[part] = label
        if label in object_labels:
            num += 1
            segments[part] = num
    return result.to(torch.uint8).cpu().numpy(), segments.cpu().numpy().astype(np.int32)


def _by_sum(probabilities: Tensor, logits: Tensor, labels: Tensor, size: tuple[int, int]) -> Tensor:
    """(H, W) label with the largest sum over queries; enlarged one label at a time, to hold few maps of full size."""
    present = labels.unique()
    belongs = (labels[:, None] == present[None, :]).to(probabilities.dtype)  # (K, L)
    maps = torch.einsum("ql,qhw->lhw", probabilities @ belongs, logits.sigmoid())
    best = torch.full(size, -1.0, device=logits.device)
    result = torch.zeros(size, dtype=torch.int64, device=logits.device)
    for label, small in zip(present, maps, strict=True):
        value = _enlarge(small, size)
        result = torch.where(value > best, label, result)
        best = torch.maximum(best, value)
    return result


def _owners(scores: Tensor, logits: Tensor, kept: list[int], size: tuple[int, int]) -> tuple[list[Tensor], Tensor]:
    """The mask (H, W) of each kept query, and the query (H, W) that each pixel belongs to (-1: none kept)."""
    best = torch.zeros(size, device=logits.device)
    owner = torch.full(size, -1, dtype=torch.int64, device=logits.device)
    inside = []
    for query in kept:
        mask = _enlarge(logits[query], size).sigmoid()
        inside.append(mask >= 0.5)
        value = scores[query] * mask
        owner = torch.where(value > best, query, owner)
        best = torch.maximum(best, value)
    return inside, owner


def _enlarge(small: Tensor, size: tuple[int, int]) -> Tensor:
    """(h, w) to (H, W), bilinear."""
    return functional.interpolate(small[None, None], size=size, mode="bilinear")[0, 0]
